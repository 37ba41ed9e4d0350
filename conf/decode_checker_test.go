// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

// defined stands before every virtual server of these tests.
const defined = "track_file f {\nfile /tmp/f\nweight 3\n}\nbfd_instance b {\nneighbor_ip 10.9.9.9\n}\n"

// checks loads a real server with checks and gives them, with the codes; the lines
// of rs begin with line 1. Notes on what is planned are left out.
func checks(t *testing.T, rs string, lines ...string) ([]*Checker, []string) {
	t.Helper()
	head := defined + "virtual_server 10.0.0.1 80 {\nprotocol TCP\nlb_algo rr\nlb_kind NAT\n" + strings.Join(lines, "\n") + "\nreal_server 10.0.0.2 80 {\n"
	l := loadText(head + rs + "\n}\n}\n")
	if l.Fatal() || len(l.Config.VirtualServers) != 1 {
		t.Fatalf("refused: %v", l.Diagnostics)
	}
	var diags []Diagnostic
	for _, d := range l.Diagnostics {
		if d.Line -= strings.Count(head, "\n"); d.Line > 0 && d.Code != codePlanned.id {
			diags = append(diags, d)
		}
	}
	return l.Config.VirtualServers[0].RealServers[0].Checkers, said(diags)
}

// TestKinds compares what only one kind of check has.
func TestKinds(t *testing.T) {
	t.Parallel()
	const url = "url {\npath /\n}\n"
	ok := []StatusRange{{200, 299}}
	at := func(n int) Pos { return Pos{File: "f", Line: n + 13, Col: 1} }
	file := &TrackedFile{Name: "f", Pos: Pos{File: "f", Line: 1, Col: 1}, Path: "/tmp/f", Weight: 3}
	plain := func() *HTTPCheck {
		return &HTTPCheck{Protocol: "1.0", URLs: []URL{{Pos: at(2), Path: "/", Status: ok}}}
	}
	tests := []struct {
		name, rs string
		want     Checker
	}{
		{"TCP", "TCP_CHECK {\n}", Checker{CheckSettings: &CheckSettings{Kind: "TCP_CHECK"}}},
		{"PING", "PING_CHECK {\n}", Checker{CheckSettings: &CheckSettings{Kind: "PING_CHECK"}}},
		{"SMTP", "SMTP_CHECK {\n}", Checker{CheckSettings: &CheckSettings{Kind: "SMTP_CHECK", SMTP: &SMTPCheck{HELO: "smtpchecker.keepalived.org"}}}},
		{"SMTP with a name", "SMTP_CHECK {\nhelo_name a\n}", Checker{CheckSettings: &CheckSettings{Kind: "SMTP_CHECK", SMTP: &SMTPCheck{HELO: "a"}}}},
		{"DNS", "DNS_CHECK {\n}", Checker{CheckSettings: &CheckSettings{Kind: "DNS_CHECK", DNS: &DNSCheck{Type: "SOA", Name: "."}}}},
		{"DNS with a question", "DNS_CHECK {\nname a.b\ntype mx\n}", Checker{CheckSettings: &CheckSettings{Kind: "DNS_CHECK", DNS: &DNSCheck{Type: "MX", Name: "a.b"}}}},
		{"UDP", "UDP_CHECK {\n}", Checker{CheckSettings: &CheckSettings{Kind: "UDP_CHECK", UDP: &UDPCheck{MaxLength: 255}}}},
		{
			"UDP with an answer", "UDP_CHECK {\npayload 00ff\nrequire_reply 1X\nmin_reply_length 2\nmax_reply_length 9\n}",
			Checker{CheckSettings: &CheckSettings{Kind: "UDP_CHECK", UDP: &UDPCheck{Payload: []byte{0, 255}, RequireReply: true, Reply: []byte{0x10}, Mask: []byte{0xf0}, MinLength: 2, MaxLength: 9}}},
		},
		{"UDP with any answer", "UDP_CHECK {\nrequire_reply\n}", Checker{CheckSettings: &CheckSettings{Kind: "UDP_CHECK", UDP: &UDPCheck{RequireReply: true, MaxLength: 255}}}},
		{
			"MISC", "MISC_CHECK {\nmisc_path \"/x 'a b'\"\n}",
			Checker{CheckSettings: &CheckSettings{Kind: "MISC_CHECK", Misc: &MiscCheck{Command: Command{Args: []string{"/x", "a b"}, Pos: Pos{File: "f", Line: 15, Col: 11}}, Timeout: time.Minute}}},
		},
		{
			"MISC with all", "MISC_CHECK {\nuser u g\nmisc_path /x\nmisc_timeout 3\nmisc_dynamic\n}",
			Checker{CheckSettings: &CheckSettings{Kind: "MISC_CHECK", Misc: &MiscCheck{Command: Command{Args: []string{"/x"}, User: "u", Group: "g", Pos: Pos{File: "f", Line: 16, Col: 11}}, Timeout: 3 * time.Second, Dynamic: true}}},
		},
		{"FILE", "FILE_CHECK {\ntrack_file f\n}", Checker{CheckSettings: &CheckSettings{Kind: "FILE_CHECK", File: &FileCheck{File: file, Weight: 3}}}},
		{"FILE with a weight", "FILE_CHECK {\nweight 0 reverse\ntrack_file f\n}", Checker{CheckSettings: &CheckSettings{Kind: "FILE_CHECK", File: &FileCheck{File: file, Reverse: true}}}},
		{"BFD", "BFD_CHECK {\nname b\n}", Checker{CheckSettings: &CheckSettings{Kind: "BFD_CHECK", BFD: &BFDCheck{Instance: "b"}}}},
		{"GRPC", "GRPC_CHECK {\n}", Checker{CheckSettings: &CheckSettings{Kind: "GRPC_CHECK", GRPC: &GRPCCheck{}}}},
		{
			"GRPC with all", "GRPC_CHECK {\nservice a.B\ntls\nverify\nca_file /ca\nserver_name n\nexpiry_warning 30\n}",
			Checker{CheckSettings: &CheckSettings{Kind: "GRPC_CHECK", GRPC: &GRPCCheck{Service: "a.B", TLS: true, Trust: Trust{Verify: true, CAFile: "/ca", Name: "n", ExpiryWarning: 720 * time.Hour}}}},
		},
		{"HTTP/2", "HTTP_GET {\nhttp_protocol 1.1\nhttp2\n" + url + "}", func() Checker {
			h := plain()
			h.Protocol, h.URLs[0].Pos = HTTP2, at(4)
			return Checker{CheckSettings: &CheckSettings{Kind: "HTTP_GET", HTTP: h}}
		}()},
		{"SSL with trust", "SSL_GET {\nverify on\nca_file /ca\n" + url + "}", func() Checker {
			h := plain()
			h.TLS, h.Trust, h.URLs[0].Pos = true, Trust{Verify: true, CAFile: "/ca"}, at(4)
			return Checker{CheckSettings: &CheckSettings{Kind: "SSL_GET", HTTP: h}}
		}()},
		{"HTTP", "HTTP_GET {\n" + url + "}", Checker{CheckSettings: &CheckSettings{Kind: "HTTP_GET", HTTP: plain()}}},
		{"SSL", "SSL_GET {\n" + url + "}", func() Checker {
			h := plain()
			h.TLS = true
			return Checker{CheckSettings: &CheckSettings{Kind: "SSL_GET", HTTP: h}}
		}()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, codes := checks(t, tt.rs)
			diff(t, "diagnostics", []string{}, codes)
			if len(got) != 1 {
				t.Fatalf("%d checks", len(got))
			}
			c := got[0]
			diff(t, "check", tt.want, Checker{CheckSettings: &CheckSettings{Kind: c.Kind, HTTP: c.HTTP, SMTP: c.SMTP, DNS: c.DNS, UDP: c.UDP, Misc: c.Misc, File: c.File, BFD: c.BFD, GRPC: c.GRPC}})
		})
	}
}

