// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"strings"
	"testing"
)

// runnable loads a text and gives what can be run of its virtual servers.
func runnable(t *testing.T, text string) (*Config, []*VirtualServer, []string) {
	t.Helper()
	l := loadText(text)
	if l.Fatal() {
		t.Fatalf("refused: %v", l.Diagnostics)
	}
	k := newCollector()
	return l.Config, runnableServers(k, l.Config), said(k.list)
}

// TestRunnableServersAreUnchanged: what can be run whole is the same.
func TestRunnableServersAreUnchanged(t *testing.T) {
	t.Parallel()
	cfg, got, codes := runnable(t, serverText("weight 5\nTCP_CHECK {\nretry 3\n}", "quorum 3\nhysteresis 1\nsorry_server 10.0.0.9 80"))
	diff(t, "servers", cfg.VirtualServers, got)
	diff(t, "diagnostics", []string{}, codes)
}

func TestRunnableServers(t *testing.T) {
	t.Parallel()
	const planned = "warning not-supported-yet"
	tun := func(options, rs string) string {
		return strings.Replace(serverText(rs), "lb_kind NAT", "lb_kind TUN"+options, 1)
	}
	bfd := func(checks string) string {
		return "bfd_instance B {\nneighbor_ip 10.0.0.3\n}\nbfd_instance C {\nneighbor_ip 10.0.0.4\n}\n" + serverText(checks)
	}
	other := func(text, by string) string { return strings.Replace(text, "virtual_server 10.0.0.1 80", by, 1) }
	tests := []struct {
		name, text     string
		servers, reals int
		checkers       int // of the first real server
		sorry          bool
		codes          []string
	}{
		{name: "plain", text: serverText("TCP_CHECK {\n}"), servers: 1, reals: 1, checkers: 1},
		{name: "mark", text: other(serverText(""), "virtual_server fwmark 4"), servers: 1, reals: 1},
		{name: "group", text: "virtual_server_group G {\n10.0.0.1 80\n}\n" + other(serverText(""), "virtual_server group G"), servers: 1, reals: 1},
		{name: "web and mail", text: serverText("HTTP_GET {\nurl {\npath /\n}\n}\nSSL_GET {\nurl {\npath /\n}\n}\nSMTP_CHECK {\n}"), servers: 1, reals: 1, checkers: 3},
		{name: "another check", text: bfd("BFD_CHECK {\nname B\n}"), servers: 1, reals: 1, codes: []string{"13:1 " + planned}},
		{name: "another check beside", text: bfd("BFD_CHECK {\nname B\n}\nTCP_CHECK {\n}"), servers: 1, reals: 1, checkers: 1, codes: []string{"13:1 " + planned}},
		{name: "every other kind", text: serverText("TCP_CHECK {\n}\nUDP_CHECK {\n}\nDNS_CHECK {\n}\nPING_CHECK {\n}\nSMTP_CHECK {\n}"), servers: 1, reals: 1, checkers: 5},
		{name: "a file", text: "track_file f {\nfile /f\n}\n" + serverText("FILE_CHECK {\ntrack_file f\n}"), servers: 1, reals: 1, checkers: 1},
		{name: "each kind once", text: bfd("BFD_CHECK {\nname B\n}\nBFD_CHECK {\nname C\n}"), servers: 1, reals: 1, codes: []string{"13:1 " + planned}},
		{name: "tunnel with options", text: tun(" type gre csum", ""), servers: 1, reals: 1},
		{name: "real server of the other family", text: tun("", "}\nreal_server fd00::2 80 {\n"), servers: 1, reals: 2},
		{
			name: "sorry server of the other family", text: strings.Replace(tun("", ""), "real_server", "sorry_server fd00::9 80\nreal_server", 1), servers: 1, reals: 1,
			sorry: true,
		},
		{name: "sorry server", text: serverText("", "sorry_server 10.0.0.9"), servers: 1, reals: 1, sorry: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg, got, codes := runnable(t, tt.text)
			diff(t, "diagnostics", tt.codes, codes)
			diff(t, "servers", tt.servers, len(got))
			diff(t, "servers of the configuration", 1, len(cfg.VirtualServers))
			if len(got) == 0 {
				return
			}
			diff(t, "real servers", tt.reals, len(got[0].RealServers))
			diff(t, "checkers", tt.checkers, len(got[0].RealServers[0].Checkers))
			diff(t, "sorry server", tt.sorry, got[0].Sorry != nil)
		})
	}
}
