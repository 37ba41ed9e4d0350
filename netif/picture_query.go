// SPDX-License-Identifier: Apache-2.0

package netif

import "net/netip"

// scopeHost is rtnetlink's scope of addresses that never leave the host.
const scopeHost = 254

// Link is the link of that name.
func (p *Picture) Link(name string) (Link, bool) {
	i, ok := p.names[name]
	if !ok {
		return Link{}, false
	}
	return p.ByIndex(i)
}

// ByIndex is the link with that index.
func (p *Picture) ByIndex(index int) (Link, bool) {
	l, ok := p.links[index]
	return l, ok
}

// Source is the address that a VRRP instance on the link sends from: as keepalived, the first
// IPv4 address of the link, or with six its first link-local one (RFC 9568 section 5.2.1), but
// none that the caller excludes. The zero address means that there is none.
func (p *Picture) Source(index int, six bool, excluded func(AddrChange) bool) netip.Addr {
	kinds := []int{primaries, secondaries}
	if six {
		kinds = []int{sixes}
	}
	for _, kind := range kinds {
		for a := range p.addrs[index].walk(kind) {
			if usable(a, six) && !excluded(a) {
				return a.Prefix.Addr()
			}
		}
	}
	return netip.Addr{}
}

// usable says whether adverts of the family may come from the address.
func usable(a AddrChange, six bool) bool {
	if six {
		return a.Prefix.Addr().IsLinkLocalUnicast() && !a.DADFailed
	}
	return a.Scope < scopeHost
}

// Has says whether the address is there, with its prefix length and peer.
func (p *Picture) Has(a Addr) bool {
	b := p.addrs[a.Index]
	return b != nil && b.at[bookKey{a.Prefix, a.Peer}] != nil
}

// Marked says whether the address is there and carries Protocol.
func (p *Picture) Marked(a Addr) bool {
	b := p.addrs[a.Index]
	if b == nil {
		return false
	}
	e := b.at[bookKey{a.Prefix, a.Peer}]
	return e != nil && e.Value.(AddrChange).Ours
}

// Local says whether any link has the address, whatever its prefix length.
func (p *Picture) Local(ip netip.Addr) bool { return p.local[ip] > 0 }
