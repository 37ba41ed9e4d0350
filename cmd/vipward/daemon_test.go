// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// One life in the foreground: start, dump, reload, refused reload, stop; nothing is left.
func TestForeground(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	cmd := h.start(h.command("-n", "-l", "-D"))
	h.logged(1, "Startup complete")
	if h.pid("p") != cmd.Process.Pid {
		t.Errorf("pid file: %d, want %d", h.pid("p"), cmd.Process.Pid)
	}
	h.logged(1, "(VI_1) Entering MASTER STATE")
	h.until("the VIP", func() bool { return strings.Contains(h.addresses(), "10.9.8.7/24") })
	children := []int{h.pid("r"), h.pid("c")}

	must(t, cmd.Process.Signal(syscall.SIGUSR1))
	for _, name := range []string{"keepalived_parent.data", "keepalived.data", "keepalived_check.data"} {
		h.until(name, func() bool { return h.exists(name) })
	}
	for _, line := range []string{"Printing parent data for process(%d) on signal", "Printing VRRP data for process(%d) on signal", "Printing checker data for process(%d) on signal"} {
		h.logged(1, line[:strings.Index(line, "(")])
	}

	h.write("k.conf", strings.Replace(config, "priority 100", "priority 120", 1))
	must(t, cmd.Process.Signal(syscall.SIGHUP))
	h.logged(1, "Reload complete")

	h.write("k.conf", config+"vrrp_instance VI_2 {\n  interface\n}\n")
	must(t, cmd.Process.Signal(syscall.SIGHUP))
	h.logged(1, "Reload refused, the running configuration stays: "+h.path("k.conf")+":2")
	if now := []int{h.pid("r"), h.pid("c")}; fmt.Sprint(now) != fmt.Sprint(children) {
		t.Errorf("children %v became %v", children, now)
	}
	if !strings.Contains(h.addresses(), "10.9.8.7/24") {
		t.Error("the reloads lost the VIP")
	}

	must(t, cmd.Process.Signal(syscall.SIGTERM))
	if code := h.wait(cmd); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	h.nothingLeft(children)
	h.logged(1, "Stopping")
	h.logged(1, "Stopped vipward")
	form := regexp.MustCompile(`^[A-Z][a-z]{2} [A-Z][a-z]{2} [ 123]\d \d\d:\d\d:\d\d \d{4}: .*\S.*\n$`)
	for line := range strings.Lines(h.output()) {
		if !form.MatchString(line) {
			t.Errorf("log line %q is not in keepalived's form", line)
		}
	}
}

// nothingLeft checks the state after a stop.
func (h *host) nothingLeft(pids []int) {
	h.t.Helper()
	for _, pid := range pids {
		if !gone(pid) {
			h.t.Errorf("process %d is left", pid)
		}
	}
	for _, name := range []string{"p", "r", "c"} {
		if h.exists(name) {
			h.t.Errorf("pid file %s is left", name)
		}
	}
	if got := h.addresses(); got != "10.9.8.1/24" {
		h.t.Errorf("addresses %q are left, want 10.9.8.1/24 only", got)
	}
}

// Without -n the caller returns when the daemon is up, in a session of its own.
func TestDaemon(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	h.write("p", "1\n") // a stale file with the pid of a live process
	h.write("r", "rubbish")
	cmd := h.command("-l")
	if code, out := h.runPlain(cmd); code != 0 {
		t.Fatalf("exit code %d: %s", code, out)
	}
	pid := h.pid("p")
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	children := []int{h.pid("r"), h.pid("c")}
	if sid, err := syscall.Getpgid(pid); err != nil || sid != pid {
		t.Errorf("process group %d, %v, want %d", sid, err, pid)
	}
	if cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid)); err != nil || cwd != "/" {
		t.Errorf("working directory %q, %v, want /", cwd, err)
	}
	for _, p := range append(children, pid) {
		for fd := range 3 {
			to, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", p, fd))
			trace := fd == 2 && p != pid && strings.HasPrefix(to, "/memfd:vipward-trace-")
			if err != nil || (to != os.DevNull && !trace) {
				t.Errorf("process %d: descriptor %d is %q, %v, want /dev/null", p, fd, to, err)
			}
		}
		status := readFile(t, fmt.Sprintf("/proc/%d/status", p))
		for _, want := range []string{"Name:\tvipward\n", "Umask:\t0177\n"} {
			if !strings.Contains(status, want) {
				t.Errorf("process %d: status lacks %q", p, want)
			}
		}
		if ignored := signalMask(t, status, "SigIgn"); ignored != 0 {
			t.Errorf("process %d: ignores signals %#x", p, ignored)
		}
	}
	if argv := readFile(t, fmt.Sprintf("/proc/%d/cmdline", children[0])); !strings.HasPrefix(argv, "vipward: vrrp\x00") {
		t.Errorf("the vrrp child's command line is %q", argv)
	}

	code, out := h.run("-n", "-l")
	if code != 0 || !strings.Contains(out, "daemon is already running") || !strings.Contains(out, fmt.Sprintf("pid %d", pid)) || strings.Contains(out, "Stopped") {
		t.Errorf("second start: exit code %d, want 0 and who is there:\n%s", code, out)
	}
	if code, _ := h.run(); code != 0 {
		t.Errorf("second start as a daemon: exit code %d, want 0", code)
	}

	must(t, syscall.Kill(pid, syscall.SIGTERM))
	h.until("the end", func() bool { return gone(pid) })
	h.nothingLeft(children)
}

