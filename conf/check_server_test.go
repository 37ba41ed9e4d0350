// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

// server loads one virtual server and gives it, with the codes.
func server(t *testing.T, rs string, lines ...string) (*VirtualServer, []string) {
	t.Helper()
	l := loadText(serverText(rs, lines...))
	if l.Fatal() || len(l.Config.VirtualServers) != 1 {
		t.Fatalf("refused: %v", l.Diagnostics)
	}
	return l.Config.VirtualServers[0], said(l.Diagnostics)
}

// TestServerDefaults compares the whole of a bare virtual server.
func TestServerDefaults(t *testing.T) {
	t.Parallel()
	at := func(line int) Pos { return Pos{File: "f", Line: line, Col: 1} }
	want := &VirtualServer{
		Pos: at(1), Addr: netip.MustParseAddr("10.0.0.1"), Port: 80, Family: IPv4, Protocol: TCP, Scheduler: "rr", Method: NAT, Quorum: 1,
		RealServers: []*RealServer{{
			Pos: at(6), Addr: netip.MustParseAddr("10.0.0.2"), Port: 80, Weight: 1, SMTPAlert: true,
			Checkers: []*Checker{{
				Pos: at(7), ConnectIP: netip.MustParseAddr("10.0.0.2"), ConnectPort: 80, CheckSettings: &CheckSettings{
					Kind:           "TCP_CHECK",
					ConnectTimeout: 5 * time.Second, DelayLoop: time.Minute, Warmup: time.Minute, Retry: 1, RetryDelay: time.Second,
				},
			}}, ServerSettings: &ServerSettings{Method: NAT},
		}},
	}
	got, codes := server(t, "TCP_CHECK {\n}")
	diff(t, "server", want, got)
	diff(t, "diagnostics", []string{}, codes)
}

func TestServerKeywords(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, lines string
		get         func(*VirtualServer) any
		want        any
		codes       []string
	}{
		{name: "lvs_sched", lines: "lvs_sched mh", get: scheduler, want: "mh"},
		{name: "unknown scheduler", lines: "lvs_sched WRR", get: scheduler, want: "wlc", codes: []string{"5:11 error value"}},
		{name: "lvs_method", lines: "lvs_method DR", get: methodOf, want: DR},
		{name: "lb_kind", lines: "lb_kind TUN", get: methodOf, want: TUN},
		{name: "unknown method", lines: "lb_kind nat", get: methodOf, want: NAT, codes: []string{"5:9 error value"}},
		{name: "protocol", lines: "protocol udp", get: func(s *VirtualServer) any { return s.Protocol }, want: UDP},
		{name: "persistence", lines: "persistence_timeout 600", get: persistent, want: 600 * time.Second},
		{name: "persistence without a time", lines: "persistence_timeout", get: persistent, want: 360 * time.Second},
		{name: "persistence 0", lines: "persistence_timeout 0", get: persistent, want: time.Duration(0), codes: []string{"5:21 error number"}},
		{name: "weight", lines: "weight 7", get: func(s *VirtualServer) any { return s.RealServers[0].Weight }, want: 7},
		{name: "hashed", lines: "hashed", get: scheduler, want: "rr", codes: []string{"5:1 warning conflict"}},
		{name: "hashed of sh", lines: "lb_algo sh\nhashed", get: scheduler, want: "sh", codes: []string{"6:1 note no-effect"}},
		{name: "planned", lines: "ha_suspend\nsnmp_name x\nha_suspend", get: scheduler, want: "rr", codes: []string{"6:1 note planned"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			vs, codes := server(t, "", tt.lines)
			diff(t, "value", tt.want, tt.get(vs))
			diff(t, "diagnostics", tt.codes, codes)
		})
	}
}

func scheduler(s *VirtualServer) any  { return s.Scheduler }
func methodOf(s *VirtualServer) any   { return s.Method }
func persistent(s *VirtualServer) any { return s.Persistence }

func TestSchedulers(t *testing.T) {
	t.Parallel()
	for name := range strings.FieldsSeq("rr wrr lc wlc lblc lblcr dh sh mh sed nq fo ovf twos") {
		vs, codes := server(t, "", "lb_algo "+name)
		diff(t, name, name, vs.Scheduler)
		diff(t, name, []string{}, codes)
	}
}

