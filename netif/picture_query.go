// SPDX-License-Identifier: Apache-2.0

package netif

import "net/netip"

// Source is the first IPv4 address of the link that the caller does not call virtual: the
// one that a VRRP instance sends from. The zero address means that there is none.
func (p *Picture) Source(index int, virtual func(netip.Addr) bool) netip.Addr {
	for _, a := range p.addrs[index] {
		if ip := a.Prefix.Addr(); ip.Is4() && !a.Ours && a.Scope < scopeHost && !virtual(ip) {
			return ip
		}
	}
	return netip.Addr{}
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
