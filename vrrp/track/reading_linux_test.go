// SPDX-License-Identifier: Apache-2.0

package track

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestReadFile reads a number from whatever stands there, and waits for nothing.
func TestReadFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write(t, at("five"), "5\n")
	write(t, at("empty"), "")
	write(t, at("huge"), "7"+strings.Repeat(" 9", 1<<20))
	write(t, at("invalid"), "99999999999\n")
	must(t, os.Mkdir(at("dir"), 0o700))
	must(t, unix.Mkfifo(at("fifo"), 0o600))
	must(t, os.Symlink("five", at("link")))
	must(t, os.Symlink("none", at("dangling")))
	for name, want := range map[string]File{"five": 5, "empty": 0, "huge": 7, "none": 0, "link": 5, "dangling": 0} {
		if got := ReadFile(at(name)); got.Value != want || got.Err != nil || got.Invalid != nil {
			t.Errorf("%s: %+v, want %d", name, got, want)
		}
	}
	for _, name := range []string{"dir", "fifo"} {
		if got := ReadFile(at(name)); got.Err == nil || got.Value != 0 {
			t.Errorf("%s: %+v, want an error", name, got)
		}
	}
	if got := ReadFile(at("invalid")); got.Invalid == nil || *got.Invalid != 99999999999 {
		t.Errorf("invalid: %+v", got)
	}
}

// TestInitFile writes what recording track-file-init shows.
func TestInitFile(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		before    string // "-": no file
		value     int
		overwrite bool
		want      string
	}{
		{"missing", "-", 3, false, "3\n"},
		{"missing, overwrite", "-", -7, true, "-7\n"},
		{"there", "12345\n", 3, false, "12345\n"},
		{"there, overwrite", "12345\n", 4, true, "4\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "f")
			if tt.before != "-" {
				write(t, path, tt.before)
			}
			must(t, InitFile(path, tt.value, tt.overwrite))
			text, err := os.ReadFile(path)
			must(t, err)
			st, err := os.Stat(path)
			must(t, err)
			if string(text) != tt.want || st.Mode() != 0o600 {
				t.Errorf("got %q, mode %v", text, st.Mode())
			}
		})
	}
}

// TestInitFileFollowsNoLink: in a directory that others may write to, a link must not make
// us write elsewhere.
func TestInitFileFollowsNoLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	victim, link := filepath.Join(dir, "victim"), filepath.Join(dir, "f")
	write(t, victim, "precious")
	must(t, os.Symlink(victim, link))
	if err := InitFile(link, 1, true); err == nil {
		t.Error("no error")
	}
	if err := InitFile(link, 1, false); err != nil {
		t.Errorf("something is there: %v", err)
	}
	must(t, os.Remove(victim))
	_ = InitFile(link, 1, false)
	_ = InitFile(link, 1, true)
	if _, err := os.Lstat(victim); err == nil {
		t.Error("written through a dangling link")
	}
	if err := InitFile(filepath.Join(dir, "none", "f"), 1, false); err == nil {
		t.Error("a missing directory: no error")
	}
}
