// SPDX-License-Identifier: Apache-2.0

// Package ipvsfake is the kernel's virtual server table for tests, without a
// kernel. It is stricter than the real one: adding what is there and deleting
// or editing what is not there are errors, so a plan that is not exact fails.
package ipvsfake

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"syscall"

	"vipward/ipvs"
)

// Kernel implements [ipvs.Kernel] in memory. Its methods may be called by
// several goroutines, so that a test can look while a child works.
type Kernel struct {
	mu     sync.Mutex // guards all below
	table  ipvs.Table
	ops    []ipvs.Op
	broken error
	closed bool

	timeouts ipvs.Timeouts
	daemons  []ipvs.Daemon
	did      []string // settings that were changed
}

// New makes a table that holds a copy of t.
func New(t ipvs.Table) *Kernel { return &Kernel{table: clone(t)} }

func clone(t ipvs.Table) ipvs.Table {
	c := slices.Clone(t)
	for i := range c {
		c[i].Dests = slices.Clone(c[i].Dests)
	}
	return c
}

// Table gives a copy of the table.
func (k *Kernel) Table() (ipvs.Table, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return clone(k.table), k.broken
}

// Services gives the services of the table.
func (k *Kernel) Services() ([]ipvs.Service, error) {
	t, err := k.Table()
	var services []ipvs.Service
	for _, e := range t {
		services = append(services, e.Service)
	}
	return services, err
}

// Dests gives the destinations of a service.
func (k *Kernel) Dests(key ipvs.Key, room []ipvs.Dest) ([]ipvs.Dest, error) {
	t, err := k.Table()
	for _, e := range t {
		if e.Service.Key == key {
			return append(room[:0], e.Dests...), err
		}
	}
	return nil, err
}

// Stats gives the counters of all services, which count nothing but one connection for
// each unit of a destination's weight.
func (k *Kernel) Stats() ([]ipvs.ServiceStats, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var list []ipvs.ServiceStats
	for _, e := range k.table {
		s := ipvs.ServiceStats{Key: e.Service.Key}
		for _, d := range e.Dests {
			at := ipvs.DestStats{Server: d.Server(), Counters: ipvs.Counters{Connections: uint64(d.Weight)}}
			s.Counters = s.Plus(at.Counters)
			s.Dests = append(s.Dests, at)
		}
		list = append(list, s)
	}
	return list, k.broken
}

// String gives the table as `ipvsadm -Sn` prints it.
func (k *Kernel) String() string {
	t, _ := k.Table()
	return t.String()
}

// Break makes all calls fail with err, until it is called with nil.
func (k *Kernel) Break(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.broken = err
}

// Ops gives the operations that were done since the last call.
func (k *Kernel) Ops() []ipvs.Op {
	k.mu.Lock()
	defer k.mu.Unlock()
	ops := k.ops
	k.ops = nil
	return ops
}

// Closed says whether Close was called.
func (k *Kernel) Closed() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.closed
}

// Close marks the kernel as closed.
func (k *Kernel) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
	return nil
}

// Flush empties the table.
func (k *Kernel) Flush() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.broken == nil {
		k.table = nil
		k.did = append(k.did, "flush")
	}
	return k.broken
}

// Daemons lists the sync daemons.
func (k *Kernel) Daemons() ([]ipvs.Daemon, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.daemons), k.broken
}

// SetDaemons replaces the sync daemons.
func (k *Kernel) SetDaemons(want []ipvs.Daemon) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.broken != nil {
		return 0, k.broken
	}
	if slices.Equal(k.daemons, want) {
		return 0, nil
	}
	n := max(len(want), len(k.daemons))
	k.daemons = slices.Clone(want)
	k.did = append(k.did, fmt.Sprint("daemons ", want))
	return n, nil
}

// Did gives the flushes and the settings that were changed since the last call.
func (k *Kernel) Did() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	did := k.did
	k.did = nil
	return did
}

// Timeouts gives what was set last.
func (k *Kernel) Timeouts() (ipvs.Timeouts, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.timeouts, k.broken
}

// SetTimeouts replaces the timeouts that are not zero.
func (k *Kernel) SetTimeouts(t ipvs.Timeouts) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.broken != nil {
		return k.broken
	}
	k.timeouts = ipvs.Timeouts{
		TCP:    cmp.Or(t.TCP, k.timeouts.TCP),
		TCPFin: cmp.Or(t.TCPFin, k.timeouts.TCPFin),
		UDP:    cmp.Or(t.UDP, k.timeouts.UDP),
	}
	k.did = append(k.did, fmt.Sprint("timeouts ", k.timeouts))
	return nil
}

// Apply does the ops in order and strictly.
func (k *Kernel) Apply(ops []ipvs.Op) []error {
	k.mu.Lock()
	defer k.mu.Unlock()
	var errs []error
	for i, op := range ops {
		k.ops = append(k.ops, copied(op))
		err := k.broken
		if err == nil {
			err = k.apply(op)
		}
		if err != nil {
			if errs == nil {
				errs = make([]error, len(ops))
			}
			errs[i] = fmt.Errorf("%s: %w", op, err)
		}
	}
	return errs
}

// copied is an op that does not change with the tables it was planned from.
func copied(op ipvs.Op) ipvs.Op {
	op.Service = new(*op.Service)
	if op.Dest != nil {
		op.Dest = new(*op.Dest)
	}
	return op
}

func (k *Kernel) apply(op ipvs.Op) error {
	at := slices.IndexFunc(k.table, func(e ipvs.Entry) bool { return e.Service.Key == op.Service.Key })
	switch op.Verb {
	case ipvs.AddService:
		if at >= 0 {
			return syscall.EEXIST
		}
		k.table = append(k.table, ipvs.Entry{Service: *op.Service})
		return nil
	case ipvs.EditService, ipvs.DelService:
		if at < 0 {
			return syscall.ESRCH
		}
		if op.Verb == ipvs.DelService {
			k.table = slices.Delete(k.table, at, at+1)
			return nil
		}
		k.table[at].Service = *op.Service
		return nil
	default:
		if at < 0 {
			return syscall.ESRCH
		}
		return applyDest(&k.table[at], op)
	}
}

func applyDest(e *ipvs.Entry, op ipvs.Op) error {
	at := index(e.Dests, op.Dest.Server())
	switch {
	case op.Verb == ipvs.AddDest && at >= 0:
		return syscall.EEXIST
	case op.Verb == ipvs.AddDest:
		e.Dests = append(e.Dests, *op.Dest)
	case at < 0:
		return syscall.ENOENT
	case op.Verb == ipvs.EditDest:
		e.Dests[at] = *op.Dest
	default:
		e.Dests = slices.Delete(e.Dests, at, at+1)
	}
	return nil
}

func index(dests []ipvs.Dest, server netip.AddrPort) int {
	return slices.IndexFunc(dests, func(d ipvs.Dest) bool { return d.Server() == server })
}