// TestBuiltIn: the values of a check for which nothing is said.
func TestBuiltIn(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind  string
		retry int
		delay time.Duration
	}{
		{"TCP_CHECK", 1, time.Second},
		{"PING_CHECK", 1, time.Second},
		{"UDP_CHECK", 1, time.Second},
		{"SMTP_CHECK", 1, time.Second},
		{"HTTP_GET", 1, 3 * time.Second},
		{"SSL_GET", 1, 3 * time.Second},
		{"GRPC_CHECK", 1, time.Second},
		{"DNS_CHECK", 3, time.Minute},
		{"MISC_CHECK", 0, time.Second},
	}
	for _, tt := range tests {
		got, _ := checks(t, tt.kind+" {\n"+needed[tt.kind]+"}")
		c := got[0]
		diff(t, tt.kind+" retry", tt.retry, c.Retry)
		diff(t, tt.kind+" delay_before_retry", tt.delay, c.RetryDelay)
		diff(t, tt.kind+" delay_loop", time.Minute, c.DelayLoop)
		diff(t, tt.kind+" warmup", time.Minute, c.Warmup)
		diff(t, tt.kind+" connect_timeout", 5*time.Second, c.ConnectTimeout)
	}
	got, _ := checks(t, "DNS_CHECK {\ndelay_loop 7\n}")
	diff(t, "pause of DNS_CHECK is its own delay_loop", 7*time.Second, got[0].RetryDelay)
	got, _ = checks(t, "delay_loop 9\nMISC_CHECK {\nmisc_path /x\ndelay_loop 8\n}", "delay_loop 7")
	diff(t, "limit of MISC_CHECK is the delay_loop of the virtual server", 7*time.Second, got[0].Misc.Timeout)
}

