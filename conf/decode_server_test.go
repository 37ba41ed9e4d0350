// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

// served loads one virtual server with the given head and lines and gives it, with
// the codes; notes are left out.
func served(t *testing.T, head string, lines ...string) (*VirtualServer, []string) {
	t.Helper()
	l := loadText(head + " {\nlb_algo rr\nlb_kind NAT\n" + strings.Join(lines, "\n") + "\n}\n")
	if l.Fatal() {
		t.Fatalf("refused: %v", l.Diagnostics)
	}
	codes := said(withoutNotes(l))
	if len(l.Config.VirtualServers) != 1 {
		return nil, codes
	}
	return l.Config.VirtualServers[0], codes
}

const (
	real4 = "real_server 10.0.0.2 80 {\n}"
	real6 = "real_server fd00::2 80 {\n}"
)

func TestMarks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, head, lines string
		mark              uint32
		family            Family
		reals             int
		codes             []string
	}{
		{name: "mark", head: "fwmark 5", lines: real4, mark: 5, family: IPv4, reals: 1},
		{name: "largest", head: "fwmark 4294967295", lines: real6, mark: 4294967295, family: IPv6, reals: 1},
		{name: "too large", head: "fwmark 4294967296", lines: real4, codes: []string{"1:23 error number"}},
		{name: "none", head: "fwmark 0", lines: real4, codes: []string{"1:23 error number"}},
		{name: "negative", head: "fwmark -1", lines: real4, codes: []string{"1:23 error number"}},
		{name: "letters", head: "fwmark x", lines: real4, codes: []string{"1:23 error number"}},
		{name: "family", head: "fwmark 5 inet6", lines: real6, mark: 5, family: IPv6, reals: 1},
		{name: "family of the real servers", head: "fwmark 5 inet6", lines: real4, mark: 5, family: IPv4, reals: 1},
		{name: "no family", head: "fwmark 5 x", lines: real4, mark: 5, family: IPv4, reals: 1},
		{name: "protocol", head: "fwmark 5", lines: "protocol TCP\n" + real4, mark: 5, family: IPv4, reals: 1, codes: []string{"4:1 warning conflict"}},
		{name: "ip_family", head: "fwmark 5", lines: "ip_family inet6\n" + real6, mark: 5, family: IPv6, reals: 1},
		{name: "the first real server decides", head: "fwmark 5", lines: real4 + "\n" + real6, mark: 5, family: IPv4, reals: 1, codes: []string{"6:13 error address-family"}},
		{
			name: "ip_family too late", head: "fwmark 5", lines: real4 + "\nip_family inet6", mark: 5, family: IPv4, reals: 1,
			codes: []string{"6:11 error address-family"},
		},
		{name: "both behind tunnels", head: "fwmark 5", lines: "lb_kind TUN\nreal_server fd00::3 {\n}\nreal_server 10.0.0.3 {\n}", mark: 5, family: IPv4, reals: 2},
		{name: "IPv6 behind a tunnel", head: "fwmark 5", lines: "lb_kind TUN\nreal_server fd00::3 {\n}", mark: 5, family: IPv6, reals: 1},
		{name: "ha_suspend", head: "fwmark 5", lines: "ha_suspend\n" + real4, mark: 5, family: IPv4, reals: 1, codes: []string{"4:1 warning adjusted"}},
		{name: "port of DR", head: "fwmark 5", lines: "lb_kind DR\n" + real4, mark: 5, family: IPv4, reals: 1, codes: []string{"5:1 warning adjusted"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			vs, codes := served(t, "virtual_server "+tt.head, tt.lines)
			diff(t, "diagnostics", tt.codes, codes)
			if vs == nil {
				vs = &VirtualServer{}
			}
			diff(t, "mark", tt.mark, vs.FWMark)
			diff(t, "family", tt.family, vs.Family)
			diff(t, "real servers", tt.reals, len(vs.RealServers))
			diff(t, "protocol", Protocol(0), vs.Protocol)
			diff(t, "ha_suspend", false, vs.HASuspend)
		})
	}
}

// TestMarkPorts: NAT keeps the port of a real server behind a mark, others have none.
func TestMarkPorts(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]uint16{"NAT": 80, "DR": 0, "TUN": 0} {
		vs, _ := served(t, "virtual_server fwmark 5", "lb_kind "+method, real4)
		diff(t, method, want, vs.RealServers[0].Port)
	}
}

