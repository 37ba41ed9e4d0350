// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"net/netip"
	"slices"
)

// Plan gives the operations that turn the table have into the table want.
// Every service of have that want lacks is deleted, so the caller passes only
// the services that are its own.
//
// Services that go are deleted first: their addresses may belong to others by
// now; the kernel deletes their destinations with them. Within a service that stays, destinations are added and edited before
// others are deleted, so that it never stands without one in between.
//
// The time it takes grows with the tables, the result only with what differs.
func Plan(have, want Table) []Op {
	wanted := make(map[Key]bool, len(want))
	for i := range want {
		wanted[want[i].Service.Key] = true
	}
	ops := make([]Op, 0, atLeast(have, want))
	there := make(map[Key]*Entry, len(have))
	for i := range have {
		e := &have[i]
		there[e.Service.Key] = e
		if !wanted[e.Service.Key] {
			ops = append(ops, Op{Verb: DelService, Service: e.Service}) // its destinations go with it
		}
	}
	for i := range want {
		ops = reach(ops, there[want[i].Service.Key], &want[i])
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
		ops = append(ops, Op{Verb: AddService, Service: want.Service})
		have = &Entry{Service: want.Service}
	}
	if have.Service != want.Service {
		ops = append(ops, Op{Verb: EditService, Service: want.Service})
	}
	if slices.Equal(have.Dests, want.Dests) {
		return ops
	}
	return reachDests(ops, have, want)
}

func reachDests(ops []Op, have, want *Entry) []Op {
	there := make(map[netip.AddrPort]Dest, len(have.Dests))
	for _, d := range have.Dests {
		there[d.Server()] = d
	}
	wanted := make(map[netip.AddrPort]bool, len(want.Dests))
	for _, d := range want.Dests {
		wanted[d.Server()] = true
		switch old, ok := there[d.Server()]; {
		case !ok:
			ops = append(ops, Op{Verb: AddDest, Service: want.Service, Dest: d})
		case old != d:
			ops = append(ops, Op{Verb: EditDest, Service: want.Service, Dest: d})
		}
	}
	for _, d := range have.Dests {
		if !wanted[d.Server()] {
			ops = append(ops, Op{Verb: DelDest, Service: want.Service, Dest: d})
		}
	}
	return ops
}
