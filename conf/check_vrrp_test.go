// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

// instance loads one instance with more lines and gives it, with the codes.
func instance(t *testing.T, lines ...string) (*Instance, []string) {
	t.Helper()
	l := loadText(instanceText(lines...))
	if l.Fatal() {
		t.Fatalf("refused: %v", l.Diagnostics)
	}
	return l.Config.Instances[0], said(l.Diagnostics)
}

// TestInstanceDefaults compares the whole of a bare instance.
func TestInstanceDefaults(t *testing.T) {
	t.Parallel()
	at := func(line, col int) Pos { return Pos{File: "f", Line: line, Col: col} }
	want := &Instance{
		Name: "VI", Pos: at(1, 1), WantState: "BACKUP", Interface: "eth0", InterfacePos: at(2, 11),
		VRID: 51, Priority: 100, AdvertInt: time.Second, Version: 2,
		Family: IPv4, Accept: true,
		Multicast:        netip.MustParseAddr("224.0.0.18"),
		VIPs:             []Address{{Prefix: netip.MustParsePrefix("10.0.0.100/24"), Pos: at(6, 1)}},
		DownTimerAdverts: 3,
		GARP: GARP{
			MasterDelay: 5 * time.Second, MasterRepeat: 5, MasterRefreshRepeat: 1,
			LowerPrioDelay: 5 * time.Second, LowerPrioRepeat: 5,
		},
	}
	got, codes := instance(t)
	diff(t, "instance", want, got)
	diff(t, "diagnostics", []string{}, codes)
}

func TestPriorityAndState(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, lines string
		prio        uint8
		state       string
		codes       []string
	}{
		{name: "nothing said", prio: 100, state: "BACKUP"},
		{name: "backup", lines: "state BACKUP", prio: 100, state: "BACKUP"},
		{name: "master alone owns", lines: "state MASTER", prio: 255, state: "MASTER", codes: []string{"1:1 note address-owner"}},
		{name: "master with a priority", lines: "state MASTER\npriority 150", prio: 150, state: "MASTER"},
		{name: "priority alone", lines: "priority 200", prio: 200, state: "BACKUP"},
		{name: "owner by priority", lines: "priority 255", prio: 255, state: "MASTER"},
		{name: "owner that wants to be backup", lines: "priority 255\nstate BACKUP", prio: 255, state: "BACKUP"},
		{name: "bad priority", lines: "priority 256", prio: 100, state: "BACKUP", codes: []string{"7:10 error number"}},
		{name: "bad priority of a master", lines: "state MASTER\npriority 0", prio: 100, state: "MASTER", codes: []string{"8:10 error number"}},
		{name: "bad state", lines: "state master", prio: 100, state: "BACKUP", codes: []string{"7:7 error value"}},
		{name: "the last one counts", lines: "priority 10\npriority 20", prio: 20, state: "BACKUP"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := loadText("vrrp_instance VI {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n" + tt.lines + "\n}")
			vi := l.Config.Instances[0]
			diff(t, "priority", tt.prio, vi.Priority)
			diff(t, "state", tt.state, vi.WantState)
			diff(t, "diagnostics", tt.codes, said(l.Diagnostics))
		})
	}
}

func TestAdvertInt(t *testing.T) {
	t.Parallel()
	adjusted := []string{"8:12 warning adjusted"}
	tests := []struct {
		version string
		in      string
		want    time.Duration
		codes   []string
	}{
		{"2", "1", time.Second, nil},
		{"2", "255", 255 * time.Second, nil},
		{"2", "0.5", time.Second, adjusted},
		{"2", "0.01", time.Second, adjusted},
		{"2", "1.4", time.Second, adjusted},
		{"2", "1.5", 2 * time.Second, adjusted},
		{"2", "2.499999", 2 * time.Second, adjusted},
		{"3", "1", time.Second, nil},
		{"3", "0.01", 10 * time.Millisecond, nil},
		{"3", "0.014", 10 * time.Millisecond, adjusted},
		{"3", "0.015", 20 * time.Millisecond, adjusted},
		{"3", "40.95", 40950 * time.Millisecond, nil},
		{"3", "40.96", 40950 * time.Millisecond, adjusted},
		{"3", "255", 40950 * time.Millisecond, adjusted},
		{"2", "256", time.Second, []string{"8:12 error number"}},
	}
	for _, tt := range tests {
		t.Run(tt.version+" "+tt.in, func(t *testing.T) {
			t.Parallel()
			vi, codes := instance(t, "advert_int "+tt.in, "version "+tt.version)
			diff(t, "interval", tt.want, vi.AdvertInt)
			diff(t, "diagnostics", tt.codes, codes)
		})
	}
}

