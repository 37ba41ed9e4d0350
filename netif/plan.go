// SPDX-License-Identifier: Apache-2.0

package netif

import "net/netip"

// Plan says what leads from have to want: deletes of rules, routes and addresses, then adds of
// addresses, routes and rules, each in the order of its list. So no rule leads to a table
// without its routes, and no route lacks its source address. What changes is deleted and added.
//
// A kept IPv4 address is added again when an address of its subnet goes: unless
// promote_secondaries is set, the kernel takes the secondaries of a deleted primary with
// it. With an IPv4 address may go the routes that need it, so that the kept ones are added
// again as well. Where nothing went with it, adding what is there changes nothing.
func Plan(have, want Holdings) []Op {
	addrs := compare(have.Addrs, want.Addrs, Addr.Key, Addr.same)
	routes := compare(have.Routes, want.Routes, Route.Key, nil)
	rules := compare(have.Rules, want.Rules, Rule.Key, nil)
	shaken := make(map[subnet]bool)

	var ops []Op
	for _, r := range rules.gone {
		ops = append(ops, Op{Rule: r})
	}
	for _, r := range routes.gone {
		ops = append(ops, Op{Route: r})
	}
	for _, a := range addrs.gone {
		ops = append(ops, Op{Addr: a})
		if a.Prefix.Addr().Is4() {
			shaken[a.subnet()] = true
		}
	}
	for i := range want.Addrs {
		if a := &want.Addrs[i]; addrs.fresh[i] || shaken[a.subnet()] {
			ops = append(ops, Op{Add: true, Addr: a})
		}
	}
	for i := range want.Routes {
		if r := &want.Routes[i]; routes.fresh[i] || len(shaken) > 0 && is4(r.Dst) {
			ops = append(ops, Op{Add: true, Route: r})
		}
	}
	for i := range want.Rules {
		if rules.fresh[i] {
			ops = append(ops, Op{Add: true, Rule: &want.Rules[i]})
		}
	}
	return ops
}

func is4(p netip.Prefix) bool { return p.Addr().Is4() }

// change is what leads from one list to another.
type change[T any] struct {
	gone  []*T   // to be deleted
	fresh []bool // for each of the second list: it must be added
}

// compare finds the change. Items of one key that are not the same are deleted and added;
// without same, one key is one item. An item that a list has twice counts once.
func compare[T any](have, want []T, key func(T) Key, same func(a, b T) bool) change[T] {
	c := change[T]{fresh: make([]bool, len(want))}
	wanted := make(map[Key]int, len(want))
	for i := range want {
		k := key(want[i])
		if _, twice := wanted[k]; !twice {
			wanted[k], c.fresh[i] = i, true
		}
	}
	dropped := make(map[Key]bool)
	for i := range have {
		k := key(have[i])
		w, kept := wanted[k]
		switch {
		case kept && (same == nil || same(have[i], want[w])):
			c.fresh[w] = false
		case !dropped[k]:
			dropped[k] = true
			c.gone = append(c.gone, &have[i])
		}
	}
	return c
}
