// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"errors"
	"maps"
	"slices"
	"time"

	"vipward/netif"
)

// task is an operation and what it is for.
type task struct {
	op  netif.Op
	why reason
}

type reason uint8

const (
	wished   reason = iota // by the loop
	known                  // it should be there: adding it only makes sure
	restored               // somebody else may have deleted it
	retried                // it was refused before
)

// work does all wishes in one batch, then the announcements.
func (k *keeper) work(now time.Time) {
	k.mu.Lock()
	jobs, keys, gone, again, rules, lost := k.jobs, k.keys, k.gone, k.again, k.rules, k.tablesLost
	k.jobs, k.keys, k.gone, k.again, k.rules, k.tablesLost = map[string]*keeperJob{}, nil, nil, false, nil, false
	k.mu.Unlock()

	k.owners = nil
	due := again || !k.retryAt.IsZero() && !now.Before(k.retryAt)
	tasks := k.plan(keys, jobs)
	if due {
		gone = append(k.later, gone...)
		k.later = nil
		tasks = append(tasks, k.retries()...)
	}
	tasks = append(tasks, k.restore(gone, now)...)
	k.guarded(rules, lost, func() { k.apply(tasks) })
	k.schedule(now, due)
	k.announceAll(keys, jobs)
	k.tell()
}

// plan takes the wishes over and says what leads to them. Where something goes, what all
// others hold is looked at as well: it may be the same, or go with it.
func (k *keeper) plan(keys []string, jobs map[string]*keeperJob) []task {
	var had, stale, adopted, rest, want netif.Holdings
	keys = slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return !jobs[key].changes() })
	for _, key := range keys {
		add(&had, k.have[key])
		add(&stale, jobs[key].clean)
		add(&adopted, jobs[key].adopt)
	}
	if !had.Empty() || !stale.Empty() || !adopted.Empty() {
		rest = k.others(keys)
	}
	for _, key := range keys {
		k.takeOver(key, jobs[key])
		add(&want, k.have[key])
	}
	had, want = join(rest, had), join(rest, want)
	sure := keysOf(join(had, adopted))
	var tasks []task
	if !stale.Empty() {
		tasks = k.tasks(netif.Plan(join(had, stale), had), sure)
	}
	tasks = append(tasks, k.tasks(netif.Plan(join(had, adopted), want), sure)...)
	if !adopted.Empty() {
		mine := keysOf(adopted)
		for _, op := range netif.Plan(netif.Holdings{}, want) {
			if mine[op.Key()] {
				tasks = append(tasks, task{op, known})
			}
		}
	}
	return tasks
}

// takeOver makes a wish what its holder has.
func (k *keeper) takeOver(key string, j *keeperJob) {
	switch {
	case j.set:
		k.hold(key, join(j.want))
	case !j.adopt.Empty():
		k.hold(key, join(k.have[key], j.adopt))
	}
}

// hold changes what a holder is to have, and with it who wants each item.
func (k *keeper) hold(key string, h netif.Holdings) {
	for item := range keysOf(k.have[key]) {
		if k.holders[item]--; k.holders[item] == 0 {
			delete(k.holders, item)
		}
	}
	for item := range keysOf(h) {
		k.holders[item]++
	}
	if k.have[key] = h; h.Empty() {
		delete(k.have, key)
	}
}

// others joins what all holders have that are not in keys.
func (k *keeper) others(keys []string) netif.Holdings {
	left := make(map[string]bool, len(keys))
	for _, key := range keys {
		left[key] = true
	}
	var h netif.Holdings
	for _, key := range slices.Sorted(maps.Keys(k.have)) {
		if !left[key] {
			add(&h, k.have[key])
		}
	}
	return h
}

// tasks marks operations, and leaves out the deletion of what was there before us.
func (k *keeper) tasks(ops []netif.Op, sure map[netif.Key]bool) []task {
	var list []task
	for _, op := range ops {
		key := op.Key()
		switch {
		case op.Add && sure[key]:
			list = append(list, task{op, known})
		case op.Add:
			list = append(list, task{op, wished})
		case !k.foreign[key]:
			list = append(list, task{op, wished})
			delete(k.broken, key)
			delete(k.mourned, key)
		default:
			delete(k.foreign, key)
		}
	}
	return list
}

// apply does the batch.
func (k *keeper) apply(tasks []task) {
	if len(tasks) == 0 {
		return
	}
	ops := make([]netif.Op, len(tasks))
	for i, t := range tasks {
		ops[i] = t.op
	}
	for i, err := range k.kernel.Apply(ops) {
		k.result(tasks[i], err)
	}
}

// result takes in how one operation ended.
func (k *keeper) result(t task, err error) {
	key := t.op.Key()
	switch {
	case !t.op.Add:
		if err != nil {
			k.log.Error(kernelRefusedLine(err))
		}
	case err == nil:
		delete(k.broken, key)
		if t.why == restored || k.mourned[key] {
			k.fresh.restored = append(k.fresh.restored, k.news(t.op)...)
			delete(k.mourned, key)
		}
	case errors.Is(err, netif.ErrExists):
		delete(k.broken, key)
		if t.why == wished && k.mayBeForeign(t.op) {
			k.foreign[key] = true
			k.fresh.foreign = true
		}
	default:
		k.refused(t, key, err)
	}
}

// refused notes an item that cannot be added, so that it is tried again.
func (k *keeper) refused(t task, key netif.Key, err error) {
	if _, already := k.broken[key]; !already {
		k.log.Error(kernelRefusedLine(err))
	}
	k.broken[key] = t.op
	if t.why == restored {
		k.fresh.lost = append(k.fresh.lost, k.news(t.op)...)
		k.mourned[key] = true
	}
}

// mayBeForeign says whether an item that was there before us is somebody else's: a static
// address, and what does not carry our number. An equal virtual address is no one else's.
func (k *keeper) mayBeForeign(op netif.Op) bool {
	switch {
	case op.Route != nil:
		return op.Route.Protocol != netif.Protocol
	case op.Rule != nil:
		return op.Rule.Protocol != netif.Protocol
	}
	return slices.Equal(k.ownersOf(op.Key()), []string{staticKey})
}

// announceAll sends equal bursts of all instances together, round by round, so that the
// first frame of the last instance does not wait for the fifth frame of the first.
func (k *keeper) announceAll(keys []string, jobs map[string]*keeperJob) {
	bursts := map[int][]netif.Target{}
	var order []int
	for _, key := range keys {
		for _, b := range jobs[key].bursts {
			if bursts[b.rounds] == nil {
				order = append(order, b.rounds)
			}
			bursts[b.rounds] = append(bursts[b.rounds], b.targets...)
		}
	}
	for _, rounds := range order {
		if err := k.garp.Announce(bursts[rounds], rounds); err != nil {
			k.log.Warn(announceFailedLine(err))
		}
	}
}
