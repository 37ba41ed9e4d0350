// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"sync"

	"vipward/netif"
)

// addressBatch applies address changes; *netif.Kernel is the real one.
type addressBatch interface {
	Apply(ops []netif.Op) []error
}

// announcer sends gratuitous ARP and neighbour advertisements; *netif.Announcer is the real one.
type announcer interface {
	Announce(targets []netif.Target, rounds int) error
}

// vips brings the virtual addresses of all instances to what the loop wants, in a goroutine
// of its own: the kernel may keep an address request waiting behind other work for as long
// as it likes, and no advert waits for it. Only the newest wish of an instance counts, so
// nothing piles up.
type vips struct {
	addrs addressBatch
	garp  announcer
	log   *slog.Logger

	mu   sync.Mutex // guards jobs and keys
	jobs map[string]*vipJob
	keys []string // of jobs, in the order of their first wish

	kick chan struct{}
	drop chan chan struct{}

	// Owned by run.
	have    map[string][]netif.Addr // what each instance has
	holders map[place]int           // how many have an address
	batch   []netif.Op
}

// vipJob is what the loop wishes for one instance.
type vipJob struct {
	adopt  []netif.Addr // known to be in the kernel already
	forget bool         // somebody else removed addresses: put all of them again
	set    bool
	want   []netif.Addr
	bursts []burst
}

// burst is a set of announcements.
type burst struct {
	targets []netif.Target
	rounds  int
}

// announce adds a burst. One for the same targets that waits already is not sent twice.
func (j *vipJob) announce(b burst) {
	for i := range j.bursts {
		if slices.Equal(j.bursts[i].targets, b.targets) {
			j.bursts[i].rounds = max(j.bursts[i].rounds, b.rounds)
			return
		}
	}
	j.bursts = append(j.bursts, b)
}

func newVIPs(addrs addressBatch, garp announcer, log *slog.Logger) *vips {
	return &vips{
		addrs: addrs, garp: garp, log: log,
		jobs: map[string]*vipJob{}, have: map[string][]netif.Addr{}, holders: map[place]int{},
		kick: make(chan struct{}, 1), drop: make(chan chan struct{}),
	}
}

// job gives the open job of key; the caller holds mu.
func (v *vips) job(key string) *vipJob {
	j := v.jobs[key]
	if j == nil {
		j = &vipJob{}
		v.jobs[key] = j
		v.keys = append(v.keys, key)
	}
	return j
}

func (v *vips) edit(key string, f func(*vipJob)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	f(v.job(key))
}

// adopt says that addrs of the instance are in the kernel since before this process.
func (v *vips) adopt(key string, addrs []netif.Addr) {
	v.edit(key, func(j *vipJob) { j.adopt = addrs })
}

// set wishes for exactly want.
func (v *vips) set(key string, want []netif.Addr) {
	v.edit(key, func(j *vipJob) {
		j.set, j.want = true, want
		if len(want) == 0 {
			j.bursts = nil // nothing is announced that is not held
		}
	})
}

// announce wishes for rounds of announcements, after the addresses are set.
func (v *vips) announce(key string, targets []netif.Target, rounds int) {
	v.edit(key, func(j *vipJob) { j.announce(burst{targets, max(rounds, 1)}) })
}

// repair puts want again although it was added before.
func (v *vips) repair(key string, want []netif.Addr, targets []netif.Target) {
	v.edit(key, func(j *vipJob) {
		j.forget, j.set, j.want = true, true, want
		j.announce(burst{targets, 1})
	})
	v.commit()
}

// commit starts the work on all wishes.
func (v *vips) commit() {
	select {
	case v.kick <- struct{}{}:
	default: // a kick is pending and will see these wishes too
	}
}

// drain returns when every wish so far is done, or ctx ends.
func (v *vips) drain(ctx context.Context) {
	done := make(chan struct{})
	select {
	case v.drop <- done:
		<-done
	case <-ctx.Done():
	}
}

// run does the wishes until ctx ends.
func (v *vips) run(ctx context.Context) error {
	for {
		select {
		case <-v.kick:
			v.work()
		case done := <-v.drop:
			v.work()
			close(done)
		case <-ctx.Done():
			return nil
		}
	}
}

// work does all wishes: addresses in one batch, then announcements.
func (v *vips) work() {
	v.mu.Lock()
	jobs, keys := v.jobs, v.keys
	v.jobs, v.keys = map[string]*vipJob{}, nil
	v.mu.Unlock()

	had := map[string][]netif.Addr{}
	for _, key := range keys {
		had[key] = v.take(key, jobs[key])
	}
	v.batch = v.batch[:0]
	for _, key := range keys {
		if jobs[key].set {
			v.batch = append(v.batch, v.plan(key, had[key])...)
		}
	}
	v.apply()
	v.announceAll(keys, jobs)
}

// take remembers what one wish asks for and returns what there was before.
func (v *vips) take(key string, j *vipJob) []netif.Addr {
	had := append(v.have[key], j.adopt...)
	if j.set {
		v.hold(key, slices.Clone(j.want))
	} else {
		v.hold(key, had)
	}
	if j.forget {
		return nil
	}
	return had
}

// hold changes what an instance has, and with it who has each address.
func (v *vips) hold(key string, list []netif.Addr) {
	for _, a := range v.have[key] {
		v.holders[placeOf(a)]--
	}
	for _, a := range list {
		v.holders[placeOf(a)]++
	}
	v.have[key] = list
}

// plan leads from what an instance had to what it is to have. What another instance has,
// or takes over in this very batch, is not deleted: a reload may move an address.
func (v *vips) plan(key string, had []netif.Addr) []netif.Op {
	return slices.DeleteFunc(netif.Plan(netif.Holdings{Addrs: had}, netif.Holdings{Addrs: v.have[key]}), func(op netif.Op) bool {
		others := v.holders[placeOf(*op.Addr)]
		if contains(v.have[key], *op.Addr) {
			others-- // ourselves, with other attributes
		}
		return !op.Add && others > 0
	})
}

// contains says whether list has an address at a's place.
func contains(list []netif.Addr, a netif.Addr) bool {
	return slices.ContainsFunc(list, func(b netif.Addr) bool { return placeOf(a) == placeOf(b) })
}

// place is what the kernel tells addresses apart by.
type place struct {
	prefix netip.Prefix
	index  int
}

func placeOf(a netif.Addr) place { return place{a.Prefix, a.Index} }

// apply does the batch. An address that could not be added is not held, so that the next
// wish tries again.
func (v *vips) apply() {
	if len(v.batch) == 0 {
		return
	}
	for i, err := range v.addrs.Apply(v.batch) {
		if err == nil || errors.Is(err, netif.ErrExists) {
			continue
		}
		op := v.batch[i]
		v.log.Error(addressFailedLine(op, err))
		if !op.Add {
			continue
		}
		for key, list := range v.have {
			if contains(list, *op.Addr) {
				v.hold(key, slices.DeleteFunc(slices.Clone(list), func(a netif.Addr) bool { return placeOf(a) == placeOf(*op.Addr) }))
			}
		}
	}
}

// announceAll sends equal bursts of all instances together, round by round, so that the
// first frame of the last instance does not wait for the fifth frame of the first.
func (v *vips) announceAll(keys []string, jobs map[string]*vipJob) {
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
		if err := v.garp.Announce(bursts[rounds], rounds); err != nil {
			v.log.Warn(announceFailedLine(err))
		}
	}
}