func TestSchedulerFlags(t *testing.T) {
	t.Parallel()
	conflict := []string{"7:1 warning conflict"}
	tests := []struct {
		lines string
		want  SchedFlags
		codes []string
	}{
		{"flag-1", SchedFlag1, nil},
		{"flag-2\nflag-3", SchedFlag2 | SchedFlag3, nil},
		{"lb_algo sh\nsh-port", SchedFlag2, nil},
		{"lb_algo sh\nsh-fallback", SchedFlag1, nil},
		{"lb_algo mh\nmh-port\nmh-fallback", SchedFlag1 | SchedFlag2, nil},
		{"lb_algo mh\nsh-port", SchedFlag2, nil},
		{"sh-port", 0, conflict},
		{"mh-fallback\nlb_algo mh", 0, conflict},
		{"hashed", 0, conflict},
		{"lb_algo sh\nhashed", 0, nil},
	}
	for _, tt := range tests {
		vs, codes := served(t, "virtual_server 10.0.0.1 80", "protocol TCP\n"+real4+"\n"+tt.lines)
		diff(t, tt.lines, tt.want, vs.Flags)
		diff(t, tt.lines, tt.codes, codes)
	}
}

func TestOnePacket(t *testing.T) {
	t.Parallel()
	vs, codes := served(t, "virtual_server 10.0.0.1 53", "protocol UDP", "ops", real4)
	diff(t, "of UDP", true, vs.OnePacket)
	diff(t, "of UDP", []string{}, codes)
	vs, codes = served(t, "virtual_server 10.0.0.1 53", "protocol TCP", "ops", real4)
	diff(t, "of TCP", false, vs.OnePacket)
	diff(t, "of TCP", []string{"5:1 warning adjusted"}, codes)
	vs, _ = served(t, "virtual_server fwmark 5", "ops", real4)
	diff(t, "of a mark", true, vs.OnePacket)
}

func TestGranularity(t *testing.T) {
	t.Parallel()
	bad := []string{"4:25 error value"}
	tests := []struct {
		head, word, rs string
		mask           uint32
		codes          []string
	}{
		{"10.0.0.1 80", "255.255.255.0", real4, 0xffffff00, nil},
		{"10.0.0.1 80", "255.255.0.255", real4, 0xffff00ff, nil},
		{"10.0.0.1 80", "24", real4, 24, nil},
		{"10.0.0.1 80", "x", real4, 0, bad},
		{"10.0.0.1 80", "fd00::", real4, 0, bad},
		{"fd00::1 80", "64", real6, 64, nil},
		{"fd00::1 80", "128", real6, 128, nil},
		{"fd00::1 80", "129", real6, 0, bad},
		{"fd00::1 80", "0", real6, 0, bad},
		{"fd00::1 80", "255.255.255.0", real6, 0, bad},
		{"fwmark 5", "64", real6, 64, nil},
		{"fwmark 5", "255.0.0.0", real4, 0xff000000, nil},
		// The form decides the family of a mark.
		{"fwmark 5", "64", real4 + "\n" + real6, 64, []string{"5:13 error address-family"}},
	}
	for _, tt := range tests {
		vs, codes := served(t, "virtual_server "+tt.head, "persistence_granularity "+tt.word+"\n"+tt.rs)
		codes = lessOne(codes, "1:1 warning default")
		diff(t, tt.word, tt.codes, codes)
		diff(t, tt.word, tt.mask, vs.PersistenceMask)
		want := time.Duration(0)
		if tt.mask != 0 {
			want = defaultPersistence
		}
		diff(t, tt.word, want, vs.Persistence)
	}
}

// lessOne gives the codes that are not one.
func lessOne(codes []string, one string) []string {
	var out []string
	for _, c := range codes {
		if c != one {
			out = append(out, c)
		}
	}
	return out
}

