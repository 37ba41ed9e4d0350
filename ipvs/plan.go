// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"net/netip"

	"vipward/internal/pairs"
)

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
	was, gone := pairs.Match(have, (*Entry).key, want, (*Entry).key)
	ops := make([]Op, 0, atLeast(have, want))
	for _, i := range gone {
		ops = append(ops, Op{Verb: DelService, Service: &have[i].Service}) // its destinations go with it
	}
	for i := range want {
		var old *Entry
		if at := was(i); at >= 0 {
			old = &have[at]
		}
		ops = reach(ops, old, &want[i])
	}
	return ops
}

func (e *Entry) key() Key { return e.Service.Key }

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
	was, gone := pairs.Match(have.Dests, (*Dest).server, want.Dests, (*Dest).server)
	for i := range want.Dests {
		d := &want.Dests[i]
		switch at := was(i); {
		case at < 0:
			ops = append(ops, Op{Verb: AddDest, Service: &want.Service, Dest: d})
		case have.Dests[at] != *d:
			ops = append(ops, Op{Verb: EditDest, Service: &want.Service, Dest: d})
		}
	}
	for _, i := range gone {
		ops = append(ops, Op{Verb: DelDest, Service: &want.Service, Dest: &have.Dests[i]})
	}
	return ops
}

func (d *Dest) server() netip.AddrPort { return d.Server() }
