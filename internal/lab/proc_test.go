// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const patient = 10 * time.Second

func TestProc(t *testing.T) {
	t.Parallel()
	h := newHost(t, "h")
	p := h.Start("sh", "-c", "trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.05; done")
	if got := p.WaitLine("^rea", patient); got != "ready" {
		t.Errorf("line %q", got)
	}
	if !p.Running() {
		t.Error("not running")
	}
	mark := p.Mark()
	if code := p.Stop(); code != 3 {
		t.Errorf("exit status %d", code)
	}
	p.WaitLineFrom(mark, "^bye$", patient)
	if p.Running() {
		t.Error("still running")
	}
}

// TestProcRunsInItsHost looks for an interface name that only the host has.
func TestProcRunsInItsHost(t *testing.T) {
	t.Parallel()
	net := NewNet(t)
	a, b := net.Host("a", "10.0.0.1/24"), net.Host("b", "10.0.0.2/24")
	net.Join(b)
	if out := b.Run("ip", "-o", "link", "show", "dev", "eth1"); !strings.Contains(out, "eth1") {
		t.Errorf("b has no eth1: %q", out)
	}
	if out, err := a.TryRun("ip", "-o", "link", "show", "dev", "eth1"); err == nil {
		t.Errorf("a has b's interface: %q", out)
	}
	out, err := exec.CommandContext(t.Context(), "ip", "netns", "exec", b.NS, "ip", "-o", "link", "show", "dev", "eth1").Output()
	if err != nil || !strings.Contains(string(out), "eth1") {
		t.Errorf("ip netns exec: %q, %v", out, err)
	}
}

// TestKillTree kills a parent that would replace its child and a child that would speak up
// on its parent's death: neither gets to it.
func TestKillTree(t *testing.T) {
	t.Parallel()
	h := newHost(t, "h")
	p := h.Start("sh", "-c", `echo parent $$; while :; do sh -c 'echo child $$; sleep 1000; true'; echo replaced; done`)
	line := p.WaitLine(`^child \d+`, patient)
	child, err := strconv.Atoi(strings.Fields(line)[1])
	if err != nil {
		t.Fatal(err)
	}
	Wait(t, patient, "grandchild", func() error {
		if got := descendants(p.PID); len(got) != 2 || got[0] != child {
			return fmt.Errorf("descendants %v, the child is %d", got, child)
		}
		return nil
	})
	p.KillTree()
	Wait(t, patient, "end of the child", func() error {
		if unix.Kill(child, 0) == nil && !zombie(child) {
			return errors.New("it lives")
		}
		return nil
	})
	if n := p.Count(0, "replaced"); n != 0 {
		t.Errorf("the parent went on: %q", p.All())
	}
	p.KillTree() // of a dead one: nothing happens
}

// zombie says whether a process ended and was not yet waited for.
func zombie(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(b), ") Z ")
}

func TestParentOf(t *testing.T) {
	t.Parallel()
	if got, err := parentOf(os.Getpid()); err != nil || got != os.Getppid() {
		t.Errorf("parent %d, %v, want %d", got, err, os.Getppid())
	}
	if _, err := parentOf(1 << 30); err == nil {
		t.Error("a process that cannot exist has a parent")
	}
}
