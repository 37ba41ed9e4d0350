// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func openPID(t *testing.T, path string) *PIDFile {
	t.Helper()
	p, err := OpenPIDFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPIDFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "p.pid")
	p := openPID(t, path)
	if err := p.Write(4_000_000); err != nil {
		t.Fatal(err)
	}
	if err := p.Write(123); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("123\n", string(b)); diff != "" {
		t.Errorf("contents (-want +got):\n%s", diff)
	}
	st, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := st.Mode(); got != 0o644 {
		t.Errorf("mode %v, want 0644", got)
	}
	if err := p.Remove(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after Remove: %v, want not exist", err)
	}
}

// What the file says does not matter: not a live process, not ourselves, not rubbish.
func TestPIDFileStale(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"1\n", "999999\n", "rubbish", "", "123456789012345678901234567890\n"} {
		path := filepath.Join(t.TempDir(), "p.pid")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		p := openPID(t, path)
		if err := p.Write(7); err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != "7\n" {
			t.Errorf("after taking over %q: %q, %v", text, b, err)
		}
		if err := p.Remove(); err != nil {
			t.Error(err)
		}
	}
}

// The lock belongs to the open file, so a second open in the same process conflicts too.
func TestPIDFileHeld(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "p.pid")
	p := openPID(t, path)
	if err := p.Write(42); err != nil {
		t.Fatal(err)
	}
	_, err := OpenPIDFile(path)
	var running *RunningError
	if !errors.As(err, &running) {
		t.Fatalf("second open: %v, want a RunningError", err)
	}
	if diff := cmp.Diff(RunningError{Path: path, PID: "42"}, *running); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "42\n" {
		t.Errorf("the loser changed the file: %q, %v", b, err)
	}
	if err := p.Remove(); err != nil {
		t.Fatal(err)
	}
	if err := openPID(t, path).Remove(); err != nil {
		t.Error(err)
	}
}

func TestPIDFileUnsafe(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		make func(t *testing.T, victim, path string)
	}{
		{"symlink", func(t *testing.T, victim, path string) { must(t, os.Symlink(victim, path)) }},
		{"hard link", func(t *testing.T, victim, path string) { must(t, os.Link(victim, path)) }},
		{"fifo", func(t *testing.T, _, path string) { must(t, unix.Mkfifo(path, 0o600)) }},
		{"directory", func(t *testing.T, _, path string) { must(t, os.Mkdir(path, 0o700)) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			victim, path := filepath.Join(dir, "victim"), filepath.Join(dir, "p.pid")
			must(t, os.WriteFile(victim, []byte("precious"), 0o600))
			tt.make(t, victim, path)
			if _, err := OpenPIDFile(path); err == nil {
				t.Error("opened, want an error")
			}
			if b, err := os.ReadFile(victim); err != nil || string(b) != "precious" {
				t.Errorf("the victim is now %q, %v", b, err)
			}
		})
	}
}

// A file that somebody put in place of ours is not ours to remove.
func TestPIDFileReplaced(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "p.pid")
	p := openPID(t, path)
	must(t, os.Remove(path))
	must(t, os.WriteFile(path, []byte("other\n"), 0o600))
	must(t, p.Remove())
	if b, err := os.ReadFile(path); err != nil || string(b) != "other\n" {
		t.Errorf("the other file is now %q, %v", b, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestPIDFileOfKeepalived: keepalived before 2.4 locks nothing. While it runs the file is its
// own; afterwards the file is stale.
func TestPIDFileOfKeepalived(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program, path := filepath.Join(dir, "keepalived"), filepath.Join(dir, "p.pid")
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(sleep, program); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := strconv.Itoa(cmd.Process.Pid)
	if err := os.WriteFile(path, []byte(pid+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = OpenPIDFile(path)
	var running *RunningError
	if !errors.As(err, &running) {
		t.Errorf("beside keepalived: %v, want a RunningError", err)
	} else if diff := cmp.Diff(RunningError{Path: path, PID: pid, Name: "keepalived"}, *running); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // how it ended is no news
	if err := openPID(t, path).Remove(); err != nil {
		t.Error(err)
	}
}