func TestAuthentication(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body, version string
		kind                AuthType
		pass                string
		codes               []string
	}{
		{name: "pass", body: "auth_type PASS\nauth_pass d0ck3r", kind: AuthPass, pass: "d0ck3r"},
		{name: "order does not matter", body: "auth_pass x\nauth_type PASS", kind: AuthPass, pass: "x"},
		{name: "quoted", body: "auth_type PASS\nauth_pass \"a # b\"", kind: AuthPass, pass: "a # b"},
		{name: "eight bytes", body: "auth_type PASS\nauth_pass 12345678", kind: AuthPass, pass: "12345678"},
		{name: "nine bytes", body: "auth_type PASS\nauth_pass 123456789", kind: AuthPass, pass: "12345678", codes: []string{"10:11 warning adjusted"}},
		{name: "bytes, not letters", body: "auth_type PASS\nauth_pass ääääx", kind: AuthPass, pass: "ääää", codes: []string{"10:11 warning adjusted"}},
		{name: "bytes beyond UTF-8 stay", body: "auth_type PASS\nauth_pass \xff\xfe", kind: AuthPass, pass: "\xff\xfe", codes: []string{"10:11 note encoding"}},
		{name: "no password", body: "auth_type PASS", codes: []string{"8:1 warning conflict"}},
		{name: "empty password", body: "auth_type PASS\nauth_pass \"\"", codes: []string{"8:1 warning conflict"}},
		{name: "no type", body: "auth_pass x"},
		{name: "nothing", body: ""},
		{name: "unknown type", body: "auth_type MD5\nauth_pass x", codes: []string{"9:11 error value"}},
		{name: "version 3", version: "version 3", body: "auth_type PASS\nauth_pass x", codes: []string{"8:1 warning conflict"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			vi, codes := instance(t, "authentication {", tt.body, "}", tt.version)
			diff(t, "type", tt.kind, vi.AuthType)
			diff(t, "password", tt.pass, string(vi.AuthPass))
			diff(t, "diagnostics", tt.codes, codes)
		})
	}
}

// TestRefusedInstances: one that cannot be run refuses the configuration; one
// that this version cannot run is left out.
func TestRefusedInstances(t *testing.T) {
	t.Parallel()
	const vips = "virtual_ipaddress {\n10.0.0.1\n}\n"
	tests := []struct {
		name, body string
		fatal      bool
		codes      []string
	}{
		{"no virtual_router_id", "interface eth0\n" + vips, true, []string{"1:1 fatal required"}},
		{"bad virtual_router_id, said once", "interface eth0\nvirtual_router_id 256\n" + vips, true, []string{"3:19 fatal number"}},
		{"virtual_router_id 0", "interface eth0\nvirtual_router_id 0\n" + vips, true, []string{"3:19 fatal number"}},
		{"no interface", "virtual_router_id 1\n" + vips, true, []string{"1:1 fatal required"}},
		{"neither", vips, true, []string{"1:1 fatal required", "1:1 fatal required"}},
		{"no address in version 3", "interface eth0\nvirtual_router_id 1\nversion 3\n", true, []string{"1:1 fatal required"}},
		{"no address in version 2", "interface eth0\nvirtual_router_id 1\n", false, []string{"1:1 warning conflict"}},
		{"only bad addresses, said once", "interface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\nx\n}\n", false, []string{"5:1 error address"}},
		{"missing argument", "interface\nvirtual_router_id 1\n" + vips, true, []string{"1:1 fatal required", "2:1 fatal missing-argument"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := loadText("vrrp_instance VI {\n" + tt.body + "}")
			diff(t, "diagnostics", tt.codes, said(l.Diagnostics))
			diff(t, "fatal", tt.fatal, l.Fatal())
		})
	}
}

