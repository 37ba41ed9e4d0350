// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Kind gives the path of a daemon that understands keepalived's command line: Vipward or
// Keepalived.
type Kind func(t TB) string

// Roles of a daemon's processes, named after the pid files.
const (
	Parent  = "parent"
	VRRP    = "vrrp"
	Checker = "checkers"
)

// Daemon is a vipward or keepalived in the foreground on a host, with pid files, dump
// files and configuration in a folder of its own.
type Daemon struct {
	*Proc
	Dir    string // scratch folder: DIR/conf is the configuration, dumps land in DIR
	Config string

	host *Host
	kind Kind
	args []string // without the options
	opts []string
}

// StartDaemon starts a daemon that tells details (-D), with further options.
func StartDaemon(h *Host, kind Kind, config string, options ...string) *Daemon {
	h.t.Helper()
	return StartPlain(h, kind, config, append([]string{"-D"}, options...)...)
}

// StartPlain starts a daemon with a configuration and these options.
func StartPlain(h *Host, kind Kind, config string, options ...string) *Daemon {
	h.t.Helper()
	dir := h.t.TempDir()
	d := &Daemon{Dir: dir, Config: filepath.Join(dir, "keepalived.conf"), host: h, kind: kind}
	d.args = []string{
		"-n", "-l", "-f", d.Config,
		"-p", d.pidFile(Parent), "-r", d.pidFile(VRRP), "-c", d.pidFile(Checker),
	}
	d.SetOptions(options...)
	d.Write(config)
	d.Start()
	h.t.Cleanup(func() {
		if h.t.Failed() {
			h.t.Logf("%s said:\n%s", d.name, strings.Join(d.All(), "\n"))
		}
	})
	return d
}

// SetOptions replaces the further options, for the next start.
func (d *Daemon) SetOptions(options ...string) { d.opts = options }

// Start starts the daemon again after it ended. Pid files of a killed one are left to it,
// once their processes are gone: keepalived takes even a zombie for a running daemon.
func (d *Daemon) Start() {
	d.host.t.Helper()
	for _, role := range []string{Parent, VRRP, Checker} {
		if pid, err := d.readPID(role); err == nil {
			d.waitGone(pid)
		}
	}
	d.Restart()
}

// Restart is Start without a look at the pid files.
func (d *Daemon) Restart() {
	d.host.t.Helper()
	cmd := exec.Command(d.kind(d.host.t), slices.Concat(d.args, d.opts)...)
	cmd.Env = append(os.Environ(), "TMPDIR="+d.Dir)
	d.Proc = d.host.StartCmd(cmd)
}

// Write replaces the configuration file, as an editor would: by renaming.
func (d *Daemon) Write(config string) {
	d.host.t.Helper()
	fresh := d.Config + ".new"
	d.host.must("write configuration", os.WriteFile(fresh, []byte(config), 0o600))
	d.host.must("replace configuration", os.Rename(fresh, d.Config))
}

// Reload replaces the configuration, sends SIGHUP and returns the mark before it.
func (d *Daemon) Reload(config string) (mark int) {
	d.host.t.Helper()
	d.Write(config)
	mark = d.Mark()
	d.Signal(syscall.SIGHUP)
	return mark
}

// RolePID waits for the pid file of a role and returns the number in it.
func (d *Daemon) RolePID(role string) int {
	d.host.t.Helper()
	var pid int
	Wait(d.host.t, 5*time.Second, "pid file of "+role, func() (err error) {
		pid, err = d.readPID(role)
		return err
	})
	return pid
}

// RunningRole waits until the pid file of a role names a running process other than not,
// and returns its pid.
func (d *Daemon) RunningRole(role string, not int, limit time.Duration) int {
	d.host.t.Helper()
	var pid int
	Wait(d.host.t, limit, "new "+role+" process", func() (err error) {
		if pid, err = d.readPID(role); err != nil {
			return err
		}
		if pid == not {
			return fmt.Errorf("still %d", pid)
		}
		return unix.Kill(pid, 0)
	})
	return pid
}

// KillRole kills one process of the daemon with SIGKILL and returns its pid.
func (d *Daemon) KillRole(role string) int {
	d.host.t.Helper()
	pid := d.RolePID(role)
	d.host.must(fmt.Sprintf("kill %s (%d)", role, pid), unix.Kill(pid, unix.SIGKILL))
	return pid
}

// PIDs lists all processes of the daemon, the parent first.
func (d *Daemon) PIDs() []int {
	return append([]int{d.PID}, descendants(d.PID)...)
}

// waitGone waits until init has reaped a process.
func (d *Daemon) waitGone(pid int) {
	d.host.t.Helper()
	Wait(d.host.t, stopLimit, fmt.Sprintf("end of process %d", pid), func() error {
		if err := unix.Kill(pid, 0); !errors.Is(err, unix.ESRCH) {
			return errors.New("still there")
		}
		return nil
	})
}

func (d *Daemon) pidFile(role string) string { return filepath.Join(d.Dir, role+".pid") }

func (d *Daemon) readPID(role string) (int, error) {
	b, err := os.ReadFile(d.pidFile(role))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(b)))
}
