// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"net/netip"
	"slices"
)

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
	for _, a := range p.addrs[index] {
		if ip := a.Prefix.Addr(); usable(a, six) && !a.Ours && !virtual(ip) {
			return ip
		}
	}
	return netip.Addr{}
}

// usable says whether adverts of the family may come from the address.
func usable(a AddrChange, six bool) bool {
	ip := a.Prefix.Addr()
	if six {
		return ip.Is6() && ip.IsLinkLocalUnicast()
	}
	return ip.Is4() && a.Scope < scopeHost
}

// Has says whether the link has the address with that prefix length.
func (p *Picture) Has(index int, prefix netip.Prefix) bool {
	return p.find(index, prefix) >= 0
}

// Local says whether any link has the address, whatever its prefix length.
func (p *Picture) Local(ip netip.Addr) bool {
	for _, list := range p.addrs {
		for _, a := range list {
			if a.Prefix.Addr() == ip {
				return true
			}
		}
	}
	return false
}

func (p *Picture) find(index int, prefix netip.Prefix) int {
	return slices.IndexFunc(p.addrs[index], func(a AddrChange) bool { return a.Prefix == prefix })
}
