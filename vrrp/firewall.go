// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"cmp"

	"vipward/conf"
	"vipward/netif/nft"
)

// firewall keeps the tables of no_accept and VMACs; *nft.Firewall is the real one.
type firewall interface{ Set(nft.Rules) error }

// drops says whether a master of the configuration does not accept packets to its addresses.
// Their owner always does.
func drops(c *conf.Instance) bool { return !c.Accept && c.Priority < ownerPriority }

const ownerPriority = 255

// dropped lists the addresses of a master to which no packet is accepted.
func (l *loop) dropped(vi *instance) []nft.VIP {
	if !drops(vi.cfg) {
		return nil
	}
	var list []nft.VIP
	for _, a := range vi.virtual() {
		dev := l.links.deviceOf(vi.cfg, a)
		if link, ok := l.picture.Link(dev); ok {
			list = append(list, nft.VIP{Addr: a.Prefix.Addr(), Index: link.Index, Name: dev})
		}
	}
	return list
}

// tables is what the firewall does besides: its settings and the VMACs.
func (l *loop) tables() nft.Rules {
	f := &l.cfg.Global.Firewall
	r := nft.Rules{Options: nft.Options{
		Table: cmp.Or(f.NFTables, nft.DefaultTable), Priority: int32(f.NFTablesPriority),
		Counters: f.NFTablesCounters, IfIndex: f.NFTablesIfIndex,
	}}
	for _, vi := range l.vis {
		if m, ok := l.vmacOf(vi.cfg); ok {
			r.VMACs = append(r.VMACs, m)
		}
	}
	return r
}

// vmacOf is the VMAC that an instance runs on. As with keepalived, one that only carries
// addresses needs no rules.
func (l *loop) vmacOf(c *conf.Instance) (nft.VMAC, bool) {
	link, ok := l.picture.ByIndex(l.links.made[l.links.keys[c]])
	if c.VMAC == nil || !ok {
		return nft.VMAC{}, false
	}
	m := nft.VMAC{
		Index: link.Index, Name: link.Name, ParentName: c.Interface,
		IPv4: c.Family != conf.IPv6, IPv6: c.Family == conf.IPv6,
	}
	if parent, ok := l.picture.Link(c.Interface); ok {
		m.Parent = parent.Index
		if m.IPv6 {
			m.ParentLinkLocal = l.picture.Source(parent.Index, true, l.isNobodys)
		}
	}
	return m, true
}

// guard lets the keeper see to the tables; the caller commits.
func (l *loop) guard() { l.keeper.guard(l.tables()) }
