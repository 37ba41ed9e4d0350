// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vipward/conf"
	"vipward/vrrp"
)

// dialHere connects on the caller's thread, so that its network namespace counts.
func dialHere(addr string) (net.Conn, error) {
	ap := netip.MustParseAddrPort(addr)
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	f := os.NewFile(uintptr(fd), addr)
	defer f.Close()
	if err := unix.Connect(fd, &unix.SockaddrInet4{Port: int(ap.Port()), Addr: ap.Addr().As4()}); err != nil {
		return nil, os.NewSyscallError("connect", err)
	}
	return net.FileConn(f)
}

// healthy is a machine that is ready for sick's configuration.
func healthy() patient {
	return patient{
		Root: true, Modules: map[string]bool{"ip_vs": true, "ip_vs_rr": true, "macvlan": true},
		Sysctls:    map[string]string{"net.ipv4.ip_forward": "1", "net.ipv4.conf.all.promote_secondaries": "1", "kernel.sched_rt_runtime_us": "950000"},
		Interfaces: map[string]nic{"eth0": {Up: true, Multicast: true, Groups: []string{"224.0.0.18"}}},
		Synced:     true, Files: 1024,
	}
}

func needy() *conf.Config {
	return &conf.Config{
		Instances: []*conf.Instance{{Name: "VI_1", Interface: "eth0", Multicast: netip.MustParseAddr("224.0.0.18")}},
		VirtualServers: []*conf.VirtualServer{{Scheduler: "rr", RealServers: []*conf.RealServer{
			{Addr: netip.MustParseAddr("10.0.0.1"), Checkers: []*conf.Checker{{CheckSettings: &conf.CheckSettings{}}}, ServerSettings: &conf.ServerSettings{Method: conf.NAT}},
		}}},
	}
}

func TestDiagnoseHealthy(t *testing.T) {
	t.Parallel()
	for _, f := range diagnose(needy(), healthy()) {
		if f.Level != fine {
			t.Errorf("%+v", f)
		}
	}
	if len(diagnose(nil, healthy())) == 0 {
		t.Error("nothing is said without a configuration")
	}
}

