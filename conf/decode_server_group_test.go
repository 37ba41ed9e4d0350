// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"fmt"
	"testing"
)

// text gives an entry as a range, for comparison.
func (e GroupEntry) text() string {
	if e.Mark() {
		return fmt.Sprintf("fwmark %d family %d", e.FWMark, e.Family)
	}
	return fmt.Sprintf("%s-%s:%d", e.First, e.Last, e.Port)
}

func TestGroupEntries(t *testing.T) {
	t.Parallel()
	address := []string{"2:1 error address", "1:1 error dropped"}
	value := []string{"2:1 error value", "1:1 error dropped"}
	tests := []struct {
		line, want string
		codes      []string
	}{
		{line: "10.0.0.1 80", want: "10.0.0.1-10.0.0.1:80"},
		{line: "10.0.0.1", want: "10.0.0.1-10.0.0.1:0"},
		{line: "10.0.0.1 80 more", want: "10.0.0.1-10.0.0.1:80"},
		{line: "10.0.0.1-5 80", want: "10.0.0.1-10.0.0.5:80"},
		{line: "10.0.0.0-255 80", want: "10.0.0.0-10.0.0.255:80"},
		{line: "10.0.0.1-10.0.1.9 80", want: "10.0.0.1-10.0.1.9:80"},
		{line: "10.0.0.9-10.0.0.9 80", want: "10.0.0.9-10.0.0.9:80"},
		{line: "10.0.0.0/24 80", want: "10.0.0.0-10.0.0.255:80"},
		{line: "10.0.0.4/30", want: "10.0.0.4-10.0.0.7:0"},
		{line: "10.0.0.1/32", want: "10.0.0.1-10.0.0.1:0"},
		{line: "0.0.0.0/1", want: "0.0.0.0-127.255.255.255:0"},
		{line: "fd00::10-1f 80", want: "fd00::10-fd00::1f:80"},
		{line: "fd00::1-ffff", want: "fd00::1-fd00::ffff:0"},
		{line: "fd00::1-fd00::1:9", want: "fd00::1-fd00::1:9:0"},
		{line: "fd00::/120", want: "fd00::-fd00::ff:0"},
		{line: "fwmark 7", want: "fwmark 7 family 0"},
		{line: "fwmark 0", want: "fwmark 0 family 0"},
		{line: "fwmark 4294967295 inet", want: "fwmark 4294967295 family 4"},
		{line: "fwmark 7 inet6", want: "fwmark 7 family 6"},

		{line: "10.0.0.1 99999", codes: []string{"2:10 error number", "1:1 error dropped"}},
		{line: "10.0.0.1 http", codes: []string{"2:10 error number", "1:1 error dropped"}},
		{line: "10.0.0.5-5", codes: value},
		{line: "10.0.0.5-1", codes: value},
		{line: "10.0.0.5-", codes: value},
		{line: "10.0.0.5-256", codes: value},
		{line: "10.0.0.5-x", codes: value},
		{line: "10.0.0.9-10.0.0.1", codes: value},
		{line: "10.0.0.1-fd00::1", codes: value},
		{line: "fd00::1-10000", codes: value},
		{line: "fd00::1-g", codes: value},
		{line: "10.0.0.1/24", codes: address},
		{line: "10.0.0.0/0", codes: address},
		{line: "10.0.0.0/33", codes: address},
		{line: "10.0.0.0/x", codes: address},
		{line: "10.0.0.0/24-5", codes: address},
		{line: "10.0.0.1-10.0.0.2-3", codes: address},
		{line: "fd00::/129", codes: address},
		{line: "fe80::1%eth0", codes: address},
		{line: "10.0.0.1:80", codes: address},
		{line: "weight 5", codes: address},
		{line: "fwmark x", codes: []string{"2:8 error number", "1:1 error dropped"}},
		{line: "fwmark 0x1", codes: []string{"2:8 error number", "1:1 error dropped"}},
		{line: "fwmark 4294967296", codes: []string{"2:8 error number", "1:1 error dropped"}},
		{line: "fwmark 1 inet7", codes: []string{"2:10 error value", "1:1 error dropped"}},
		{line: "x {\ny\n}", codes: []string{"2:3 error brace", "1:1 error dropped"}},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			t.Parallel()
			l := loadText("virtual_server_group G {\n" + tt.line + "\n}\n")
			var codes []string
			for _, c := range []int{1, 0} { // the entry before its group
				for _, d := range withoutNotes(l) {
					if (d.Line > 1) == (c == 1) {
						codes = append(codes, said([]Diagnostic{d})...)
					}
				}
			}
			diff(t, "diagnostics", tt.codes, codes)
			got := ""
			for _, g := range l.Config.ServerGroups {
				got += g.Entries[0].text()
			}
			diff(t, "entry", tt.want, got)
		})
	}
}