// TestServerForms: what stands behind virtual_server and in it at all.
func TestServerForms(t *testing.T) {
	t.Parallel()
	const rest = "lb_algo rr\nlb_kind NAT\nprotocol TCP\n"
	const rs = "real_server 10.0.0.2 80 {\n}\n"
	tests := []struct {
		name, text string
		servers    int
		codes      []string
	}{
		{"IPv6", "virtual_server fd00::1 80 {\n" + rest + "real_server fd00::2 80 {\n}\n}", 1, nil},
		{"no real servers", "virtual_server 10.0.0.1 80 {\n" + rest + "}", 0, []string{"1:1 error dropped"}},
		{"empty", "virtual_server 10.0.0.1 80 {}", 0, []string{"1:1 error dropped"}},
		{"bad address", "virtual_server 10.0.0.x 80 {\n" + rest + rs + "}", 0, []string{"1:16 error address"}},
		{"bad port", "virtual_server 10.0.0.1 http {\n" + rest + rs + "}", 0, []string{"1:25 error number"}},
		{"no address", "virtual_server {\n" + rest + rs + "}", 0, []string{"1:1 fatal missing-argument"}},
		{"fwmark", "virtual_server fwmark 1 {\n" + rest + rs + "}", 1, []string{"4:1 warning conflict"}},
		{"group that is not there", "virtual_server group G {\n" + rest + rs + "}", 0, []string{"1:22 warning not-found"}},
		{"no brace", "virtual_server 10.0.0.1 80\n" + rest, 0, []string{"1:1 error missing-brace", "2:1 warning unknown-keyword"}},
		{"defaults are said", "virtual_server 10.0.0.1 80 {\n" + rs + "}", 1, []string{"1:1 warning default", "1:1 warning default", "1:1 warning default"}},
		{"all ports", "virtual_server 10.0.0.1 {\n" + rest + rs + "}", 1, []string{"1:1 warning default"}},
		{"all ports, persistent", "virtual_server 10.0.0.1 {\npersistence_timeout 5\n" + rest + rs + "}", 1, nil},
		{"bad real server", "virtual_server 10.0.0.1 80 {\n" + rest + rs + "real_server x 80 {\nTCP_CHECK {\n}\n}\n}", 1, []string{"7:13 error address"}},
		{"real server without a brace", "virtual_server 10.0.0.1 80 {\n" + rest + rs + "real_server 10.0.0.3 80\n}", 1, []string{"7:1 error missing-brace"}},
		{"real server of the other family", "virtual_server 10.0.0.1 80 {\n" + rest + rs + "real_server fd00::1 80 {\n}\n}", 1, []string{"7:13 error address-family"}},
		{"real server twice", "virtual_server 10.0.0.1 80 {\n" + rest + rs + rs + "}", 1, []string{"7:1 error duplicate"}},
		{"unknown check is one diagnostic", "virtual_server 10.0.0.1 80 {\n" + rest + "real_server 10.0.0.2 80 {\nTCP_CHEK {\na\nb {\n}\n}\n}\n}", 1, []string{"6:1 warning unknown-keyword"}},
		{"check that is to come", "virtual_server 10.0.0.1 80 {\n" + rest + "real_server 10.0.0.2 80 {\nBFD_CHECK {\n}\n}\n}", 1, []string{"6:1 note planned", "6:1 error dropped"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := loadText(tt.text)
			diff(t, "diagnostics", tt.codes, said(l.Diagnostics))
			if !l.Fatal() {
				diff(t, "servers", tt.servers, len(l.Config.VirtualServers))
			}
		})
	}
}

func TestPorts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, real string
		want               uint16
		codes              []string
	}{
		{"NAT may change it", "NAT", "10.0.0.3 8080", 8080, nil},
		{"DR may not", "DR", "10.0.0.3 8080", 80, []string{"8:1 warning adjusted"}},
		{"TUN may not", "TUN", "10.0.0.3 8080", 80, []string{"8:1 warning adjusted"}},
		{"DR with the same", "DR", "10.0.0.3 80", 80, nil},
		{"none is the virtual server's", "NAT", "10.0.0.3", 80, nil},
		{"none with DR", "DR", "10.0.0.3", 80, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			vs, codes := server(t, "}\nreal_server "+tt.real+" {\nTCP_CHECK {\n}", "lb_kind "+tt.method)
			diff(t, "diagnostics", tt.codes, codes)
			rs := vs.RealServers[1]
			diff(t, "port", tt.want, rs.Port)
			diff(t, "port of the check", tt.want, rs.Checkers[0].ConnectPort)
		})
	}
}

