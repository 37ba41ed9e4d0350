// SPDX-License-Identifier: Apache-2.0

package ipvs

import "net/netip"

// Plan gives the operations that turn the table have into the table want. They point into both.
// Every service of have that want lacks is deleted, so the caller passes only
// the services that are its own.
//
// Services that go are deleted first: their addresses may belong to others by
// now; the kernel deletes their destinations with them. Within a service that stays, destinations are added and edited before
// others are deleted, so that it never stands without one in between.
//
// The time it takes grows with the tables, the result only with what differs.
func Plan(have, want Table) []Op {
	was, gone := match(have, want, func(e *Entry) Key { return e.Service.Key })
	ops := make([]Op, 0, atLeast(have, want))
	for _, e := range gone {
		ops = append(ops, Op{Verb: DelService, Service: &e.Service}) // its destinations go with it
	}
	for i := range want {
		ops = reach(ops, was(i), &want[i])
	}
	return ops
}

// atLeast is how many operations a plan has at least: at the start of a daemon there are many,
// and a slice that grows takes several times the memory.
func atLeast(have, want Table) int {
	if len(have) > 0 {
		return 0
	}
	n := len(want)
	for i := range want {
		n += len(want[i].Dests)
	}
	return n
}

// reach makes the service have, which is nil when there is none, equal to want.
func reach(ops []Op, have, want *Entry) []Op {
	if have == nil {
		ops = append(ops, Op{Verb: AddService, Service: &want.Service})
		have = &Entry{Service: want.Service}
	}
	if have.Service != want.Service {
		ops = append(ops, Op{Verb: EditService, Service: &want.Service})
	}
	was, gone := match(have.Dests, want.Dests, (*Dest).server)
	for i := range want.Dests {
		d := &want.Dests[i]
		switch old := was(i); {
		case old == nil:
			ops = append(ops, Op{Verb: AddDest, Service: &want.Service, Dest: d})
		case *old != *d:
			ops = append(ops, Op{Verb: EditDest, Service: &want.Service, Dest: d})
		}
	}
	for _, d := range gone {
		ops = append(ops, Op{Verb: DelDest, Service: &want.Service, Dest: d})
	}
	return ops
}

func (d *Dest) server() netip.AddrPort { return d.Server() }

// match compares two lists by the names of what is in them: was gives for a place in want what
// have has of that name, nil for nothing, and gone is what want lacks. Mostly they begin and end
// alike, and memory is used only for what lies between.
func match[T any, K comparable](have, want []T, name func(*T) K) (was func(i int) *T, gone []*T) {
	most, shift := min(len(have), len(want)), len(have)-len(want)
	head := 0
	for head < most && name(&have[head]) == name(&want[head]) {
		head++
	}
	end := len(want)
	for end > head && end+shift > head && name(&have[end+shift-1]) == name(&want[end-1]) {
		end--
	}
	old := have[head : end+shift]
	var there map[K]*T
	if len(old) > 0 {
		there = names(old, name)
		wanted := names(want[head:end], name)
		for i := range old {
			if wanted[name(&old[i])] == nil {
				gone = append(gone, &old[i])
			}
		}
	}
	was = func(i int) *T {
		switch {
		case i < head:
			return &have[i]
		case i >= end:
			return &have[i+shift]
		}
		return there[name(&want[i])]
	}
	return was, gone
}

// names finds the items of a list by their names.
func names[T any, K comparable](list []T, name func(*T) K) map[K]*T {
	by := make(map[K]*T, len(list))
	for i := range list {
		by[name(&list[i])] = &list[i]
	}
	return by
}
