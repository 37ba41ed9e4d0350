// SPDX-License-Identifier: Apache-2.0

package netif

// Plan says what leads from have to want: all deletes, then all adds, each in the order of
// its list. An address whose label, scope or broadcast changes is deleted and added.
//
// A kept address is added again when an address of its subnet goes: unless
// promote_secondaries is set, the kernel takes the secondaries of a deleted primary with
// it. Where it did not, adding what is there changes nothing.
func Plan(have, want []Addr) []Op {
	wanted := byKey(want)
	had := byKey(have)
	var ops []Op
	shaken := make(map[key]bool)
	for _, a := range have {
		if w, ok := wanted[a.key()]; ok && w == a {
			continue
		}
		ops = append(ops, Op{Addr: a})
		if a.Prefix.Addr().Is4() {
			shaken[a.subnet()] = true
		}
	}
	for _, a := range want {
		if h, ok := had[a.key()]; ok && h == a && !shaken[a.subnet()] {
			continue
		}
		ops = append(ops, Op{Add: true, Addr: a})
	}
	return ops
}

func byKey(addrs []Addr) map[key]Addr {
	m := make(map[key]Addr, len(addrs))
	for _, a := range addrs {
		m[a.key()] = a
	}
	return m
}
