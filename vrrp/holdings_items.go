// SPDX-License-Identifier: Apache-2.0

package vrrp

import "vipward/netif"

// join lists the items of all, which are not changed.
func join(all ...netif.Holdings) netif.Holdings {
	var h netif.Holdings
	for _, more := range all {
		add(&h, more)
	}
	return h
}

// add appends the items of more.
func add(h *netif.Holdings, more netif.Holdings) {
	h.Addrs = append(h.Addrs, more.Addrs...)
	h.Routes = append(h.Routes, more.Routes...)
	h.Rules = append(h.Rules, more.Rules...)
}

// keysOf is the set of all items.
func keysOf(h netif.Holdings) map[netif.Key]bool {
	set := make(map[netif.Key]bool, len(h.Addrs)+len(h.Routes)+len(h.Rules))
	for _, a := range h.Addrs {
		set[a.Key()] = true
	}
	for _, r := range h.Routes {
		set[r.Key()] = true
	}
	for _, r := range h.Rules {
		set[r.Key()] = true
	}
	return set
}

// noTrack says whether an item is not to be put back.
func noTrack(op netif.Op) bool {
	switch {
	case op.Route != nil:
		return op.Route.NoTrack
	case op.Rule != nil:
		return op.Rule.NoTrack
	}
	return op.Addr.NoTrack
}

// uses says whether an item may need the link: an address on it, and a route through it or
// through a link that the kernel chose.
func uses(op netif.Op, index int) bool {
	switch {
	case op.Rule != nil:
		return false
	case op.Addr != nil:
		return op.Addr.Index == index
	}
	for _, h := range op.Route.Hops {
		if h.Index == index || h.Index == 0 {
			return true
		}
	}
	return false
}
