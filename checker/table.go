// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"iter"
	"log/slog"
	"slices"
	"time"

	"vipward/ipvs"
)

// Waits between attempts to repair the table after an error.
const (
	firstRepair = time.Second
	lastRepair  = 30 * time.Second
	// auditEvery is how often the kernel's table is looked at, for what others
	// have changed of ours.
	auditEvery = 30 * time.Second
)

// table brings our part of the kernel's table to what is wanted. Services of
// others are never touched.
type table struct {
	open   func() (ipvs.Kernel, error)
	log    *slog.Logger
	kernel ipvs.Kernel             // nil until it could be opened
	have   map[ipvs.Key]ipvs.Entry // our services as they are in the kernel
	tuning tuning
	flush  bool   // the whole table is to be cleared first
	keep   func() // saves the state before something is changed that it must tell how to undo

	auditAt  time.Time // of the next look at the table; zero: nothing is ours
	round    *patrol   // the look that is under way; nil: none
	repairAt time.Time // of the next attempt after an error; zero: all is well
	wait     time.Duration
	trouble  string // what was logged about the last attempt
	total    int    // operations so far
	repaired int    // of which undid what others had done
}

func newTable(open func() (ipvs.Kernel, error), log *slog.Logger, ours []ipvs.Key) *table {
	t := &table{open: open, log: log, have: map[ipvs.Key]ipvs.Entry{}, keep: func() {}}
	for _, k := range ours {
		t.have[k] = ipvs.Entry{}
	}
	return t
}

// sync reads the kernel's table and makes our part of it equal to want, which stays with the table.
// The services of want become ours, those that were ours and are not wanted are
// deleted.
func (t *table) sync(now time.Time, want ipvs.Table) {
	t.round = nil
	tuned, err := t.prepare(want)
	if err != nil {
		t.report("IPVS: " + err.Error())
		t.repairLater(now)
		return
	}
	have, err := t.read()
	if err != nil {
		t.report("IPVS: " + err.Error())
		t.repairLater(now)
		return
	}
	drift := tuned.drift + t.drift(have)
	if trouble := t.change(have, want); trouble != "" || tuned.err != nil {
		t.report(joinTrouble(tuned.err, trouble))
		t.repairLater(now)
		t.keepAll(want) // most of it is there; changes of it go on meanwhile
		return
	}
	if !t.repairAt.IsZero() {
		t.log.Info("IPVS: the table is as wanted again")
	}
	t.tellDrift(drift)
	t.trouble, t.wait, t.repairAt = "", 0, time.Time{}
	clear(t.have)
	t.keepAll(want)
	t.nextAudit(now, len(want) > 0)
}

// wish is a table that is wanted.
type wish interface {
	// keys are those of its services.
	keys() map[ipvs.Key]bool
	// table is all of it.
	table() ipvs.Table
	// pieces are all of it too. Each is valid until the next one.
	pieces() iter.Seq[ipvs.Table]
}

// follow goes over to another wanted table from what is known of the kernel's, so that the
// changes do not wait for a look at all of it: that follows at once.
func (t *table) follow(now time.Time, want wish) {
	if t.kernel == nil || !t.repairAt.IsZero() || !t.reach(want) {
		t.sync(now, want.table()) // tells what is wrong
		return
	}
	t.round, t.auditAt = nil, now
}

// reach goes over to another wanted table, and says whether all went well. Services that are not
// wanted go first: their addresses may belong to others by now.
func (t *table) reach(want wish) bool {
	keys := want.keys()
	gone := slices.DeleteFunc(t.ours(), func(e ipvs.Entry) bool { return keys[e.Service.Key] })
	if t.change(gone, nil) != "" {
		return false
	}
	for _, e := range gone {
		delete(t.have, e.Service.Key)
	}
	for part := range want.pieces() {
		if t.change(t.known(part), part) != "" {
			return false
		}
		t.remember(part)
	}
	return true
}