func TestUnicast(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, lines string
		source      string
		peers       []string
		group       string
		codes       []string
	}{
		{name: "multicast", group: "224.0.0.18"},
		{name: "source", lines: "mcast_src_ip 10.0.0.5", source: "10.0.0.5", group: "224.0.0.18"},
		{name: "group", lines: "mcast_dst_ip 224.0.0.200", group: "224.0.0.200"},
		{name: "group that is none", lines: "mcast_dst_ip 10.0.0.1", group: "224.0.0.18", codes: []string{"8:14 error address"}},
		{
			name: "unicast", lines: "unicast_src_ip 10.0.0.5\nunicast_peer {\n10.0.0.6\n10.0.0.7\n}",
			source: "10.0.0.5", peers: []string{"10.0.0.6", "10.0.0.7"},
		},
		{
			name: "prefixes are ignored", lines: "unicast_src_ip 10.0.0.5/24\nunicast_peer {\n10.0.0.6/24\n}",
			source: "10.0.0.5", peers: []string{"10.0.0.6"},
		},
		{name: "peers alone", lines: "unicast_peer {\n10.0.0.6\n}", peers: []string{"10.0.0.6"}},
		{name: "source alone", lines: "unicast_src_ip 10.0.0.5", source: "10.0.0.5", group: "224.0.0.18", codes: []string{"8:1 warning deprecated"}},
		{name: "no peers in the block", lines: "unicast_peer {\n}", group: "224.0.0.18", codes: []string{"8:1 warning deprecated"}},
		{name: "peer twice", lines: "unicast_peer {\n10.0.0.6\n10.0.0.6\n}", peers: []string{"10.0.0.6"}, codes: []string{"10:1 note duplicate"}},
		{name: "bad peer", lines: "unicast_peer {\n10.0.0.6\nx\n}", peers: []string{"10.0.0.6"}, codes: []string{"10:1 error address"}},
		{name: "two on one line", lines: "unicast_peer {\n10.0.0.6 10.0.0.7\n}", peers: []string{"10.0.0.6"}, codes: []string{"9:10 warning extra-argument"}},
		{name: "ttl", lines: "unicast_peer {\n10.0.0.6 min_ttl 254\n}", peers: []string{"10.0.0.6"}},
		{name: "other family", lines: "unicast_peer {\nfd00::6\n10.0.0.6\n}", peers: []string{"10.0.0.6"}, codes: []string{"9:1 error address-family"}},
		{name: "source of the other family", lines: "mcast_src_ip fd00::1", group: "224.0.0.18", codes: []string{"8:14 error address-family"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			vi, codes := instance(t, tt.lines)
			diff(t, "source", tt.source, addrText(vi.Source))
			diff(t, "group", tt.group, addrText(vi.Multicast))
			var peers []string
			for _, p := range vi.Peers {
				peers = append(peers, p.String())
			}
			diff(t, "peers", tt.peers, peers)
			diff(t, "unicast", len(tt.peers) > 0, vi.Unicast())
			diff(t, "diagnostics", tt.codes, codes)
		})
	}
}

func addrText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func TestPreemption(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, lines string
		no          bool
		delay       time.Duration
		codes       []string
	}{
		{name: "default"},
		{name: "nopreempt", lines: "state BACKUP\nnopreempt", no: true},
		{name: "undone", lines: "nopreempt\npreempt"},
		{name: "off means on", lines: "nopreempt off", no: true, codes: []string{"8:11 note no-effect"}},
		{name: "of a master", lines: "state MASTER\nnopreempt", codes: []string{"9:1 warning conflict"}},
		{name: "of an owner", lines: "priority 255\nnopreempt", codes: []string{"9:1 warning conflict"}},
		{name: "delay", lines: "preempt_delay 2.5", delay: 2500 * time.Millisecond},
		{name: "delay too long", lines: "preempt_delay 1001", codes: []string{"8:15 error number"}},
		{name: "delay of a master", lines: "state MASTER\npreempt_delay 5", codes: []string{"9:1 warning conflict"}},
		{name: "delay with nopreempt", lines: "nopreempt\npreempt_delay 5", no: true, codes: []string{"9:1 warning conflict"}},
		{name: "a master without either", lines: "state MASTER\nnopreempt\npreempt_delay 5", codes: []string{"9:1 warning conflict", "10:1 warning conflict"}},
		{name: "delay 0 of a master", lines: "state MASTER\npreempt_delay 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			vi, codes := instance(t, tt.lines)
			diff(t, "nopreempt", tt.no, vi.NoPreempt)
			diff(t, "delay", tt.delay, vi.PreemptDelay)
			diff(t, "diagnostics", tt.codes, codes)
		})
	}
}

