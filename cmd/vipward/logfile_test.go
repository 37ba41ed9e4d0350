// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vipward/watchdog"
)

func TestLogFilePath(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, tmpdir string
		role         watchdog.Role
		want         string
	}{
		{"", "", "", "/tmp/keepalived.log"},
		{"", "/run/x", watchdog.VRRP, "/run/x/keepalived_vrrp.log"},
		{"/var/log/lb.log", "", watchdog.Checker, "/var/log/lb_check.log"},
		{"/var/log/lb", "", watchdog.VRRP, "/var/log/lb_vrrp"},
		{"lb.log", "/run/x", "", "/run/x/lb.log"},
	}
	for _, tt := range tests {
		if got := logFilePath(tt.name, tt.tmpdir, tt.role); got != tt.want {
			t.Errorf("%q of %q: %s, want %s", tt.name, tt.role, got, tt.want)
		}
	}
}

// TestLogFile: lines are added to what is there, and go to a new file after a rotation.
func TestLogFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.log")
	must(t, os.WriteFile(path, []byte("old\n"), 0o600))
	l, err := openLogFile(path)
	must(t, err)
	say := func(text string) {
		t.Helper()
		if _, err := l.Write([]byte(text)); err != nil {
			t.Error(err)
		}
	}
	has := func(path, want string) {
		t.Helper()
		if b, err := os.ReadFile(path); err != nil || string(b) != want {
			t.Errorf("%s has %q, %v, want %q", path, b, err, want)
		}
	}
	say("one\n")
	has(path, "old\none\n")
	must(t, os.Rename(path, path+".1"))
	say("two\n")
	has(path, "two\n")
	has(path+".1", "old\none\n")
	if st, err := os.Stat(path); err != nil || st.Mode() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	must(t, os.Remove(path))
	must(t, os.Mkdir(path, 0o700))
	if _, err := l.Write([]byte("lost\n")); err == nil {
		t.Error("a directory is written to")
	}
	must(t, os.Remove(path))
	say("three\n")
	has(path, "three\n")
}

// TestLogFileUnsafe: what somebody else has put in its place is not written to.
func TestLogFileUnsafe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	victim := filepath.Join(dir, "victim")
	must(t, os.WriteFile(victim, nil, 0o600))
	must(t, os.Symlink(victim, filepath.Join(dir, "link")))
	must(t, os.Link(victim, filepath.Join(dir, "name")))
	for _, name := range []string{"link", "name"} {
		if _, err := openLogFile(filepath.Join(dir, name)); err == nil || !strings.Contains(err.Error(), "log file") {
			t.Errorf("%s: %v, want an error", name, err)
		}
	}
}
