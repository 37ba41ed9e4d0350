// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"vipward/internal/lab"
)

// way is one way of packets to a server.
type way struct {
	name    string
	vip     string
	service string // the line of virtual_server after the word; empty: vip and port
	options string
	server  string
	line    string // of ipvsadm -Sn
	who     string // answers
	prepare func(p *plane, vip string)
}

// ways are all of them. Each has an address of its own.
func ways() []way {
	return []way{
		{
			name: "NAT", vip: "192.0.2.101", options: "lvs_method NAT", server: webAddr(1),
			line: "-a -t 192.0.2.101:80 -r " + webAddr(1) + ":80 -m -w 1", who: "web1",
		},
		{
			name: "NAT over IPv6", vip: "fd00::101", options: "lvs_method NAT", server: webAddr6(2),
			line: "-a -t [fd00::101]:80 -r [" + webAddr6(2) + "]:80 -m -w 1", who: "web2",
		},
		{
			name: "DR", vip: "192.0.2.102", options: "lvs_method DR", server: nearAddr,
			line: "-a -t 192.0.2.102:80 -r " + nearAddr + ":80 -g -w 1", who: "near", prepare: quiet,
		},
		{
			name: "DR over IPv6", vip: "fd00::102", options: "lvs_method DR", server: nearAddr6,
			line: "-a -t [fd00::102]:80 -r [" + nearAddr6 + "]:80 -g -w 1", who: "near", prepare: quiet,
		},
		{
			name: "TUN", vip: "192.0.2.103", options: "lvs_method TUN", server: nearAddr,
			line: "-a -t 192.0.2.103:80 -r " + nearAddr + ":80 -i -w 1 --tun-type ipip", who: "near", prepare: unwrap("ipip"),
		},
		{
			name: "TUN by GRE", vip: "192.0.2.104", options: "lvs_method TUN type gre", server: nearAddr,
			line: "-a -t 192.0.2.104:80 -r " + nearAddr + ":80 -i -w 1 --tun-type gre --tun-nocsum", who: "near", prepare: unwrap("gre"),
		},
		{
			name: "TUN by GRE with checksum", vip: "192.0.2.105", options: "lvs_method TUN type gre csum", server: strictAddr,
			line: "-a -t 192.0.2.105:80 -r " + strictAddr + ":80 -i -w 1 --tun-type gre --tun-csum", who: "near", prepare: unwrap("gre icsum"),
		},
		{
			name: "TUN by GUE", vip: "192.0.2.106", options: "lvs_method TUN type gue port 6080", server: nearAddr,
			line: "-a -t 192.0.2.106:80 -r " + nearAddr + ":80 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum",
			who:  "near", prepare: unwrap("gue"),
		},
		{
			name: "mark", vip: "192.0.2.107", service: "fwmark 7", options: "lvs_method NAT", server: webAddr(3) + " 80",
			line: "-a -f 7 -r " + webAddr(3) + ":80 -m -w 1", who: "web3", prepare: markPort,
		},
	}
}

// quiet puts an address on the server's lo, where nobody asks for it by ARP.
func quiet(p *plane, vip string) {
	bits := "/32"
	if strings.Contains(vip, ":") {
		bits = "/128"
	}
	p.near.Sysctl("net.ipv4.conf.all.arp_ignore", "1")
	p.near.Sysctl("net.ipv4.conf.all.arp_announce", "2")
	p.near.SetAddrs("lo", vip+bits)
}

// unwrap makes the server take packets out of a kind of tunnel. One by GRE takes either those
// with a checksum or those without.
func unwrap(kind string) func(p *plane, vip string) {
	return func(p *plane, vip string) {
		quiet(p, vip)
		h := p.near
		h.Sysctl("net.ipv4.conf.all.rp_filter", "0")
		h.Sysctl("net.ipv4.conf.default.rp_filter", "0")
		local := nearAddr
		switch kind {
		case "gue": // what is within is IP in IP
			h.Run("ip", "fou", "add", "port", "6080", "gue")
			return
		case "gre icsum":
			local = strictAddr
		}
		name := "tun" + strings.ReplaceAll(local, ".", "") + kind[:3]
		h.Run(append([]string{"ip", "link", "add", name, "type"}, append(strings.Fields(kind), "local", local, "remote", "any")...)...)
		h.LinkUp(name)
	}
}

// markPort marks what comes for an address. It is not on the director: the mark alone makes it
// a service.
func markPort(p *plane, vip string) {
	h := p.director
	h.Run("tc", "qdisc", "add", "dev", "eth0", "clsact")
	h.Run("tc", "filter", "add", "dev", "eth0", "ingress", "protocol", "ip", "u32",
		"match", "ip", "dst", vip+"/32", "action", "skbedit", "mark", "7")
}

func (w way) config() string {
	service := w.service
	if service == "" {
		service = w.vip + " 80"
	}
	server := w.server
	if w.service == "" {
		server += " 80"
	}
	return fmt.Sprintf("virtual_server %s {\n  protocol TCP\n  lvs_sched rr\n  %s\n  real_server %s {\n  }\n}\n", service, w.options, server)
}

// testMethods sends connections to servers in each way, with keepalived's own defaults for
// what is not said.
func testMethods(t *testing.T) {
	p := newPlane(t)
	var config strings.Builder
	for _, w := range ways() {
		config.WriteString(w.config())
		bits := "/24"
		if strings.Contains(w.vip, ":") {
			bits = "/64"
		}
		p.director.SetAddrs("eth0", w.vip+bits)
		if w.prepare != nil {
			w.prepare(p, w.vip)
		}
	}
	all := ways()
	p.start(config.String(), all[len(all)-1].line)
	for _, w := range all {
		t.Run(w.name, func(t *testing.T) {
			if got := strings.Join(table(p.director), "\n") + "\n"; !strings.Contains(got, w.line+"\n") {
				t.Errorf("no line %q in\n%s", w.line, got)
			}
			names, err := p.client.Ask(netip.Addr{}, netip.AddrPortFrom(netip.MustParseAddr(w.vip), wayPort), 20)
			if got := tally(names); err != nil || got[w.who] != 20 {
				t.Errorf("answers %v, %v, want 20 of %s", got, err, w.who)
			}
		})
	}
	p.kernelCounts(all)
}

// kernelCounts looks that the connections went through the table, and not past it.
func (p *plane) kernelCounts(all []way) {
	p.t.Helper()
	lab.Wait(p.t, patient, "connections in the kernel's counters", func() error {
		out := p.director.Run("ipvsadm", "-Ln", "--stats", "--exact")
		seen := 0
		for line := range strings.Lines(out) {
			if f := strings.Fields(line); len(f) > 2 && f[0] != "->" && f[2] == "20" {
				seen++
			}
		}
		if seen != len(all) {
			return fmt.Errorf("%d of %d services with 20 connections in\n%s", seen, len(all), out)
		}
		return nil
	})
}