// A killed child is back and the VIP has not moved.
func TestKillChild(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	cmd := h.start(h.command("-n", "-l", "-D"))
	h.logged(1, "(VI_1) Entering MASTER STATE")
	h.until("the VIP", func() bool { return strings.Contains(h.addresses(), "10.9.8.7/24") })
	for i, name := range []string{"r", "c"} {
		old := h.pid(name)
		must(t, syscall.Kill(old, syscall.SIGKILL))
		h.logged(i+1, "died: Respawning")
		h.until("a new child", func() bool { return h.pid(name) != old })
		if !strings.Contains(h.addresses(), "10.9.8.7/24") {
			t.Errorf("the death of %s lost the VIP", name)
		}
	}
	must(t, cmd.Process.Signal(syscall.SIGTERM))
	if code := h.wait(cmd); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	h.nothingLeft(nil)
}

// A stop right after a child's death: its successor has hardly begun, or is still to wait.
// The VIPs go before the stop only if the wait is so long that the other node takes over.
func TestStopAfterKill(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		kills int
	}{{"at once", 1}, {"after 1 s", 2}, {"after 4 s", 4}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			cmd := h.start(h.command("-n", "-l", "-D"))
			h.until("the VIP", func() bool { return strings.Contains(h.addresses(), "10.9.8.7/24") })
			for i := range tt.kills {
				old := h.pid("r")
				must(t, syscall.Kill(old, syscall.SIGKILL))
				h.logged(i+1, "Restart of VRRP process")
				if i+1 < tt.kills {
					h.until("a new child", func() bool { return h.pid("r") != old })
				}
			}
			if tt.kills == 4 {
				h.logged(1, "Removing the VIPs of the dead VRRP process")
				h.until("no VIP", func() bool { return h.addresses() == "10.9.8.1/24" })
			} else if !strings.Contains(h.addresses(), "10.9.8.7/24") {
				t.Error("the VIP is gone before the stop")
			}
			must(t, cmd.Process.Signal(syscall.SIGTERM))
			if code := h.wait(cmd); code != 0 {
				t.Errorf("exit code %d, want 0", code)
			}
			h.nothingLeft(nil)
		})
	}
}

// A child that hangs is killed at the end, and its parent clears up for it.
func TestStopHungChild(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	cmd := h.start(h.command("-n", "-l"))
	h.until("the VIP", func() bool { return strings.Contains(h.addresses(), "10.9.8.7/24") })
	must(t, syscall.Kill(h.pid("r"), syscall.SIGSTOP))
	must(t, cmd.Process.Signal(syscall.SIGTERM))
	if code := h.wait(cmd); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	h.logged(1, "vrrp process failed to die - forcing termination")
	h.nothingLeft(nil)
}

// A child that hangs while the daemon works is replaced, and the other one goes on: its
// address stays.
func TestHungChild(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	cmd := h.start(h.command("-n", "-l"))
	h.until("the VIP", func() bool { return strings.Contains(h.addresses(), "10.9.8.7/24") })
	h.logged(1, "Startup complete")
	vrrp, hung := h.pid("r"), h.pid("c")
	must(t, syscall.Kill(hung, syscall.SIGSTOP))
	h.logged(1, "has not answered for")
	h.until("another checker process", func() bool { return h.pid("c") != hung })
	if h.pid("r") != vrrp || !strings.Contains(h.addresses(), "10.9.8.7/24") {
		t.Errorf("vrrp process %d, was %d; addresses %s", h.pid("r"), vrrp, h.addresses())
	}
	must(t, cmd.Process.Signal(syscall.SIGTERM))
	if code := h.wait(cmd); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	h.nothingLeft(nil)
}

