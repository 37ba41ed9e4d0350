// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is no namespace is not entered, and the own one needs not be.
func TestEnterNamespace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	must(t, os.Symlink(ownNamespace, filepath.Join(dir, "own")))
	for name, want := range map[string]string{
		"": "", "own": "", "file": "enter network namespace file", "missing": "enter network namespace missing: ",
	} {
		switch err := enterNamespace(name, dir); {
		case want == "" && err != nil:
			t.Errorf("%q: %v", name, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: %v, want %q", name, err, want)
		}
	}
}
