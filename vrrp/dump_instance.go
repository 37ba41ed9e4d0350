// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"
	"strings"

	"vipward/conf"
	"vipward/vrrp/election"
	"vipward/vrrp/packet"
)

// printer writes the lines of one section of a dump.
type printer struct{ *strings.Builder }

func (p printer) line(format string, args ...any) { fmt.Fprintf(p, "   "+format+"\n", args...) }

// when writes a line if it applies.
func (p printer) when(is bool, format string, args ...any) {
	if is {
		p.line(format, args...)
	}
}

func (l *loop) dumpInstance(b *strings.Builder, vi *instance) {
	p, c := printer{b}, vi.cfg
	fmt.Fprintf(b, " VRRP Instance = %s\n", c.Name)
	p.line("VRRP Version = %d", c.Version)
	p.when(vi.group != nil, "Sync group = %s", groupName(vi))
	p.when(c.Family == conf.IPv6, "Using Native IPv6")
	l.dumpState(p, vi)
	l.dumpLink(p, vi)
	dumpGARP(p, c)
	dumpElection(p, vi)
	dumpAuth(p, c)
	l.dumpAddresses(p, fmt.Sprintf("Virtual IP (%d):", len(c.VIPs)), vi, c.VIPs)
	l.dumpAddresses(p, "Virtual IP Excluded :", vi, c.ExcludedVIPs)
	dumpPeers(p, c)
	dumpDescriptors(p, vi)
	l.dumpItems(p, vi)
	dumpTracked(p, c)
	l.dumpCounters(p, vi)
	dumpScripts(p, c)
	p.line("Using smtp notification = %s", yes(c.SMTPAlert))
	deleted := "Fault"
	if c.ReportDeleted {
		deleted = "Deleted"
	}
	p.line("Notify deleted = %s", deleted)
	p.line("Notify priority changes = %v", c.NotifyPriorityChanges)
}

func groupName(vi *instance) string {
	if vi.group == nil {
		return ""
	}
	return vi.group.cfg.Name
}

// dumpState shows where the election stands, and why.
func (l *loop) dumpState(p printer, vi *instance) {
	c := vi.cfg
	p.line("State = %s", vi.m.State())
	if c.Unicast() {
		p.line("Flags:\n     Using unicast")
	} else {
		p.line("Flags: none")
	}
	p.line("Wantstate = %s", vi.m.State())
	p.line("Number of config faults = %d", bit(vi.fault&election.FaultConfig != 0))
	p.line("Number of tracker faults = %d", bit(vi.fault&election.FaultScript != 0))
	switch {
	case vi.fault&election.FaultLink != 0:
		p.line("Flags of interface faults:\n     i/f down")
	case vi.fault&election.FaultSource != 0:
		p.line("Flags of interface faults:\n     no source address")
	default:
		p.line("Flags of interface faults - (none)")
	}
	p.line("Number of track scripts init = %d", bit(l.tracking.weigh(c).Undecided))
	p.line("Last transition = %s", stamp(vi.changed))
	if due := vi.m.Deadline(); due.IsZero() {
		p.line("Read timeout = DISABLED")
	} else {
		p.line("Read timeout = %s", stamp(due))
	}
	p.line("Master down timer = %d usecs", vi.m.MasterDown().Microseconds())
	if from, priority := vi.m.Heard(); from.IsValid() {
		p.line("Master router = %s", from)
		p.line("Master priority = %d", priority)
	}
}

func bit(is bool) int {
	if is {
		return 1
	}
	return 0
}

// dumpLink shows where adverts come from and go to.
func (l *loop) dumpLink(p printer, vi *instance) {
	c, dev := vi.cfg, l.links.device(vi.cfg)
	switch {
	case c.VMAC != nil:
		p.line("Use VMAC, i/f name %s, is_up = %v, xmit_base = %v", l.links.virtual(vi.key), l.links.up(l.links.virtual(vi.key)), c.VMACXmitBase)
		p.line("Interface = %s, vmac on %s", dev, c.Interface)
	case c.IPVLAN != nil:
		p.line("Interface = %s, ipvlan on %s", dev, c.Interface)
	case dev == "":
		p.line("Interface = (none)")
	default:
		p.line("Interface = %s", dev)
	}
	from := ""
	if c.Source.IsValid() {
		from = " (from configuration)"
	}
	if vi.source.IsValid() {
		p.line("Using src_ip = %s%s", vi.source, from)
	} else {
		p.line("Using src_ip = (none)")
	}
	switch {
	case c.Unicast():
	case c.Family == conf.IPv6:
		p.line("Multicast address %s, ifindex %d", c.Multicast, vi.link.Index)
	default:
		p.line("Multicast address %s", c.Multicast)
	}
}

func dumpGARP(p printer, c *conf.Instance) {
	g := c.GARP
	p.line("Gratuitous ARP delay = %d", int(g.MasterDelay.Seconds()))
	p.line("Gratuitous ARP repeat = %d", g.MasterRepeat)
	p.line("Gratuitous ARP refresh = %d", int(g.MasterRefresh.Seconds()))
	p.line("Gratuitous ARP refresh repeat = %d", g.MasterRefreshRepeat)
	p.line("Gratuitous ARP lower priority delay = %d", int(g.LowerPrioDelay.Seconds()))
	p.line("Gratuitous ARP lower priority repeat = %d", g.LowerPrioRepeat)
}