func TestDiagnose(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func(*conf.Config, *patient)
		level level
		want  string
	}{
		{"not root", func(_ *conf.Config, p *patient) { p.Root = false }, doubtful, "this is not root"},
		{"container", func(_ *conf.Config, p *patient) { p.Lacking = []string{"CAP_NET_RAW"} }, broken, "CAP_NET_RAW is missing: adverts cannot be sent"},
		{"keepalived runs", func(_ *conf.Config, p *patient) { p.Others = []string{"keepalived (pid 7)"} }, broken, "also running: keepalived (pid 7)"},
		{"no ip_vs", func(_ *conf.Config, p *patient) { p.Modules["ip_vs"] = false }, broken, "ip_vs is not to be found"},
		{"no scheduler", func(c *conf.Config, _ *patient) { c.VirtualServers[0].Scheduler = "mh" }, broken, "the scheduler mh cannot be used"},
		{"no macvlan", func(c *conf.Config, p *patient) { c.Instances[0].VMAC, p.Modules["macvlan"] = &conf.VMAC{}, false }, broken, "VMACs cannot be made"},
		{"no forwarding", func(_ *conf.Config, p *patient) { p.Sysctls["net.ipv4.ip_forward"] = "0" }, broken, "real servers behind NAT get no packets"},
		{"no interface", func(_ *conf.Config, p *patient) { delete(p.Interfaces, "eth0") }, broken, "eth0 does not exist"},
		{"interface down", func(_ *conf.Config, p *patient) { p.Interfaces["eth0"] = nic{Multicast: true} }, broken, "eth0 is down"},
		{"no multicast", func(_ *conf.Config, p *patient) { p.Interfaces["eth0"] = nic{Up: true} }, broken, "has no multicast"},
		{"does not listen", func(_ *conf.Config, p *patient) {
			p.Daemon, p.Interfaces["eth0"] = true, nic{Up: true, Multicast: true}
		}, doubtful, "does not listen to 224.0.0.18"},
		{"secondaries", func(_ *conf.Config, p *patient) { p.Sysctls["net.ipv4.conf.all.promote_secondaries"] = "0" }, doubtful, "promote_secondaries is 0"},
		{"strict rp_filter", func(c *conf.Config, p *patient) {
			c.Instances[0].VMAC, p.Sysctls["net.ipv4.conf.eth0.rp_filter"] = &conf.VMAC{}, "1"
		}, doubtful, "rp_filter is strict on eth0"},
		{"no IPv6", func(c *conf.Config, p *patient) {
			c.Instances[0].VIPs = []conf.Address{{Prefix: netip.MustParsePrefix("2001:db8::1/64")}}
			p.Sysctls["net.ipv6.conf.eth0.disable_ipv6"] = "1"
		}, broken, "the IPv6 addresses of VI_1 cannot be set"},
		{"shut socket", func(_ *conf.Config, p *patient) { p.Shut = true }, doubtful, "this user may not ask the daemon"},
		{"no realtime", func(_ *conf.Config, p *patient) { p.Sysctls["kernel.sched_rt_runtime_us"] = "0" }, doubtful, "sched_rt_runtime_us is 0"},
		{"deaf", func(_ *conf.Config, p *patient) { p.Daemon, p.Deaf = true, []string{"VI_1"} }, broken, "test packets of VI_1 do not come back"},
		{"drop policy", func(_ *conf.Config, p *patient) { p.DropChains = []string{"table filter chain INPUT"} }, doubtful, "table filter chain INPUT"},
		{"clock", func(_ *conf.Config, p *patient) { p.Synced = false }, doubtful, "it is not synchronized"},
		{"clock of signed adverts", func(c *conf.Config, p *patient) { p.Synced, c.Instances[0].HMAC = false, &conf.AuthHMAC{} }, broken, "auth_hmac refuses"},
		{"few files", func(_ *conf.Config, p *patient) { p.Files = 100 }, doubtful, "100 open files are allowed, and 1 checks may want 101"},
		{"leftover", func(_ *conf.Config, p *patient) { p.Held = []string{"192.0.2.100"} }, doubtful, "no daemon answers, and yet there are the addresses 192.0.2.100"},
		{"leftover tables", func(_ *conf.Config, p *patient) { p.Tables, p.Services = []string{"keepalived"}, 2 }, doubtful, "the nftables tables keepalived; 2 services in the IPVS table"},
		{"the same while a daemon runs", func(_ *conf.Config, p *patient) { p.Daemon, p.Services = true, 2 }, fine, "vipward runs and answers"},
		{"another password", func(_ *conf.Config, p *patient) {
			p.Running = []vrrp.InstanceStatus{{Name: "VI_1", Counters: vrrp.CounterStatus{Dropped: map[string]uint64{"wrong password": 3}}}}
		}, doubtful, "VI_1 has dropped 3 packets of other routers: wrong password"},
		{"peer that is gone", func(_ *conf.Config, p *patient) {
			peer := netip.MustParseAddr("192.0.2.12")
			p.Running = []vrrp.InstanceStatus{{Name: "VI_1", Unicast: true, Peers: []netip.Addr{peer}}}
			p.Silent = map[netip.Addr]bool{peer: true}
		}, broken, "the peer 192.0.2.12 of VI_1 does not answer"},
		{"adverts that do not leave", func(_ *conf.Config, p *patient) {
			p.Running = []vrrp.InstanceStatus{{Name: "VI_1", SendErr: "no route"}}
		}, broken, "VI_1 cannot send adverts: no route"},
		{"test packets", func(_ *conf.Config, p *patient) { p.Running = []vrrp.InstanceStatus{{State: "MASTER"}} }, fine, "test packets come back"},
		{"master", func(_ *conf.Config, p *patient) { p.Running = []vrrp.InstanceStatus{{Name: "VI_1", State: "MASTER"}} }, fine, "this node is master, and backups are silent: VI_1"},
		{"master of many", func(_ *conf.Config, p *patient) {
			p.Running = slices.Repeat([]vrrp.InstanceStatus{{Name: "V", State: "MASTER"}}, 7)
		}, fine, "silent: V, V, V, V, V and 2 more"},
		{"backup", func(_ *conf.Config, p *patient) {
			p.Running = []vrrp.InstanceStatus{{Name: "VI_1", State: "BACKUP", Master: &vrrp.MasterStatus{}}}
		}, fine, "another master is heard: VI_1"},
		{"resting", func(_ *conf.Config, p *patient) { p.Daemon, p.Resting = true, []string{"VI_1"} }, doubtful, "VI_1 rests"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg, p := needy(), healthy()
			tt.spoil(cfg, &p)
			found := false
			for _, f := range diagnose(cfg, p) {
				found = found || f.Level == tt.level && strings.Contains(f.Text, tt.want)
			}
			if !found {
				t.Errorf("no finding (%s) with %q in %+v", tt.level, tt.want, diagnose(cfg, p))
			}
		})
	}
}

