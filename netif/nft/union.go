// SPDX-License-Identifier: Apache-2.0

package nft

import "slices"

// Union gives rules that do what r does and what o does, with the options of o. They are
// for the time of a change, so that no address is there without the rule that guards it.
func (r Rules) Union(o Rules) Rules {
	if r.Options != o.Options {
		return o
	}
	return Rules{
		Options: o.Options,
		Filter4: r.Filter4 || o.Filter4, Filter6: r.Filter6 || o.Filter6,
		VMACs: join(r.VMACs, o.VMACs, func(a, b VMAC) bool { return a.Index == b.Index }),
		Drop:  join(r.Drop, o.Drop, func(a, b VIP) bool { return a.Addr == b.Addr && a.Index == b.Index }),
	}
}

// join gives both lists; of two that are the same the newer.
func join[T any](old, now []T, same func(a, b T) bool) []T {
	out := slices.DeleteFunc(slices.Clone(old), func(a T) bool {
		return slices.ContainsFunc(now, func(b T) bool { return same(a, b) })
	})
	return append(out, now...)
}

// Equal says whether both do the same.
func (r Rules) Equal(o Rules) bool {
	return r.Options == o.Options && r.Filter4 == o.Filter4 && r.Filter6 == o.Filter6 &&
		slices.Equal(r.VMACs, o.VMACs) && slices.Equal(r.Drop, o.Drop)
}
