// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestNamespaceOwner(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		pid  int
		ours bool
	}{
		{"vw123-abcdef-lb1", 123, true},
		{"vw123-abcdef-a-b", 123, true},
		{"vw-abcdef-lb1", 0, false},
		{"vw123", 0, false},
		{"vw-5-x", 0, false},
		{"vw0-x", 0, false},
		{"lb1", 0, false},
		{"someone-elses", 0, false},
		{"", 0, false},
	}
	for _, tt := range tests {
		pid, ours := nsOwner(tt.name)
		if ours != tt.ours || ours && pid != tt.pid {
			t.Errorf("%q: %d, %t", tt.name, pid, ours)
		}
	}
}

// TestSweep has namespaces of a dead process, of this one and of someone else: only the
// first goes, and what ran in it.
func TestSweep(t *testing.T) {
	t.Parallel()
	// Alive until all is there: other test processes sweep too.
	owner := exec.Command("sleep", "1000")
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	dead := nsPrefix + strconv.Itoa(owner.Process.Pid) + "-abcdef-lb1"
	run(t, "ip", "netns", "add", dead)
	sleeper := exec.Command("ip", "netns", "exec", dead, "sleep", "1000")
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	Wait(t, patient, "process in the namespace", func() error {
		out, err := exec.Command("ip", "netns", "pids", dead).Output()
		if err == nil && strings.TrimSpace(string(out)) == "" {
			err = errors.New("none")
		}
		return err
	})
	ours := newHost(t, "ours")
	foreign := "foreign-" + ours.NS
	run(t, "ip", "netns", "add", foreign)
	t.Cleanup(func() { run(t, "ip", "netns", "del", foreign) })

	_ = owner.Process.Kill()
	_ = owner.Wait() // it ended by the signal
	if err := sweep(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{dead: false, ours.NS: true, foreign: true} {
		if _, err := os.Stat(filepath.Join(netnsDir, name)); (err == nil) != want {
			t.Errorf("%s: %v, want it there: %t", name, err, want)
		}
	}
	if err := sleeper.Wait(); err == nil || sleeper.ProcessState.Sys().(interface{ Signal() unix.Signal }).Signal() != unix.SIGKILL {
		t.Errorf("the process in it ended with %v", err)
	}
}

func run(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%q: %v: %s", args, err, out)
	}
}

// TestNothingLeft makes hosts in a subtest: afterwards their namespaces and processes are gone.
func TestNothingLeft(t *testing.T) {
	t.Parallel()
	var names []string
	var pid int
	t.Run("hosts", func(t *testing.T) {
		net := NewNet(t)
		for _, name := range []string{"a", "b"} {
			h := net.Host(name)
			names = append(names, h.NS)
			p := h.Start("sh", "-c", "setsid sleep 1000 & echo $!; sleep 1000")
			var err error
			if pid, err = strconv.Atoi(p.WaitLine(`\d`, patient)); err != nil {
				t.Fatal(err)
			}
		}
	})
	for _, name := range names {
		if _, err := os.Stat(filepath.Join(netnsDir, name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	Wait(t, patient, "end of a process with a session of its own", func() error {
		if unix.Kill(pid, 0) == nil && !zombie(pid) {
			return errors.New("it lives")
		}
		return nil
	})
}
