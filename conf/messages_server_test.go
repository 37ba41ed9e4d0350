// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"strings"
	"testing"
)

// TestServerMessages: the words in which mistakes in virtual servers are told.
func TestServerMessages(t *testing.T) {
	t.Parallel()
	tests := []struct{ rs, vs, message, hint string }{
		{vs: "mh-port", message: "mh-port only applies to the scheduler mh; ignored", hint: "put it behind lvs_sched mh"},
		{vs: "lvs_sched wr", message: "lvs_sched: unknown \"wr\", not one of " + strings.Join(schedulers, ", ") + "; wlc is used"},
		{vs: "lvs_method TUN type gue", message: "lvs_method: a gue tunnel needs a port; the options of the tunnel are ignored"},
		{vs: "lvs_method TUN typ gue", message: "lvs_method: unknown option \"typ\" of a tunnel; the options are ignored", hint: "did you mean type?"},
		{vs: "sorry_server_inhibit", message: "sorry_server_inhibit without a sorry_server before it; ignored", hint: "put it behind sorry_server"},
		{vs: "ip_family inet6", message: "ip_family inet6 is not the address family of virtual server 10.0.0.1:80; ignored"},
		{vs: "ops", message: "virtual server 10.0.0.1:80: ops is for protocol UDP only and is turned off"},
		{
			vs: "persistence_granularity /24", message: `persistence_granularity: "/24" is not a mask of virtual server 10.0.0.1:80; ignored`,
			hint: "write a netmask such as 255.255.255.0 for IPv4, a prefix length from 1 to 128 for IPv6",
		},
		{vs: "persistence_engine " + strings.Repeat("x", 17), message: `persistence_engine: "` + strings.Repeat("x", 17) + `" is longer than 16 bytes; the first 16 are used`},
		{vs: "virtualhost", message: "virtualhost is missing its argument; ignored", hint: "virtualhost STRING: default of the Host header of checks"},
		{vs: "snmp_name a b", message: "snmp_name takes one word; ignored", hint: "put it in double quotes"},
		{rs: "HTTP_GET {\n}", message: "HTTP_GET has no url; the check is ignored"},
		{rs: "HTTP_GET {\nurl {\n}\n}", message: "url has no path; it is ignored"},
		{rs: "HTTP_GET {\nurl {\npath /\nstatus_code 20O\n}\n}", message: `status_code: "20O" is not a code from 100 to 599 or a range of them; ignored`},
		{rs: "HTTP_GET {\nurl {\npath /\ndigest abc\n}\n}", message: `digest: "abc" is not an MD5, which has 32 hex digits; ignored`},
		{rs: "HTTP_GET {\nurl {\npath /\n}\nnb_get_retry 3\n}", message: "nb_get_retry is deprecated", hint: "write retry"},
		{rs: "MISC_CHECK {\n}", message: "MISC_CHECK has no misc_path; the check is ignored"},
		{rs: "UDP_CHECK {\nmin_reply_length 300\n}", message: "UDP_CHECK: min_reply_length 300 is more than max_reply_length 255: every check will fail"},
		{rs: "UDP_CHECK {\npayload 0g\n}", message: `payload: "0g" is not hexadecimal; ignored`},
		{rs: "DNS_CHECK {\ntype MY\n}", message: `type: unknown "MY", not one of A, NS, CNAME, SOA, MX, TXT, AAAA, RRSIG, DNSKEY; ignored`},
		{rs: "DNS_CHECK {\nname a..b\n}", message: `name: "a..b" has an empty label; ignored`},
		{rs: "TCP_CHECK {\nconnect_ip fe80::1\n}", message: "TCP_CHECK: the link-local address fe80::1 needs a bind_if; the check is ignored", hint: "add bind_if INTERFACE"},
		{rs: "TCP_CHECK {\nbindto fd00::1\n}", message: "bindto fd00::1 is not of the address family of 10.0.0.2; ignored"},
		{rs: "notify_up /a\nnotify_up /b", message: "notify_up is already given on line 7; ignored"},
	}
	for _, tt := range tests {
		t.Run(tt.message, func(t *testing.T) {
			t.Parallel()
			l := loadText(serverText(tt.rs, tt.vs))
			diags := withoutNotes(l)
			if len(diags) != 1 {
				t.Fatalf("not one diagnostic: %v", diags)
			}
			diff(t, "message", tt.message, diags[0].Message)
			diff(t, "hint", tt.hint, diags[0].Hint)
		})
	}
}