// TestServerOptions compares what only stands in the configuration so far.
func TestServerOptions(t *testing.T) {
	t.Parallel()
	vs, codes := served(t, "virtual_server 10.0.0.1 80", "protocol TCP\nquorum_up \"/x 'a b'\" u g\nquorum_down /y\nomega\nsmtp_alert\n"+
		"virtualhost v\nsnmp_name n\npersistence_engine sip\nalpha\ninhibit_on_failure\nha_suspend\nsorry_server 10.0.0.9 80\nsorry_server_inhibit\n"+
		"real_server 10.0.0.2 80 {\nuthreshold 9\nlthreshold 8\nnotify_up /up\nnotify_down /down\nvirtualhost w\nsnmp_name m\nsmtp_alert off\n}\n"+
		"real_server 10.0.0.3 80 {\ninhibit_on_failure off\nalpha off\nlvs_method TUN type gue port 6080 csum\n}")
	diff(t, "diagnostics", []string{}, codes)
	diff(t, "quorum_up", &Command{Args: []string{"/x", "a b"}, User: "u", Group: "g", Pos: Pos{File: "f", Line: 5, Col: 11}}, vs.QuorumUp)
	diff(t, "quorum_down", []string{"/y"}, vs.QuorumDown.Args)
	diff(t, "flags", []bool{true, true, true, true}, []bool{vs.Omega, vs.SMTPAlert, vs.HASuspend, vs.Sorry.Inhibit})
	diff(t, "words", []string{"v", "n", "sip"}, []string{vs.VirtualHost, vs.SNMPName, vs.PersistenceEngine})
	one, two := vs.RealServers[0], vs.RealServers[1]
	diff(t, "thresholds", []uint32{9, 8}, []uint32{one.UThreshold, one.LThreshold})
	diff(t, "hooks", []string{"/up", "/down"}, []string{one.NotifyUp.Args[0], one.NotifyDown.Args[0]})
	diff(t, "words", []string{"w", "m"}, []string{one.VirtualHost, one.SNMPName})
	diff(t, "first", []bool{true, true, false}, []bool{one.Inhibit, one.Alpha, one.SMTPAlert})
	diff(t, "second", []bool{false, false, true}, []bool{two.Inhibit, two.Alpha, two.SMTPAlert})
	diff(t, "tunnel", &Tunnel{Type: "gue", Port: 6080, Checksum: "csum"}, two.Tunnel)
}

// TestHooksOnce: the first script stands.
func TestHooksOnce(t *testing.T) {
	t.Parallel()
	vs, codes := served(t, "virtual_server 10.0.0.1 80", "protocol TCP\nquorum_up /x\nquorum_up /y\n"+real4)
	diff(t, "diagnostics", []string{"6:1 error duplicate"}, codes)
	diff(t, "script", "/x", vs.QuorumUp.Args[0])
}

// TestSorryOptions: they stand behind the sorry server.
func TestSorryOptions(t *testing.T) {
	t.Parallel()
	_, codes := served(t, "virtual_server 10.0.0.1 80", "protocol TCP\nsorry_server_inhibit\nsorry_server_lvs_method DR\n"+real4)
	diff(t, "diagnostics", []string{"5:1 warning conflict", "6:1 warning conflict"}, codes)
	vs, codes := served(t, "virtual_server 10.0.0.1 80", "protocol TCP\nsorry_server 10.0.0.8\nsorry_server_inhibit\nsorry_server 10.0.0.9\nsorry_server_lvs_method TUN type gre\n"+real4)
	diff(t, "diagnostics", []string{}, codes)
	diff(t, "sorry server", &SorryServer{Pos: Pos{File: "f", Line: 7, Col: 1}, Addr: netip.MustParseAddr("10.0.0.9"), Port: 80, Method: TUN, Tunnel: &Tunnel{Type: "gre"}}, vs.Sorry)
}

// TestSorryIsReal: a sorry server that is a real server as well is treated as there.
func TestSorryIsReal(t *testing.T) {
	t.Parallel()
	tests := []struct {
		sorry, rs string
		inhibit   bool
		codes     []string
	}{
		{"", "", false, nil},
		{"sorry_server_inhibit", "inhibit_on_failure", true, nil},
		{"sorry_server_inhibit", "", false, []string{"5:1 warning adjusted"}},
		{"", "inhibit_on_failure", true, []string{"5:1 warning adjusted"}},
	}
	for _, tt := range tests {
		vs, codes := served(t, "virtual_server 10.0.0.1 80", "protocol TCP\nsorry_server 10.0.0.2 80\n"+tt.sorry+"\nreal_server 10.0.0.2 80 {\n"+tt.rs+"\n}")
		diff(t, tt.sorry+tt.rs, tt.codes, codes)
		diff(t, tt.sorry+tt.rs, tt.inhibit, vs.Sorry.Inhibit)
	}
}
