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
// neither one that an earlier run left nor one that the caller calls virtual. The zero
// address means that there is none.
func (p *Picture) Source(index int, six bool, virtual func(netip.Addr) bool) netip.Addr {
	kinds := []int{primaries, secondaries}
	if six {
		kinds = []int{sixes}
	}
	for _, kind := range kinds {
		for a := range p.addrs[index].walk(kind) {
			if ip := a.Prefix.Addr(); usable(a, six) && !a.Ours && !virtual(ip) {
				return ip
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

// Local says whether any link has the address, whatever its prefix length.
func (p *Picture) Local(ip netip.Addr) bool { return p.local[ip] > 0 }
