// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"net/netip"
	"slices"
	"time"
)

// checkAddrs finds configurations that differ. That is worth a remark only: as keepalived
// 2.4, the routers go on together, or an addition of one address would make two masters.
func (w *Wire) checkAddrs(p Packet, _ time.Time) Findings {
	switch {
	case w.config.SkipAddrs && p.Src == w.follows:
		return 0
	case p.count() != len(w.config.Addrs):
		return of(AcceptCount)
	case w.sameOrder(p) || !w.missing(p).IsValid():
		return 0
	}
	return of(AcceptAddrs)
}

func (w *Wire) sameOrder(p Packet) bool {
	for i, a := range w.config.Addrs {
		if p.addr(i) != a {
			return false
		}
	}
	return true
}

// missing returns the first of our addresses that the packet does not name.
func (w *Wire) missing(p Packet) netip.Addr {
	i := slices.IndexFunc(w.config.Addrs, func(a netip.Addr) bool { return !p.names(a) })
	if i < 0 {
		return netip.Addr{}
	}
	return w.config.Addrs[i]
}

func (p Packet) names(a netip.Addr) bool {
	for i := range p.count() {
		if p.addr(i) == a {
			return true
		}
	}
	return false
}
