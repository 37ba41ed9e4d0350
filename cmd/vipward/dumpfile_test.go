// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return string(b)
}

// What stands in the place of a dump file is replaced, never followed or written to.
func TestWriteDump(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		make func(t *testing.T, victim, path string)
	}{
		{"nothing", func(*testing.T, string, string) {}},
		{"old dump", func(t *testing.T, _, path string) { must(t, os.WriteFile(path, []byte("old"), 0o644)) }},
		{"symlink", func(t *testing.T, victim, path string) { must(t, os.Symlink(victim, path)) }},
		{"dangling symlink", func(t *testing.T, victim, path string) { must(t, os.Symlink(victim+"x", path)) }},
		{"hard link", func(t *testing.T, victim, path string) { must(t, os.Link(victim, path)) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			victim, path := filepath.Join(t.TempDir(), "victim"), filepath.Join(dir, "keepalived.data")
			must(t, os.WriteFile(victim, []byte("precious"), 0o600))
			tt.make(t, victim, path)
			must(t, writeDump(dir, "keepalived.data", "state"))
			if got := readFile(t, path); got != "state" {
				t.Errorf("the dump is %q, want state", got)
			}
			st, err := os.Lstat(path)
			must(t, err)
			if st.Mode() != 0o600 {
				t.Errorf("mode %v, want 0600 and a plain file", st.Mode())
			}
			if got := readFile(t, victim); got != "precious" {
				t.Errorf("the victim is %q", got)
			}
			names, err := os.ReadDir(dir)
			must(t, err)
			if len(names) != 1 {
				t.Errorf("%d files are left, want 1", len(names))
			}
		})
	}
}

func TestWriteDumpFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "keepalived.data"), 0o700))
	if err := writeDump(dir, "keepalived.data", "state"); err == nil {
		t.Error("a directory was replaced")
	}
	names, err := os.ReadDir(dir)
	must(t, err)
	if len(names) != 1 {
		t.Errorf("%d names are left, want 1", len(names))
	}
	if err := writeDump(filepath.Join(dir, "none"), "x", ""); err == nil {
		t.Error("a missing directory was no error")
	}
}

func TestDumpNames(t *testing.T) {
	t.Parallel()
	got := []string{
		dumpName(""), dumpName("vrrp"), dumpName("checker"),
		lineDump("", 1), lineDump("vrrp", 2), lineDump("checker", 3),
		dumpDir(""), dumpDir("/var/tmp"),
	}
	want := []string{
		"keepalived_parent.data", "keepalived.data", "keepalived_check.data",
		"Printing parent data for process(1) on signal",
		"Printing VRRP data for process(2) on signal",
		"Printing checker data for process(3) on signal",
		"/tmp", "/var/tmp",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