// What is healthy for one configuration says nothing where it is not needed.
func TestDiagnoseAsksForNoMore(t *testing.T) {
	t.Parallel()
	p := healthy()
	p.Modules, p.Sysctls["net.ipv4.ip_forward"] = nil, "0"
	cfg := needy()
	cfg.VirtualServers = nil
	for _, f := range diagnose(cfg, p) {
		if f.Level != fine {
			t.Errorf("%+v", f)
		}
	}
}

func TestDoctorOfFiles(t *testing.T) {
	t.Parallel()
	none := "--control=" + t.TempDir() + "/none"
	tests := []struct {
		name, text, want string
		code             int
	}{
		{"good", vi(), "FAIL  interface  lo0none does not exist", exitConfig},
		{"fatal", "vrrp_instance X {\n}\n", "FAIL  config", exitConfig},
	}
	for _, tt := range tests {
		code, out, _ := runIn(t, "doctor", file(t, tt.name, tt.text), none)
		if code != tt.code || !strings.Contains(out, tt.want) {
			t.Errorf("%s: exit code %d, want %d with %q:\n%s", tt.name, code, tt.code, tt.want, out)
		}
	}
	if code, out, _ := runIn(t, "doctor", "/nonexistent", none); code != exitConfig || !strings.Contains(out, "is missing") {
		t.Errorf("no file: exit code %d:\n%s", code, out)
	}
}

// The machine is looked at, whatever it is.
func TestExamine(t *testing.T) {
	t.Parallel()
	if v, ok := sysctl("kernel.pid_max"); !ok || v == "" {
		t.Errorf("kernel.pid_max: %q, %v", v, ok)
	}
	if v, ok := sysctl("net.ipv6.conf.lo.disable_ipv6"); !ok || v == "" {
		t.Errorf("net.ipv6.conf.lo.disable_ipv6: %q, %v", v, ok)
	}
	if _, ok := sysctl("net.ipv4.conf.no.such.rp_filter"); ok {
		t.Error("a sysctl of an interface that does not exist")
	}
	if n := interfaces()["lo"]; n.Multicast {
		t.Errorf("lo: %+v", n)
	}
	var l syscall.Rlimit
	must(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l))
	if n := fileLimit(); n < l.Max {
		t.Errorf("%d files, want at least %d", n, l.Max)
	}
	if known := kernelModules(); known("no_such_module") {
		t.Error("a module that does not exist is known")
	}
	begun := time.Now()
	otherDaemons()
	if time.Since(begun) > limit {
		t.Error("it takes too long to look at the processes")
	}
}