// known is what is known of the services of a table.
func (t *table) known(want ipvs.Table) ipvs.Table {
	have := make(ipvs.Table, 0, len(want))
	for i := range want {
		if h := t.have[want[i].Service.Key]; h.Service.Key == want[i].Service.Key {
			have = append(have, h)
		}
	}
	return have
}

// ours are our services as they are known, in the order of their keys.
func (t *table) ours() ipvs.Table {
	all := make(ipvs.Table, 0, len(t.have))
	for k, e := range t.have {
		e.Service.Key = k // of one that was adopted nothing else is known
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b ipvs.Entry) int { return a.Service.Compare(b.Service.Key) })
	return all
}

// due is the time of the next sync; zero: none is planned.
func (t *table) due() time.Time {
	if t.repairAt.IsZero() {
		return t.auditAt
	}
	return t.repairAt
}

// drift counts what others have changed of our services since we programmed
// them. After an error nobody knows who it was.
func (t *table) drift(have ipvs.Table) int {
	if !t.repairAt.IsZero() {
		return 0
	}
	var left ipvs.Table
	for _, e := range t.have {
		if e.Service.Key != (ipvs.Key{}) {
			left = append(left, e)
		}
	}
	known := slices.DeleteFunc(slices.Clone(have), func(e ipvs.Entry) bool {
		return t.have[e.Service.Key].Service.Key != e.Service.Key
	})
	return len(ipvs.Plan(known, left))
}

// read gives those services of the kernel that are ours.
func (t *table) read() (ipvs.Table, error) {
	if t.kernel == nil {
		return nil, nil
	}
	all, err := t.kernel.Table()
	if err != nil {
		return nil, errors.Join(err, t.close()) // the next attempt begins with a new socket
	}
	return slices.DeleteFunc(all, func(e ipvs.Entry) bool {
		_, ours := t.have[e.Service.Key]
		return !ours
	}), nil
}

// stats reads the kernel's counters; there are none while it is not open.
func (t *table) stats() ([]ipvs.ServiceStats, error) {
	if t.kernel == nil {
		return nil, nil
	}
	return t.kernel.Stats()
}

// update makes some of our services equal to want, from what they are known to
// be. If that turns out wrong a repair follows.
func (t *table) update(now time.Time, want iter.Seq[ipvs.Table]) {
	if t.kernel == nil {
		return // the repair that opens it brings all up to date
	}
	for part := range want {
		if trouble := t.change(t.known(part), part); trouble != "" {
			t.log.Error(trouble)
			if t.repairAt.IsZero() {
				t.repairLater(now)
			}
		}
		t.remember(part)
	}
}

// keepAll notes what the kernel has now.
func (t *table) keepAll(want ipvs.Table) {
	for _, e := range want {
		t.have[e.Service.Key] = e
	}
}

// remember notes a copy of what the kernel has now, where the last one stands.
func (t *table) remember(want ipvs.Table) {
	for _, e := range want {
		e.Dests = append(t.have[e.Service.Key].Dests[:0], e.Dests...)
		t.have[e.Service.Key] = e
	}
}

// change does what Plan says and returns the line for the errors, empty when
// there were none.
func (t *table) change(have, want ipvs.Table) string {
	ops := ipvs.Plan(have, want)
	if len(ops) == 0 {
		return ""
	}
	errs := slices.DeleteFunc(t.kernel.Apply(ops), func(err error) bool { return err == nil })
	t.total += len(ops)
	t.log.Debug(lineOps(ops))
	if len(errs) == 0 {
		return ""
	}
	return lineApplyError(errs)
}

// report logs an error once for as long as attempts end with the same one.
func (t *table) report(trouble string) {
	if trouble != t.trouble {
		t.log.Error(trouble)
	}
	t.trouble = trouble
}

// repairLater sets the time of the next attempt.
func (t *table) repairLater(now time.Time) {
	t.wait = min(max(2*t.wait, firstRepair), lastRepair)
	t.repairAt = now.Add(t.wait)
}

func (t *table) close() error {
	if t.kernel == nil {
		return nil
	}
	k := t.kernel
	t.kernel = nil
	return k.Close()
}