// TestServerNotes: what keepalived takes in silence is a note.
func TestServerNotes(t *testing.T) {
	t.Parallel()
	tests := []struct{ rs, message, hint string }{
		{"SMTP_CHECK {\nhost {\n}\n}", "host in SMTP_CHECK is deprecated", "write one SMTP_CHECK for each host"},
		{"UDP_CHECK {\npayload 123\n}", `payload: "123" has an odd number of digits; a 0 is put before the last one`, ""},
		{"HTTP_GET {\nurl {\npath /\nregex a b\n}\n}", "regex needs its pattern in one word; ignored", "put the whole pattern in one pair of quotes"},
		{"HTTP_GET {\nurl {\npath /\nregex \"a\\d\"\n}\n}", `regex: \d loses its backslash`, `write \\d`},
		{"HTTP_GET {\nurl {\npath /\nregex a\nregex_options caseles\n}\n}", `regex_options: unknown option "caseles"; ignored`, "did you mean caseless?"},
		{"HTTP_GET {\nurl {\npath /\nregex a\nregex_max_offset x\n}\n}", `regex_max_offset: "x" is not a number of bytes; ignored`, ""},
		{"HTTP_GET {\nurl {\npath /\nregex_no_match\n}\n}", "options of a regex without a regex have no effect", ""},
	}
	for _, tt := range tests {
		t.Run(tt.message, func(t *testing.T) {
			t.Parallel()
			l := loadText(serverText(tt.rs))
			diff(t, "exit code", 0, TestExit(l.Diagnostics))
			for _, d := range l.Diagnostics {
				if d.Message == tt.message {
					diff(t, "hint", tt.hint, d.Hint)
					return
				}
			}
			t.Errorf("not said: %v", l.Diagnostics)
		})
	}
}

// TestPlannedIsSaidOnce: one note for a keyword, none for what stands in a planned
// block.
func TestPlannedIsSaidOnce(t *testing.T) {
	t.Parallel()
	rs := "snmp_name x\nBFD_CHECK {\nalpha\nname a\n}\nBFD_CHECK {\nname b\n}"
	l := loadText(serverText(rs) + serverText(rs, "sorry_server 10.0.0.9", "ha_suspend"))
	var got []string
	for _, d := range l.Diagnostics {
		if d.Code == codePlanned.id {
			got = append(got, d.Message)
		}
	}
	diff(t, "notes", []string{"snmp_name is read and has no effect yet", "BFD_CHECK is read and has no effect yet"}, got)
}

// FuzzGroupEntry: whatever is taken for a range begins before it ends.
func FuzzGroupEntry(f *testing.F) {
	for _, line := range []string{"10.0.0.1-5 80", "fd00::1-ffff", "10.0.0.0/8", "fwmark 7 inet", "1.2.3.4-1.2.3.5", "::/1", "a-b"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if strings.ContainsAny(line, "{}$~@\n\r") {
			return
		}
		l := loadText("virtual_server_group G {\n" + line + "\n}\n")
		if l.Fatal() {
			return
		}
		for _, g := range l.Config.ServerGroups {
			for _, e := range g.Entries {
				if !e.Mark() && (e.Last.Less(e.First) || e.First.Is4() != e.Last.Is4()) {
					t.Errorf("%q: %s to %s", line, e.First, e.Last)
				}
			}
		}
	})
}
