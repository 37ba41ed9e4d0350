// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"vipward/internal/lab"
)

// TestStopLeavesNothing stops a master: no address, no pid file, no process.
func TestStopLeavesNothing(t *testing.T) {
	t.Parallel()
	lb := lab.NewNet(t).Host("lb1", nodeAddr[0]+"/24")
	d := lab.StartDaemon(lb, lab.Vipward, instance{version: 3, advert: "0.2"}.String())
	d.WaitLine(`Entering MASTER STATE`, patient)
	d.RunningRole(lab.VRRP, 0, patient)
	pids := d.PIDs()
	if len(pids) < 2 {
		t.Errorf("processes %v: no child", pids)
	}
	if code := d.Stop(); code != 0 {
		t.Errorf("stopped with exit status %d", code)
	}
	if lb.HasAddr(vip) {
		t.Errorf("addresses %v", lb.Addrs())
	}
	for _, pid := range pids {
		if err := unix.Kill(pid, 0); !errors.Is(err, unix.ESRCH) {
			t.Errorf("process %d is left: %v", pid, err)
		}
	}
	left, err := filepath.Glob(filepath.Join(d.Dir, "*.pid"))
	if err != nil || len(left) > 0 {
		t.Errorf("pid files %q, %v", left, err)
	}
}

// TestRestartAfterPowerCut starts over what a killed daemon left, the address and the pid
// files, one of which names a process of someone else.
func TestRestartAfterPowerCut(t *testing.T) {
	t.Parallel()
	lb := lab.NewNet(t).Host("lb1", nodeAddr[0]+"/24")
	d := lab.StartDaemon(lb, lab.Vipward, instance{version: 3, advert: "0.2"}.String())
	d.WaitLine(`Entering MASTER STATE`, patient)
	d.KillTree()
	if !lb.HasAddr(vip) {
		t.Error("the address did not stay after the kill: the test shows nothing")
	}
	stranger := lb.Start("sleep", "1000")
	pidFile := filepath.Join(d.Dir, "parent.pid")
	if err := os.WriteFile(pidFile, fmt.Appendln(nil, stranger.PID), 0o600); err != nil {
		t.Fatal(err)
	}
	d.Restart()
	d.WaitLine(`Entering BACKUP STATE`, patient)
	d.WaitLine(`Entering MASTER STATE`, patient)
	if n := d.Count(0, `already running`); n != 0 || !d.Running() {
		t.Errorf("it took the stranger for itself: %q", d.All())
	}
	if code := d.Stop(); code != 0 || lb.HasAddr(vip) {
		t.Errorf("stopped with exit status %d, addresses %v", code, lb.Addrs())
	}
}

// TestKilledParent kills the parent alone: its children end, the address moves at once.
func TestKilledParent(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.start(twoVipwards, both(instance{version: 3, advert: "0.5"}))
	pids, mark := p.daemon[0].PIDs(), p.daemon[1].Mark()
	p.daemon[0].Signal(syscall.SIGKILL)
	p.daemon[1].WaitLineFrom(mark, `Entering MASTER STATE`, patient)
	p.waitHolder(1)
	p.wire.WaitAdvert("farewell", patient, func(a lab.Advert) bool { return a.Src == nodeIP(0) && a.Priority == 0 })
	lab.Wait(t, patient, "end of the children", func() error {
		for _, pid := range pids {
			if alive(pid) {
				return fmt.Errorf("%d of %v lives", pid, pids)
			}
		}
		return nil
	})
}

// alive says whether a process exists and is no zombie.
func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(b), ") Z ")
}

// TestDaemonMode starts without -n: the caller is free, the pid file names the daemon,
// which has a session of its own and ends on SIGTERM.
func TestDaemonMode(t *testing.T) {
	t.Parallel()
	lb := lab.NewNet(t).Host("lb1", nodeAddr[0]+"/24")
	dir := t.TempDir()
	config, pidFile := filepath.Join(dir, "keepalived.conf"), filepath.Join(dir, "pid")
	if err := os.WriteFile(config, []byte(instance{version: 3, advert: "0.2"}.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	lb.Run(lab.Vipward(t), "-f", config, "-p", pidFile, "-r", filepath.Join(dir, "vrrp"), "-c", filepath.Join(dir, "check"))
	b, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatalf("the caller is back before the pid file is there: %v", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	if sid, err := unix.Getsid(pid); err != nil || sid != pid {
		t.Errorf("session %d of process %d, %v", sid, pid, err)
	}
	lab.Wait(t, patient, "the address", func() error { return mustHold(lb) })
	if err := unix.Kill(pid, unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	lab.Wait(t, patient, "end of the daemon", func() error {
		if alive(pid) || lb.HasAddr(vip) {
			return errors.New("it or its address is there")
		}
		return nil
	})
}

// TestRolesShowInPS looks for the roles where ps finds them.
func TestRolesShowInPS(t *testing.T) {
	t.Parallel()
	lb := lab.NewNet(t).Host("lb1", nodeAddr[0]+"/24")
	d := lab.StartDaemon(lb, lab.Vipward, instance{}.String())
	pid := d.RunningRole(lab.VRRP, 0, patient)
	lab.Wait(t, patient, "role in the command line", func() error {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err == nil && !strings.Contains(string(b), "vrrp") {
			err = fmt.Errorf("it is %q", b)
		}
		return err
	})
	if !slices.Contains(d.PIDs(), pid) {
		t.Errorf("the pid file names %d, the processes are %v", pid, d.PIDs())
	}
}

// TestDumpOnSIGUSR1 asks for the state.
func TestDumpOnSIGUSR1(t *testing.T) {
	t.Parallel()
	lb := lab.NewNet(t).Host("lb1", nodeAddr[0]+"/24")
	d := lab.StartDaemon(lb, lab.Vipward, instance{version: 3, advert: "0.2"}.String())
	d.WaitLine(`Entering MASTER STATE`, patient)
	d.Signal(syscall.SIGUSR1)
	file := filepath.Join(d.Dir, "keepalived.data")
	lab.Wait(t, patient, "dump with the instance's state", func() error {
		b, err := os.ReadFile(file)
		if text := string(b); err == nil && (!strings.Contains(text, "VI_1") || !strings.Contains(text, "MASTER")) {
			err = fmt.Errorf("it says\n%s", text)
		}
		return err
	})
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}