// TestMethodIsTakenWhereItStands: a real server has the method given before it.
func TestMethodIsTakenWhereItStands(t *testing.T) {
	t.Parallel()
	vs, _ := server(t, "lvs_method TUN\n}\nreal_server 10.0.0.3 80 {\n}\nlb_kind DR\nreal_server 10.0.0.4 80 {")
	var got []Method
	for _, r := range vs.RealServers {
		got = append(got, r.Method)
	}
	diff(t, "methods", []Method{TUN, NAT, DR}, got)
	diff(t, "method of the server", DR, vs.Method)
}

func TestQuorum(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, rs, lines    string
		quorum, hysteresis int
		codes              []string
	}{
		{name: "default", quorum: 1},
		{name: "within the weight", rs: "weight 5", lines: "quorum 5", quorum: 5},
		{name: "more than the weight", rs: "weight 5", lines: "quorum 6", quorum: 5, codes: []string{"5:1 warning adjusted"}},
		{name: "hysteresis", rs: "weight 5", lines: "quorum 3\nhysteresis 2", quorum: 3, hysteresis: 2},
		{name: "hysteresis too large", rs: "weight 5", lines: "quorum 3\nhysteresis 3", quorum: 3, hysteresis: 2, codes: []string{"6:1 warning adjusted"}},
		{name: "hysteresis of the default quorum", lines: "hysteresis 1", quorum: 1, codes: []string{"5:1 warning adjusted"}},
		{name: "both too large", lines: "quorum 9\nhysteresis 9", quorum: 1, codes: []string{"5:1 warning adjusted", "6:1 warning adjusted"}},
		{name: "no weight at all", rs: "weight 0", quorum: 0, codes: []string{"1:1 warning adjusted"}},
		{name: "quorum 0", lines: "quorum 0", quorum: 1, codes: []string{"5:8 error number"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			vs, codes := server(t, tt.rs, tt.lines)
			diff(t, "quorum", tt.quorum, vs.Quorum)
			diff(t, "hysteresis", tt.hysteresis, vs.Hysteresis)
			diff(t, "diagnostics", tt.codes, codes)
		})
	}
}

func TestSorryServer(t *testing.T) {
	t.Parallel()
	sorry := func(port uint16, m Method) *SorryServer {
		return &SorryServer{Pos: Pos{File: "f", Line: 5, Col: 1}, Addr: netip.MustParseAddr("10.0.0.9"), Port: port, Method: m}
	}
	tests := []struct {
		name, lines string
		want        *SorryServer
		codes       []string
	}{
		{name: "none"},
		{name: "with a port", lines: "sorry_server 10.0.0.9 8080", want: sorry(8080, NAT)},
		{name: "without", lines: "sorry_server 10.0.0.9", want: sorry(80, NAT)},
		{name: "own method", lines: "sorry_server 10.0.0.9 80\nsorry_server_lvs_method DR", want: sorry(80, DR)},
		{name: "own method and another port", lines: "sorry_server 10.0.0.9 8080\nsorry_server_lvs_method DR", want: sorry(80, DR), codes: []string{"5:1 warning adjusted"}},
		{name: "other family", lines: "sorry_server fd00::1 80", codes: []string{"5:14 error address-family"}},
		{name: "bad address", lines: "sorry_server x", codes: []string{"5:14 error address"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			vs, codes := server(t, "", tt.lines)
			diff(t, "sorry server", tt.want, vs.Sorry)
			diff(t, "diagnostics", tt.codes, codes)
		})
	}
}

func TestService(t *testing.T) {
	t.Parallel()
	for want, vs := range map[string]VirtualServer{
		"10.0.0.1:80":  {Addr: netip.MustParseAddr("10.0.0.1"), Port: 80},
		"[fd00::1]:80": {Addr: netip.MustParseAddr("fd00::1"), Port: 80},
		"10.0.0.1":     {Addr: netip.MustParseAddr("10.0.0.1")},
	} {
		diff(t, "service", want, vs.Service())
	}
}