func TestSharedVRIDs(t *testing.T) {
	t.Parallel()
	instance := func(name string, lines ...string) string {
		return "vrrp_instance " + name + " {\nvirtual_ipaddress {\n10.0.0.1\n}\n" + strings.Join(lines, "\n") + "\n}\n"
	}
	const a, b = "interface eth0\nvirtual_router_id 1", "interface eth1\nvirtual_router_id 1"
	tests := []struct {
		name, text string
		fatal      bool
	}{
		{"the same", instance("A", a) + instance("B", a), true},
		{"other interface", instance("A", a) + instance("B", b), false},
		{"other number", instance("A", a) + instance("B", "interface eth0\nvirtual_router_id 2"), false},
		{"other group", instance("A", a) + instance("B", a, "mcast_dst_ip 224.0.0.99"), false},
		{"multicast and unicast", instance("A", a) + instance("B", a, "unicast_peer {\n10.0.0.2\n}"), false},
		{"the same peer", instance("A", a, "unicast_peer {\n10.0.0.2\n}") + instance("B", a, "unicast_peer {\n10.0.0.3\n10.0.0.2\n}"), true},
		{"other peers", instance("A", a, "unicast_peer {\n10.0.0.2\n}") + instance("B", a, "unicast_peer {\n10.0.0.3\n}"), false},
		{"the third", instance("A", a) + instance("B", b) + instance("C", a), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := loadText(tt.text)
			diff(t, "fatal", tt.fatal, l.Fatal())
			n := 0
			if tt.fatal {
				n = 1
				diff(t, "code", "vrid-in-use", l.Diagnostics[0].Code)
			}
			diff(t, "diagnostics", n, len(l.Diagnostics))
		})
	}
}

func TestInstanceNames(t *testing.T) {
	t.Parallel()
	second := strings.Replace(instanceText(), "virtual_router_id 51", "virtual_router_id 52", 1)
	l := loadText(instanceText() + second)
	diff(t, "duplicate", []string{"10:1 error duplicate"}, said(l.Diagnostics))
	diff(t, "instances", 1, len(l.Config.Instances))
	l = loadText(strings.Replace(instanceText(), "VI {", "{", 1))
	diff(t, "without a name", []string{"1:1 error value"}, said(l.Diagnostics))
	diff(t, "instances", 0, len(l.Config.Instances))
}

func TestManyVIPs(t *testing.T) {
	t.Parallel()
	lines := []string{"virtual_ipaddress {"}
	for i := range 260 {
		lines = append(lines, "10.1."+itoa(i/250)+"."+itoa(i%250+1))
	}
	vi, codes := instance(t, append(lines, "}")...)
	diff(t, "addresses", 255, len(vi.VIPs))
	diff(t, "excluded", 6, len(vi.ExcludedVIPs))
	diff(t, "diagnostics", []string{"263:1 warning adjusted"}, codes)
}

func TestHooks(t *testing.T) {
	t.Parallel()
	vi, codes := instance(t,
		`notify_master "/n MASTER"`, `notify_backup /n u`, `notify_fault "/n 'F 1'"`, `notify_stop /n`, `notify "/all"`,
		`notify_master "/other"`)
	diff(t, "diagnostics", []string{"13:1 error duplicate"}, codes)
	for name, got := range map[string]struct {
		cmd  *Command
		want Command
	}{
		"master": {vi.NotifyMaster, Command{Args: []string{"/n", "MASTER"}}},
		"backup": {vi.NotifyBackup, Command{Args: []string{"/n"}, User: "u"}},
		"fault":  {vi.NotifyFault, Command{Args: []string{"/n", "F 1"}}},
		"stop":   {vi.NotifyStop, Command{Args: []string{"/n"}}},
		"all":    {vi.Notify, Command{Args: []string{"/all"}}},
	} {
		got.cmd.Pos = Pos{}
		diff(t, name, &got.want, got.cmd)
	}
}