// TestConnection: where packets go and come from.
func TestConnection(t *testing.T) {
	t.Parallel()
	want := Checker{
		ConnectIP: netip.MustParseAddr("10.0.0.7"), ConnectPort: 81, CheckSettings: &CheckSettings{
			Kind: "PING_CHECK", BindIP: netip.MustParseAddr("10.0.0.8"),
			BindPort: 82, BindIf: "eth0", FWMark: 83, ConnectTimeout: time.Second, DelayLoop: 2 * time.Second, Warmup: 3 * time.Second,
			Retry: 4, RetryDelay: 5 * time.Second, Alpha: true, LogAllFailures: true,
		},
	}
	got, codes := checks(t, "PING_CHECK {\nconnect_ip 10.0.0.7\nconnect_port 81\nbindto 10.0.0.8\nbind_port 82\nbind_if eth0\nfwmark 83\n"+
		"connect_timeout 1\ndelay_loop 2\nwarmup 3\nretry 4\ndelay_before_retry 5\nalpha\nlog_all_failures\n}")
	diff(t, "diagnostics", []string{}, codes)
	got[0].Pos = Pos{}
	diff(t, "check", &want, got[0])
}

// TestDroppedChecks: a check that lacks what it needs is left out and said once.
func TestDroppedChecks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, rs string
		left     int
		codes    []string
	}{
		{"HTTP without a url", "HTTP_GET {\n}", 0, []string{"1:1 error dropped"}},
		{"url without a path", "HTTP_GET {\nurl {\n}\n}", 0, []string{"2:1 error dropped"}},
		{"one url of two", "HTTP_GET {\nurl {\n}\nurl {\npath /\n}\n}", 1, []string{"2:1 error dropped"}},
		{"MISC without a script", "MISC_CHECK {\n}", 0, []string{"1:1 error dropped"}},
		{"MISC with an empty script", "MISC_CHECK {\nmisc_path \"\"\n}", 0, []string{"2:11 error value"}},
		{"MISC with no word", "MISC_CHECK {\nmisc_path\n}", 0, []string{"2:1 error value"}},
		{"GRPC with trust and no TLS", "GRPC_CHECK {\nverify\n}", 1, []string{"1:1 warning conflict"}},
		{"FILE without a file", "FILE_CHECK {\nweight 1\n}", 0, []string{"1:1 error dropped"}},
		{"FILE that is not there", "FILE_CHECK {\ntrack_file g\n}", 0, []string{"2:12 error not-found"}},
		{"BFD that is not there", "BFD_CHECK {\nname c\n}", 0, []string{"1:1 error dropped"}},
		{"BFD without a name", "BFD_CHECK {\n}", 0, []string{"1:1 error dropped"}},
		{"BFD with no word", "BFD_CHECK {\nname\n}", 0, []string{"2:1 error value"}},
		{"BFD twice", "BFD_CHECK {\nname b\n}\nBFD_CHECK {\nname b\n}", 1, []string{"4:1 error dropped"}},
		{"link-local", "PING_CHECK {\nconnect_ip fe80::1\n}", 0, []string{"1:1 error dropped"}},
		{"link-local with its interface", "PING_CHECK {\nconnect_ip fe80::1\nbind_if eth0\n}", 1, nil},
		{"lengths that no answer has", "UDP_CHECK {\nmin_reply_length 256\n}", 1, []string{"1:1 warning conflict"}},
		{"lengths in the wrong order", "UDP_CHECK {\nmax_reply_length 3\nmin_reply_length 5\n}", 1, []string{"1:1 warning conflict"}},
		{"bindto of the other family", "DNS_CHECK {\nbindto fd00::1\n}", 1, []string{"2:8 error address-family"}},
		{"bindto as the target", "DNS_CHECK {\nbindto fd00::1\nconnect_ip fd00::2\n}", 1, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, codes := checks(t, tt.rs)
			diff(t, "diagnostics", tt.codes, codes)
			diff(t, "checks", tt.left, len(got))
		})
	}
}

// TestSMTPHosts: each host of an old SMTP_CHECK is one more check.
func TestSMTPHosts(t *testing.T) {
	t.Parallel()
	got, codes := checks(t, "SMTP_CHECK {\nhelo_name a\nconnect_ip 10.0.0.7\nhost {\nconnect_port 26\n}\nhost {\nconnect_ip 10.0.0.8\n}\n}")
	diff(t, "diagnostics", []string{"4:1 note deprecated"}, codes)
	var targets, names []string
	for _, c := range got {
		targets = append(targets, endpoint{c.ConnectIP, c.ConnectPort}.String())
		names = append(names, c.SMTP.HELO)
	}
	diff(t, "targets", []string{"10.0.0.7:80", "10.0.0.2:26", "10.0.0.8:80"}, targets)
	diff(t, "names", []string{"a", "a", "a"}, names)
}

// TestAlphaIsInherited: checker, real server, virtual server.
func TestAlphaIsInherited(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, vs, rs, own string
		want              bool
	}{
		{name: "none"},
		{name: "virtual server", vs: "alpha", want: true},
		{name: "real server says no", vs: "alpha", rs: "alpha off"},
		{name: "real server", rs: "alpha", want: true},
		{name: "check says no", vs: "alpha", rs: "alpha on", own: "alpha no"},
		{name: "check", own: "alpha yes", want: true},
	}
	for _, tt := range tests {
		got, _ := checks(t, tt.rs+"\nTCP_CHECK {\n"+tt.own+"\n}", tt.vs)
		diff(t, tt.name, tt.want, got[0].Alpha)
	}
}
