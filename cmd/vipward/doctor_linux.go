// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"vipward/conf"
	"vipward/control"
)

// examine looks at this machine. What cannot be read counts as not there.
func examine(l *conf.Loaded) patient {
	p := patient{
		Root: os.Geteuid() == 0, Sysctls: map[string]string{}, Interfaces: interfaces(), Modules: map[string]bool{},
		DropChains: dropChains(), Synced: clockSynced(), Files: fileLimit(), Others: otherDaemons(), Lacking: lacking(),
	}
	if l.Config != nil {
		p.look(l.Config)
		p.Tables = ourTables(l.Config)
	}
	p.Services = ipvsServices()
	return p
}

// look reads what a configuration touches.
func (p *patient) look(cfg *conf.Config) {
	known := kernelModules()
	names := []string{"ip_vs", "macvlan", "ipvlan"}
	for _, vs := range cfg.VirtualServers {
		names = append(names, "ip_vs_"+vs.Scheduler)
	}
	for _, name := range names {
		p.Modules[name] = known(name)
	}
	keys := []string{
		"net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding", "net.ipv4.conf.all.promote_secondaries",
		"net.ipv4.conf.all.rp_filter", "kernel.sched_rt_runtime_us",
	}
	local := map[netip.Addr]bool{}
	for _, a := range localAddrs() {
		local[a] = true
	}
	for _, vi := range cfg.Instances {
		keys = append(keys, "net.ipv4.conf."+vi.Interface+".rp_filter", disableIPv6(vi))
		for _, a := range vi.VIPs {
			if local[a.Prefix.Addr()] {
				p.Held = append(p.Held, a.Prefix.Addr().String())
			}
		}
	}
	for _, key := range keys {
		if v, ok := sysctl(key); ok {
			p.Sysctls[key] = v
		}
	}
}

// ask takes what a running daemon says.
func (p *patient) ask(st *control.State, err error) {
	if err != nil {
		p.Shut = errors.Is(err, os.ErrPermission)
		return
	}
	p.Daemon = true
	if st.VRRP == nil {
		return
	}
	p.Running, p.Silent = st.VRRP.Instances, silentNeighbours()
	for _, vi := range st.VRRP.Instances {
		if vi.Deaf {
			p.Deaf = append(p.Deaf, vi.Name)
		}
		if vi.Resting {
			p.Resting = append(p.Resting, vi.Name)
		}
	}
}

// sysctl reads a kernel variable. A name of an interface may have dots of its own.
func sysctl(key string) (string, bool) {
	path := strings.ReplaceAll(key, ".", "/")
	for _, dir := range []string{"net.ipv4.conf.", "net.ipv6.conf."} {
		rest, ok := strings.CutPrefix(key, dir)
		if i := strings.LastIndexByte(rest, '.'); ok && i > 0 {
			path = filepath.Join(strings.ReplaceAll(dir, ".", "/"), rest[:i], rest[i+1:])
		}
	}
	b, err := os.ReadFile(filepath.Join("/proc/sys", path))
	return strings.TrimSpace(string(b)), err == nil
}

// kernelModules tells whether a module is loaded, built in, or can be loaded.
func kernelModules() func(string) bool {
	listed := map[string]bool{}
	var uts unix.Utsname
	if unix.Uname(&uts) == nil {
		dir := filepath.Join("/lib/modules", unix.ByteSliceToString(uts.Release[:]))
		for _, file := range []string{"modules.builtin", "modules.dep"} {
			for _, line := range fileLines(filepath.Join(dir, file)) {
				path, _, _ := strings.Cut(line, ":")
				name, _, _ := strings.Cut(filepath.Base(path), ".ko")
				listed[strings.ReplaceAll(name, "-", "_")] = true
			}
		}
	}
	return func(name string) bool {
		_, err := os.Stat("/sys/module/" + name)
		return err == nil || listed[name]
	}
}

func fileLines(path string) []string {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	var out []string
	for s := bufio.NewScanner(f); s.Scan(); {
		out = append(out, s.Text())
	}
	return out
}

// lacking lists the capabilities that root has not, as in a container. A daemon that is started
// from here has the same ones.
func lacking() []string {
	var have uint64
	for _, line := range fileLines("/proc/self/status") {
		if text, ok := strings.CutPrefix(line, "CapEff:"); ok {
			have, _ = strconv.ParseUint(strings.TrimSpace(text), 16, 64) // the kernel writes it
		}
	}
	var out []string
	for name, bit := range map[string]int{"CAP_NET_ADMIN": unix.CAP_NET_ADMIN, "CAP_NET_RAW": unix.CAP_NET_RAW, "CAP_SYS_NICE": unix.CAP_SYS_NICE} {
		if have&(1<<bit) == 0 {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func clockSynced() bool {
	const unsynced = 0x40 // STA_UNSYNC
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	return err == nil && state != unix.TIME_ERROR && t.Status&unsynced == 0
}

// fileLimit is the hard limit of this process, which a daemon started from here has too; a
// daemon of root may raise it up to the kernel's own.
func fileLimit() uint64 {
	var l unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &l) != nil {
		return 0
	}
	if os.Geteuid() == 0 {
		if v, ok := sysctl("fs.nr_open"); ok {
			if n, err := strconv.ParseUint(v, 10, 64); err == nil {
				return max(l.Max, n)
			}
		}
	}
	return l.Max
}

// rival says whether a program does the same work.
func rival(name string) bool { return name == "keepalived" || name == "ucarp" || name == "ldirectord" }

// otherDaemons lists those in our network namespace that run.
func otherDaemons() []string {
	own, _ := os.Readlink("/proc/self/ns/net")
	list, err := filepath.Glob("/proc/[0-9]*/comm")
	if err != nil {
		return nil
	}
	var out []string
	for _, path := range list {
		b, err := os.ReadFile(path)
		name := strings.TrimSpace(string(b))
		if err != nil || !rival(name) {
			continue
		}
		pid := filepath.Base(filepath.Dir(path))
		if ns, err := os.Readlink("/proc/" + pid + "/ns/net"); err == nil && ns != own {
			continue
		}
		out = append(out, fmt.Sprintf("%s (pid %s)", name, pid))
	}
	return out
}