func TestGARP(t *testing.T) {
	t.Parallel()
	base := GARP{
		MasterDelay: 5 * time.Second, MasterRepeat: 5, MasterRefreshRepeat: 1,
		LowerPrioDelay: 5 * time.Second, LowerPrioRepeat: 5,
	}
	with := func(f func(*GARP)) GARP {
		g := base
		f(&g)
		return g
	}
	tests := []struct {
		name, global, lines string
		want                GARP
		codes               []string
	}{
		{name: "defaults", want: base},
		{name: "own", lines: "garp_master_delay 1\ngarp_master_repeat 2\ngarp_master_refresh 3\ngarp_master_refresh_repeat 4\ngarp_lower_prio_delay 6\ngarp_lower_prio_repeat 7", want: GARP{
			MasterDelay: time.Second, MasterRepeat: 2, MasterRefresh: 3 * time.Second, MasterRefreshRepeat: 4,
			LowerPrioDelay: 6 * time.Second, LowerPrioRepeat: 7,
		}},
		{name: "global", global: "vrrp_garp_master_delay 1\nvrrp_garp_master_repeat 2\nvrrp_garp_master_refresh 3\nvrrp_garp_master_refresh_repeat 4\nvrrp_garp_lower_prio_delay 6\nvrrp_garp_lower_prio_repeat 7", want: GARP{
			MasterDelay: time.Second, MasterRepeat: 2, MasterRefresh: 3 * time.Second, MasterRefreshRepeat: 4,
			LowerPrioDelay: 6 * time.Second, LowerPrioRepeat: 7,
		}},
		{name: "lower priority follows the global master", global: "vrrp_garp_master_delay 1\nvrrp_garp_master_repeat 2", want: GARP{
			MasterDelay: time.Second, MasterRepeat: 2, MasterRefreshRepeat: 1, LowerPrioDelay: time.Second, LowerPrioRepeat: 2,
		}},
		{
			name: "but not the instance's", lines: "garp_master_delay 1\ngarp_master_repeat 2",
			want: with(func(g *GARP) { g.MasterDelay, g.MasterRepeat = time.Second, 2 }),
		},
		{name: "no second set", lines: "garp_master_delay 0", want: with(func(g *GARP) { g.MasterDelay = 0 })},
		{name: "none for a lower priority", lines: "garp_lower_prio_repeat 0", want: with(func(g *GARP) { g.LowerPrioRepeat = 0 })},
		{
			name: "repeat 0 is 1", lines: "garp_master_repeat 0\ngarp_master_refresh_repeat 0", want: with(func(g *GARP) { g.MasterRepeat = 1 }),
			codes: []string{"10:20 warning adjusted", "11:28 warning adjusted"},
		},
		{name: "no fractions", lines: "garp_master_delay 0.5", want: base, codes: []string{"10:19 error number"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			global := "global_defs {\n}\n"
			if tt.global != "" {
				global = "global_defs {\n" + tt.global + "\n}\n"
			}
			l := loadText(global + instanceText(tt.lines))
			diff(t, "garp", tt.want, l.Config.Instances[0].GARP)
			diff(t, "diagnostics", tt.codes, said(l.Diagnostics))
		})
	}
}

func TestDownTimer(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		instanceText(): 3,
		"global_defs {\nvrrp_down_timer_adverts 5\n}\n" + instanceText():                       5,
		"global_defs {\nvrrp_down_timer_adverts 5\n}\n" + instanceText("down_timer_adverts 2"): 2,
	} {
		diff(t, text, want, loadText(text).Config.Instances[0].DownTimerAdverts)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		instanceText():            2,
		instanceText("version 3"): 3,
		"global_defs {\nvrrp_version 3\n}\n" + instanceText():            3,
		"global_defs {\nvrrp_version 3\n}\n" + instanceText("version 2"): 2,
		// Where global_defs stands does not matter.
		instanceText() + "global_defs {\nvrrp_version 3\n}\n": 3,
	} {
		diff(t, text, want, loadText(text).Config.Instances[0].Version)
	}
}
