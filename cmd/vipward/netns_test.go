// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A configuration for another network namespace must not put its addresses into this one.
func TestRightNamespace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "other"), nil, 0o600))
	must(t, os.Symlink(ownNamespace, filepath.Join(dir, "own")))
	for name, want := range map[string]string{
		"": "", "own": "", "other": "this is another namespace", "missing": "no such file",
	} {
		switch err := rightNamespace(name, dir); {
		case want == "" && err != nil:
			t.Errorf("%q: %v", name, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: %v, want %q", name, err, want)
		}
	}
}
