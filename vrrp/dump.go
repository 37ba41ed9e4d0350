// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"
	"strings"
	"time"

	"vipward/conf"
	"vipward/netif"
	"vipward/vrrp/packet"
)

// dump is the state as text, in the lines of keepalived 2.x's data file that tools read.
func (l *loop) dump() string {
	var b strings.Builder
	b.WriteString("------< VRRP Topology >------\n")
	for _, vi := range l.vis {
		l.dumpInstance(&b, vi)
	}
	l.tracking.dump(&b, l.cfg)
	for _, line := range l.hooks.pipes.Describe() {
		b.WriteString(" " + line + "\n")
	}
	l.dumpLoop(&b)
	return b.String()
}

func (l *loop) dumpInstance(b *strings.Builder, vi *instance) {
	c := vi.cfg
	line := func(format string, args ...any) { fmt.Fprintf(b, "   "+format+"\n", args...) }
	fmt.Fprintf(b, " VRRP Instance = %s\n", c.Name)
	line("VRRP Version = %d", c.Version)
	line("State = %s", vi.m.State())
	line("Wantstate = %s", c.WantState)
	line("Last transition = %s", stamp(vi.changed))
	line("Interface = %s", c.Interface)
	line("Using src_ip = %s", vi.source)
	dumpDestination(line, c)
	line("Gratuitous ARP delay = %d", int(c.GARP.MasterDelay.Seconds()))
	line("Gratuitous ARP repeat = %d", c.GARP.MasterRepeat)
	line("Gratuitous ARP refresh = %d", int(c.GARP.MasterRefresh.Seconds()))
	line("Down timer adverts = %d", c.DownTimerAdverts)
	line("Virtual Router ID = %d", c.VRID)
	line("Priority = %d", c.Priority)
	line("Effective priority = %d", vi.m.Priority())
	line("Advert interval = %s", advertInterval(c))
	line("Preempt = %s", enabled(!c.NoPreempt))
	if c.AuthType == conf.AuthPass {
		line("Authentication type = SIMPLE_PASSWORD")
		line("Password = %s", c.AuthPass)
	}
	l.dumpAddresses(b, "Virtual IP", vi, c.VIPs)
	l.dumpAddresses(b, "Virtual IP Excluded", vi, c.ExcludedVIPs)
	line("Adverts sent = %d, received = %d, late = %d", vi.wire.Counters.Sent, vi.wire.Counters.Received, vi.evidence.late)
	for v, n := range vi.wire.Counters.Found {
		if n > 0 && packet.Verdict(v) != packet.Accept {
			line("Packets with %s = %d", packet.Verdict(v), n)
		}
	}
}

// dumpLoop shows whether the process does its work in time.
func (l *loop) dumpLoop(b *strings.Builder) {
	b.WriteString("------< VRRP Loop >------\n")
	fmt.Fprintf(b, " Timers served = %d, more than %v late = %d\n", l.late.served, lateLimit, l.late.late)
	fmt.Fprintf(b, " Latest timer = %v late at %s\n", l.late.worst, stamp(l.late.when))
}

func dumpDestination(line func(string, ...any), c *conf.Instance) {
	if !c.Unicast() {
		line("Multicast address %s", c.Multicast)
		return
	}
	line("Unicast Peer :")
	for _, p := range c.Peers {
		line("  %s", p)
	}
}

func (l *loop) dumpAddresses(b *strings.Builder, title string, vi *instance, list []conf.Address) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(b, "   %s (%d):\n", title, len(list))
	for _, a := range list {
		dev := l.links.deviceOf(vi.cfg, a)
		set := ""
		if link, ok := l.picture.Link(dev); ok && l.picture.Has(netif.Addr{Index: link.Index, Prefix: a.Prefix, Peer: a.Peer}) {
			set = " set"
		}
		fmt.Fprintf(b, "     %s dev %s scope global%s\n", a.Prefix, dev, set)
	}
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
