// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"slices"
	"time"

	"vipward/conf"
	"vipward/netif"
	"vipward/netif/nft"
	"vipward/vrrp/election"
)

// firewallTables are the tables in the kernel; nftTables is the real one.
type firewallTables interface {
	Set(r nft.Rules) error
	Forget() // another program changed them
	Watch(table string) (tableWatch, error)
}

// firewall decides what the firewall is to do, always from the whole state, and leaves it to
// the keeper of the addresses: an address that is to be guarded must not be there before its
// rule, nor after it.
type firewall struct {
	l       *loop
	on      bool // the configuration needs tables, or asks for them
	stopped bool
	sweep   bool      // what an earlier daemon left has not been looked for
	stale   bool      // something that matters may have changed
	filters [2]bool   // the parts that drop, for IPv4 and IPv6: once there, they stay
	last    nft.Rules // what the keeper was told

	watch    func(table string) // is called once, when the first tables are wished for
	lost     bool               // another program deleted something
	restored time.Time
	alarm    *alarm
}

func newFirewall(l *loop) *firewall {
	f := &firewall{l: l, watch: func(string) {}}
	f.alarm = newAlarm(f)
	return f
}

// guarded says whether what is sent to the addresses of an instance is not accepted.
func guarded(c *conf.Instance) bool { return !c.Accept && !c.Owner() }

// configure takes over a configuration.
func (f *firewall) configure(cfg *conf.Config) {
	needed := slices.ContainsFunc(cfg.Instances, func(c *conf.Instance) bool { return c.VMAC != nil || guarded(c) })
	g := &cfg.Global.Firewall
	chosen := g.NFTables != "" || g.IPTables != nil || g.IPSets != nil
	if needed && !chosen && !f.on {
		f.l.line(noFirewallLine())
	}
	if g.IPTables != nil || g.IPSets != nil {
		f.l.line(noIPTablesLine(g.IPTablesPos.Line))
	}
	f.on = needed || g.NFTables != "" && len(cfg.Instances) > 0
	if !slices.ContainsFunc(cfg.Instances, guarded) {
		f.filters = [2]bool{}
	}
	f.stale = true
}

// stop takes all rules away.
func (f *firewall) stop() {
	f.stopped = true
	f.refresh()
}

// refresh is flush after something that matters changed.
func (f *firewall) refresh() bool {
	f.stale = true
	return f.flush()
}

// flush tells the keeper what has changed, and says whether something has.
func (f *firewall) flush() bool {
	if f.sweep && f.stale && !f.early() {
		f.sweep = false
		if !f.on { // else the first rules take the place of what is there
			f.l.keeper.guard(nft.Rules{})
			return true
		}
	}
	if !f.stale || f.last.Table == "" && (!f.on || f.early()) {
		return false
	}
	f.stale = false
	r := f.rules()
	if f.last.Equal(r) {
		return false
	}
	if f.last.Table == "" {
		f.watch(r.Table)
		f.l.unsaved = true
	}
	f.last = r
	f.l.keeper.guard(r)
	return true
}

// early says whether an instance has not begun yet: the first rules replace what an earlier
// process had, and so wait until it is known what that was for.
func (f *firewall) early() bool {
	return slices.ContainsFunc(f.l.vis, func(vi *instance) bool { return vi.waiting })
}

func (f *firewall) rules() nft.Rules {
	r := nft.Rules{Options: firewallOptions(&f.l.cfg.Global.Firewall)}
	if !f.on || f.stopped {
		return r
	}
	r.VMACs = f.vmacs()
	for _, vi := range f.l.vis {
		if vi.m.State() == election.Master && guarded(vi.cfg) {
			r.Drop = append(r.Drop, f.drop(vi)...)
		}
	}
	r.Filter4, r.Filter6 = f.filters[0], f.filters[1]
	return r
}

func firewallOptions(c *conf.Firewall) nft.Options {
	o := nft.Options{Table: c.NFTables, Priority: int32(c.NFTablesPriority), Counters: c.NFTablesCounters, IfIndex: c.NFTablesIfIndex}
	if o.Table == "" {
		o.Table = nft.DefaultTable
	}
	return o
}

// drop lists the addresses of an instance. With the first of a family its part appears.
func (f *firewall) drop(vi *instance) []nft.VIP {
	var list []nft.VIP
	for _, a := range vi.virtual() {
		link, ok := f.l.picture.Link(f.l.links.deviceOf(vi.cfg, a))
		if !ok {
			continue // neither the address nor packets to it are there
		}
		ip := a.Prefix.Addr()
		if ip.Is4() {
			f.filters[0] = true
		} else {
			f.filters[1] = true
		}
		list = append(list, nft.VIP{Addr: ip, Index: link.Index, Name: link.Name})
	}
	return list
}

// vmacs lists the VMACs that are there.
func (f *firewall) vmacs() []nft.VMAC {
	var list []nft.VMAC
	for _, v := range f.l.links.wish.Links {
		link, ok := f.l.picture.ByIndex(f.l.links.made[v.Key])
		parent, known := f.l.picture.ByIndex(link.Parent)
		if v.Kind != netif.KindMACVLAN || !ok || !known {
			continue
		}
		m := nft.VMAC{
			Index: link.Index, Name: link.Name, Parent: parent.Index, ParentName: parent.Name,
			IPv4: !v.IPv6, IPv6: v.IPv6 || v.IPv6Addrs,
		}
		if m.IPv6 {
			m.ParentLinkLocal = f.l.picture.Source(parent.Index, true, f.l.isNobodys)
		}
		list = append(list, m)
	}
	return list
}