// TestGroups: what groups and the servers of groups say of each other.
func TestGroups(t *testing.T) {
	t.Parallel()
	const (
		four  = "10.0.0.1 80"
		six   = "fd00::1 80"
		mark  = "fwmark 5"
		plain = "protocol TCP\n" + real4
	)
	missing := []string{"warning not-found"}
	family := []string{"warning address-family"}
	tests := []struct {
		name, entries, lines string
		servers              int
		family               Family
		codes                []string
	}{
		{name: "addresses", entries: four, lines: plain, servers: 1, family: IPv4},
		{name: "other name", entries: four, lines: "other", codes: missing},
		{name: "IPv6", entries: six, lines: "protocol TCP\n" + real6, servers: 1, family: IPv6},
		{name: "IPv4 before IPv6", entries: six, lines: plain, codes: family},
		{name: "both", entries: four + "\n" + six, lines: plain, codes: family},
		{name: "both behind tunnels", entries: four + "\n" + six, lines: "lb_kind TUN\n" + plain, servers: 1},
		{name: "mark", entries: mark, lines: real4, servers: 1, family: IPv4},
		{name: "mark of the other family", entries: mark + " inet6", lines: real4, codes: family},
		{name: "protocol of a mark", entries: mark, lines: plain, servers: 1, family: IPv4, codes: []string{"warning conflict"}},
		{name: "mark and address", entries: mark + "\n" + four, lines: plain, servers: 1, family: IPv4},
		{name: "no protocol", entries: four, lines: real4, servers: 1, family: IPv4, codes: []string{"warning default"}},
		{name: "no port", entries: four + "\n10.0.0.2", lines: plain, servers: 1, family: IPv4, codes: []string{"warning default"}},
		{name: "no port, persistent", entries: "10.0.0.2", lines: "persistence_timeout 5\n" + plain, servers: 1, family: IPv4},
		{name: "ha_suspend", entries: mark + "\n" + four, lines: "ha_suspend\n" + plain, servers: 1, family: IPv4, codes: []string{"warning adjusted"}},
		{name: "DR with the port", entries: four, lines: "lb_kind DR\n" + plain, servers: 1, family: IPv4},
		{name: "DR with another", entries: four + "\n10.0.0.1 81", lines: "lb_kind DR\n" + plain, servers: 1, family: IPv4, codes: []string{"warning adjusted"}},
		{name: "DR with a mark", entries: mark, lines: "lb_kind DR\n" + real4, servers: 1, family: IPv4, codes: []string{"warning adjusted"}},
		{name: "DR without a port", entries: mark, lines: "lb_kind DR\nreal_server 10.0.0.2 {\n}", servers: 1, family: IPv4},
		{name: "sorry server with a port", entries: four, lines: "lb_kind DR\nsorry_server 10.0.0.9 80\n" + plain, servers: 1, family: IPv4, codes: []string{"warning adjusted"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			group := "G"
			if tt.lines == "other" {
				group, tt.lines = "H", plain
			}
			l := loadText("virtual_server_group G {\n" + tt.entries + "\n}\nvirtual_server group " + group + " {\nlb_algo rr\nlb_kind NAT\n" + tt.lines + "\n}\n")
			codes := []string{}
			for _, d := range withoutNotes(l) {
				codes = append(codes, d.Severity.String()+" "+d.Code)
			}
			diff(t, "diagnostics", tt.codes, codes)
			diff(t, "servers", tt.servers, len(l.Config.VirtualServers))
			if tt.servers > 0 {
				diff(t, "family", tt.family, l.Config.VirtualServers[0].Family)
				diff(t, "group", "group G", l.Config.VirtualServers[0].Service())
			}
		})
	}
}

// TestGroupNames: two groups of a name are both kept and the first is found, several
// servers may share one, and it may stand behind them.
func TestGroupNames(t *testing.T) {
	t.Parallel()
	const use = "virtual_server group G {\nprotocol TCP\nlb_algo rr\nlb_kind NAT\n" + real4 + "\n}\n"
	l := loadText(use + use + "virtual_server_group G {\n10.0.0.1 80\n}\nvirtual_server_group G {\n10.0.0.2 80\n}\n")
	diff(t, "diagnostics", []string{}, unplanned(l))
	diff(t, "groups", 2, len(l.Config.ServerGroups))
	for _, vs := range l.Config.VirtualServers {
		diff(t, "group", "10.0.0.1-10.0.0.1:80", vs.Group.Entries[0].text())
	}
}

// TestSameServer: two blocks of one service are one to the kernel.
func TestSameServer(t *testing.T) {
	t.Parallel()
	again := []string{"7:1 warning duplicate"}
	block := func(head, lines string) string {
		return "virtual_server " + head + " {\nlb_algo rr\nlb_kind NAT\n" + lines + "\nreal_server 10.0.0.2 80 {}\n}\n"
	}
	tests := []struct {
		name, one, two string
		codes          []string
	}{
		{"same", block("10.0.0.1 80", "protocol TCP"), block("10.0.0.1 80", "protocol TCP"), again},
		{"other protocol", block("10.0.0.1 80", "protocol TCP"), block("10.0.0.1 80", "protocol UDP"), nil},
		{"other port", block("10.0.0.1 80", "protocol TCP"), block("10.0.0.1 81", "protocol TCP"), nil},
		{"mark", block("fwmark 5", ""), block("fwmark 5", ""), again},
		{"other mark", block("fwmark 5", ""), block("fwmark 6", ""), nil},
	}
	for _, tt := range tests {
		l := loadText(tt.one + tt.two)
		diff(t, tt.name, tt.codes, unplanned(l))
		diff(t, tt.name, 0, TestExit(l.Diagnostics))
	}
}
