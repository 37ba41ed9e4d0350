// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"vipward/conf"
)

// dump is the state as text, in the lines of keepalived 2.x's data file that tools read.
func (l *loop) dump() string {
	var b strings.Builder
	b.WriteString("------< VRRP Topology >------\n")
	for _, vi := range l.vis {
		l.dumpInstance(&b, vi)
	}
	l.dumpSockets(&b)
	l.dumpGroups(&b)
	l.tracking.dump(&b, l.cfg)
	for _, line := range l.hooks.pipes.Describe() {
		b.WriteString(" " + line + "\n")
	}
	l.dumpLoop(&b)
	return b.String()
}

// dumpSockets shows who shares which sockets, and whether those hear.
func (l *loop) dumpSockets(b *strings.Builder) {
	b.WriteString("------< VRRP Sockpool >------\n")
	var all []*socket
	for _, s := range l.socks {
		all = append(all, s)
	}
	slices.SortFunc(all, func(x, y *socket) int { return x.descriptor() - y.descriptor() })
	for _, s := range all {
		dumpSocket(b, s)
	}
}

func dumpSocket(b *strings.Builder, s *socket) {
	p, key := printer{b}, s.key
	in, out := s.descriptors()
	fmt.Fprintf(b, " fd_in %d fd_out = %d\n", in, out)
	p.line("Interface = %s", s.name)
	family, protocol := "IPv4", "VRRP"
	if key.ipv6() {
		family = "IPv6"
	}
	if key.ah {
		protocol = "AH"
	}
	p.line("Family = %s", family)
	p.line("Protocol = %s", protocol)
	if key.multicast() {
		p.line("Type = Multicast")
	} else {
		p.line("Type = Unicast")
		p.line("Address = %s", key.addr)
	}
	if s.probing != nil {
		p.line("Test packets sent = %d, received = %d", s.probing.sent, s.probing.heard)
	}
	p.line("VRRP instances")
	for vrid, list := range s.byVRID {
		for _, vi := range list {
			p.line("  %s vrid %d", vi.cfg.Name, vrid)
		}
	}
}

func (l *loop) dumpGroups(b *strings.Builder) {
	if len(l.groups) == 0 {
		return
	}
	b.WriteString("------< VRRP Sync groups >------\n")
	p := printer{b}
	for _, g := range l.groups {
		fmt.Fprintf(b, " VRRP Sync Group = %s, %s\n", g.cfg.Name, g.g.State())
		p.line("VRRP member instances :")
		for _, vi := range g.members {
			p.line("  %s", vi.cfg.Name)
		}
		p.line("Using smtp notification = %s", yes(g.cfg.SMTPAlert))
	}
}

// dumpLoop shows whether the process does its work in time.
func (l *loop) dumpLoop(b *strings.Builder) {
	b.WriteString("------< VRRP Loop >------\n")
	fmt.Fprintf(b, " Timers served = %d, more than %v late = %d\n", l.late.served, lateLimit, l.late.late)
	fmt.Fprintf(b, " Latest timer = %v late at %s\n", l.late.worst, stamp(l.late.when))
}

func advertInterval(c *conf.Instance) string {
	if c.Version == 2 {
		return fmt.Sprintf("%d sec", int(c.AdvertInt.Seconds()))
	}
	return fmt.Sprintf("%d milli-sec", c.AdvertInt.Milliseconds())
}

func enabled(on bool) string {
	if on {
		return "enabled"
	}
	return "disabled"
}

// stamp prints a time as keepalived does: seconds since 1970, and the local time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return "0.000000 (never)"
	}
	return fmt.Sprintf("%d.%06d (%s)", t.Unix(), t.Nanosecond()/1000, t.Format("Mon Jan _2 15:04:05.000000 2006"))
}