func dumpElection(p printer, vi *instance) {
	c := vi.cfg
	p.line("Down timer adverts = %d", c.DownTimerAdverts)
	p.line("Send advert after receive lower priority advert = %v", !c.LowerPrioNoAdvert)
	p.line("Send advert after receive higher priority advert = %v", c.HigherPrioSendAdvert)
	p.when(c.Owner(), "Address owner ignores received adverts = %v", c.OwnerIgnoreAdverts)
	p.line("Virtual Router ID = %d", c.VRID)
	p.line("Priority = %d", c.Priority)
	p.line("Effective priority = %d", vi.m.Priority())
	p.line("Total priority = %d", vi.m.Priority())
	p.line("Advert interval = %s", advertInterval(c))
	p.line("Last advert sent = %s", stamp(vi.evidence.sent))
	p.line("Accept = %s", enabled(c.Accept))
	p.line("Preempt = %s", enabled(!c.NoPreempt))
	p.when(c.PreemptDelay > 0, "Preempt delay = %g secs", c.PreemptDelay.Seconds())
	p.line("Promote_secondaries = %s", enabled(c.PromoteSecondaries))
	p.when(c.Version == 3 && c.Family == conf.IPv4, "VRRPv3 uses VRRPv2 checksum = %s", enabled(c.V3ChecksumAsV2))
}

func dumpAuth(p printer, c *conf.Instance) {
	switch {
	case c.Version != 2:
		p.when(c.HMAC != nil, "Authentication = auth_hmac")
	case c.AuthType == conf.AuthNone:
		p.line("Authentication type = none")
	default:
		kind := "SIMPLE_PASSWORD"
		if c.AuthType == conf.AuthAH {
			kind = "IPSEC_AH"
		}
		p.line("Authentication type = %s", kind)
		p.line("Password = %s", c.AuthPass)
	}
}

func unicastTTL(c *conf.Instance) int {
	if c.UnicastTTL == nil {
		return maxTTL
	}
	return int(*c.UnicastTTL)
}

func dumpPeers(p printer, c *conf.Instance) {
	if !c.Unicast() {
		return
	}
	p.when(c.Family == conf.IPv4 || c.UnicastTTL != nil, "Unicast TTL = %d", unicastTTL(c))
	p.line("Check unicast src : %s", yes(c.CheckUnicastSrc))
	p.line("Unicast Peer :")
	for i, peer := range c.Peers {
		ttl := conf.TTLRange{Max: maxTTL}
		if i < len(c.PeerTTLs) {
			ttl = c.PeerTTLs[i]
		}
		p.line("  %s min_ttl %d max_ttl %d", peer, ttl.Min, ttl.Max)
	}
	p.line("Unicast checksum compatibility = %s", map[conf.Checksum]string{
		conf.ChecksumAuto: "no", conf.ChecksumOld: "yes", conf.ChecksumNever: "never",
	}[c.OldUnicastChecksum])
}

func (l *loop) dumpAddresses(p printer, title string, vi *instance, list []conf.Address) {
	p.when(len(list) > 0, "%s", title)
	for _, text := range l.addressTexts(vi, list) {
		p.line("  %s", text)
	}
}

func dumpDescriptors(p printer, vi *instance) {
	if vi.sock != nil {
		in, out := vi.sock.descriptors()
		p.line("fd_in %d, fd_out %d", in, out)
	}
}

// dumpTracked lists what the instance itself tracks.
func dumpTracked(p printer, c *conf.Instance) {
	p.when(len(c.Tracking.Interfaces) > 0, "Tracked interfaces :")
	for _, t := range c.Tracking.Interfaces {
		p.line("  %s weight %s", t.Interface, weightText(t.Weight, t.Reverse))
	}
	p.when(len(c.TrackScripts) > 0, "Tracked scripts :")
	for _, t := range c.TrackScripts {
		p.line("  %s weight %s", t.Script.Name, weightText(t.Weight, t.Reverse))
	}
	p.when(len(c.Tracking.Files) > 0, "Tracked files :")
	for _, t := range c.Tracking.Files {
		p.line("  %s, weight %s", t.File.Name, weightText(t.Weight, t.Reverse))
	}
	p.when(len(c.Tracking.Processes) > 0, "Tracked processes :")
	for _, t := range c.Tracking.Processes {
		p.line("  %s, weight %s", t.Process.Name, weightText(t.Weight, t.Reverse))
	}
}

func dumpScripts(p printer, c *conf.Instance) {
	for _, s := range []struct {
		what string
		cmd  *conf.Command
	}{
		{"Backup state transition", c.NotifyBackup},
		{"Master state transition", c.NotifyMaster},
		{"Fault state transition", c.NotifyFault},
		{"Stop state transition", c.NotifyStop},
		{"Deleted state transition", c.NotifyDeleted},
		{"Generic state transition", c.Notify},
		{"Master rx lower pri", c.NotifyRxLowerPrio},
	} {
		p.when(s.cmd != nil, "%s script = %s", s.what, scriptWords(s.cmd))
	}
}

// dumpItems shows routes and rules.
func (l *loop) dumpItems(p printer, vi *instance) {
	h := l.holds(vi)
	p.when(len(h.Routes) > 0, "Virtual Routes :")
	for _, r := range l.routeTexts(h.Routes) {
		p.line("  %s", r)
	}
	p.when(len(h.Rules) > 0, "Virtual Rules :")
	for _, r := range ruleTexts(h.Rules) {
		p.line("  %s", r)
	}
}

func (l *loop) dumpCounters(p printer, vi *instance) {
	count := vi.wire.Counters
	p.line("Adverts sent = %d, received = %d, late = %d", count.Sent, count.Received, vi.evidence.late)
	for v, n := range count.Found {
		if n > 0 && packet.Verdict(v) != packet.Accept {
			p.line("Packets with %s = %d", packet.Verdict(v), n)
		}
	}
}

func yes(on bool) string {
	if on {
		return "yes"
	}
	return "no"
}
