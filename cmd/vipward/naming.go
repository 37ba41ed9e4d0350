// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"vipward/conf"
	"vipward/watchdog"
)

// naming is what tells several daemons on one host apart, as keepalived.
type naming struct {
	namespace string
	instance  string
	dir       bool // use_pid_dir
}

func (o *options) naming(d conf.Daemon) naming {
	return naming{cmp.Or(o.namespace, d.NetNamespace), d.Instance, d.UsePIDDir}
}

// pidDir is where pid files are that no option places elsewhere, below the run directory.
const pidDir = "keepalived"

// pidFile is the path of a pid file whose plain one is path.
func (n naming) pidFile(path string) string {
	if n == (naming{}) {
		return path
	}
	dir, base := filepath.Split(path)
	if n.instance != "" {
		base = strings.TrimSuffix(base, ".pid") + "_" + n.instance + ".pid"
	}
	return filepath.Join(dir, pidDir, n.namespace, base)
}

// ident adds the names to that of a process in syslog.
func (n naming) ident(process string) string {
	for _, part := range []string{n.namespace, n.instance} {
		if part != "" {
			process += "_" + part
		}
	}
	return process
}

// distinguish gives this daemon the names of its configuration. The function takes away what
// that has made.
func (c *command) distinguish(d conf.Daemon, log *slog.Logger) (undo func()) {
	n := c.opts.naming(d)
	c.rename("", d)
	if name := n.ident(ident("")); name != ident("") {
		log.Info("Changing syslog ident to " + name)
	}
	for path, plain := range map[*string]string{&c.opts.pid: defaultPID, &c.opts.vrrpPID: defaultVRRPPID, &c.opts.checkerPID: defaultCheckerPID} {
		if *path == plain {
			*path = n.pidFile(plain)
		}
	}
	top := filepath.Join(filepath.Dir(defaultPID), pidDir)
	dir := filepath.Dir(n.pidFile(defaultPID))
	if dir == filepath.Dir(defaultPID) {
		return func() {}
	}
	report(log, os.MkdirAll(dir, 0o755)) // without it the pid file is refused
	return func() {
		_ = os.Remove(dir) // others may be there
		_ = os.Remove(top)
	}
}

// rename gives a process the names that the configuration has for it, in syslog and in ps.
func (c *command) rename(r watchdog.Role, d conf.Daemon) {
	if c.syslog != nil {
		c.syslog.rename(c.opts.naming(d).ident(ident(r)))
	}
	nameProcess(processName(r, d))
}

// processName is what ps shows of a process; the standard names are keepalived's.
func processName(r watchdog.Role, d conf.Daemon) string {
	own, standard := d.ProcessName, "keepalived"
	switch r {
	case watchdog.VRRP:
		own, standard = d.VRRPProcess.Name, "keepalived_vrrp"
	case watchdog.Checker:
		own, standard = d.CheckerProcess.Name, "keepalived_lvs"
	}
	if own == "" && d.ProcessNames {
		own = standard
	}
	return cmp.Or(own, "vipward")
}

// nameProcess sets the name of the process; the kernel keeps 15 bytes of it. Only ps and
// killall would care.
func nameProcess(name string) { _ = os.WriteFile("/proc/self/comm", []byte(name), 0) }