// When the parent is killed its children stop in order, and the next start is not held up.
func TestKillParent(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	cmd := h.start(h.command("-n", "-l"))
	h.logged(1, "(VI_1) Entering MASTER STATE")
	h.until("the VIP", func() bool { return strings.Contains(h.addresses(), "10.9.8.7/24") })
	children := []int{h.pid("r"), h.pid("c")}
	must(t, cmd.Process.Kill())
	h.wait(cmd)
	for _, pid := range children {
		h.until("the children's end", func() bool { return gone(pid) })
	}
	if got := h.addresses(); got != "10.9.8.1/24" {
		t.Errorf("addresses %q are left, want 10.9.8.1/24 only", got)
	}
	cmd = h.start(h.command("-n", "-l"))
	h.logged(2, "Startup complete")
	must(t, cmd.Process.Signal(syscall.SIGINT))
	if code := h.wait(cmd); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	h.nothingLeft(nil)
}

// -R: the death of a child ends all.
func TestNoRespawn(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	cmd := h.start(h.command("-n", "-l", "-R"))
	h.logged(1, "Startup complete")
	must(t, syscall.Kill(h.pid("r"), syscall.SIGKILL))
	if code := h.wait(cmd); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	h.logged(1, "died: Exiting")
}

// The daemon works as the first process of a container.
func TestPID1(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	cmd := h.command("-n", "-l")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID}
	h.start(cmd)
	h.logged(1, "Startup complete")
	if got := h.pid("p"); got != 1 {
		t.Errorf("pid file: %d, want 1", got)
	}
	must(t, cmd.Process.Signal(syscall.SIGHUP))
	h.logged(1, "Reload complete")
	must(t, cmd.Process.Signal(syscall.SIGTERM))
	if code := h.wait(cmd); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	h.nothingLeft(nil)
}

// Exit codes of a start that fails, in the foreground and as a daemon.
func TestStartFails(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	h.write("x.conf", config)
	must(t, os.Chmod(h.path("x.conf"), 0o755))
	h.write("arg.conf", "vrrp_instance VI_1 {\n  interface\n}\n")
	h.write("if.conf", strings.Replace(config, "v0", "nosuch0", 1))
	tests := []struct {
		file string
		code int
		want string
	}{
		{"none.conf", exitNoConfig, "none.conf"},
		{"x.conf", exitNoConfig, "executable"},
		{"arg.conf", exitConfig, "arg.conf:2:"},
		{"if.conf", exitConfig, "nosuch0"},
	}
	for _, tt := range tests {
		for _, mode := range [][]string{{"-n", "-l"}, {"-n"}, {}} {
			code, out := h.run(append(mode, "-f", h.path(tt.file))...)
			if code != tt.code || !strings.Contains(out, tt.want) {
				t.Errorf("%s %v: exit code %d, want %d and %q:\n%s", tt.file, mode, code, tt.code, tt.want, out)
			}
		}
	}
	h.nothingLeft(nil)
}

// Without configuration the daemon runs, and a reload brings the first instance.
func TestNothingToRun(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	h.write("k.conf", "global_defs {\n  router_id R1\n}\n")
	cmd := h.start(h.command("-n", "-l"))
	h.logged(1, "no configuration to run")
	h.logged(1, "Startup complete")
	h.write("k.conf", config)
	must(t, cmd.Process.Signal(syscall.SIGHUP))
	h.logged(1, "Reload complete")
	h.logged(1, "(VI_1) Entering MASTER STATE")
	must(t, cmd.Process.Signal(syscall.SIGTERM))
	h.wait(cmd)
	h.nothingLeft(nil)
}

// signalMask reads one of the signal masks of /proc/PID/status. The two signals that the C
// library keeps for itself are left out: make has its programs ignore them.
func signalMask(t *testing.T, status, name string) uint64 {
	t.Helper()
	const ofLibc = 1<<(32-1) | 1<<(33-1)
	_, rest, found := strings.Cut(status, name+":\t")
	word, _, _ := strings.Cut(rest, "\n")
	mask, err := strconv.ParseUint(word, 16, 64)
	if !found || err != nil {
		t.Fatalf("no %s in %q: %v", name, status, err)
	}
	return mask &^ ofLibc
}
