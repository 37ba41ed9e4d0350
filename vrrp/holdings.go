// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"vipward/netif"
	"vipward/netif/nft"
)

// kernelBatch applies changes; *netif.Kernel is the real one.
type kernelBatch interface {
	Apply(ops []netif.Op) []error
}

// announcer sends gratuitous ARP and neighbour advertisements; *netif.Announcer is the real one.
type announcer interface {
	Announce(targets []netif.Target, rounds int) error
}

// keeper brings the addresses, routes and rules of all instances, and the static ones, to what
// the loop wants, in a goroutine of its own: the kernel may keep a request waiting behind
// other work for as long as it likes, and no advert waits for it. Only the newest wish of a
// holder counts, so nothing piles up.
//
// An item that several holders want is there until the last one gives it up. What somebody
// else deletes is put back, what the kernel refuses is tried again.
type keeper struct {
	kernel kernelBatch
	garp   announcer
	log    *slog.Logger
	wake   func() // tells the loop that there is news; set before run

	watchRoutes func(on bool) error // of the monitor; it and watched are the loop's
	watched     bool                // deleted routes and rules are told

	mu         sync.Mutex // guards the next eight
	jobs       map[string]*keeperJob
	keys       []string      // of jobs, in the order of their first wish
	gone       []netif.Event // reports that may mean that something is missing
	again      bool          // what was refused may be possible now
	pending    keeperNews
	alien      map[netif.Key]bool // foreign, as last told
	rules      *nft.Rules         // wished for; nil: no change
	tablesLost bool               // another program changed them

	unheard atomic.Bool // pending has something

	kick chan struct{}
	drop chan chan struct{}

	// Owned by run.
	have    map[string]netif.Holdings // what each holder is to have
	holders map[netif.Key]int         // how many want an item
	owners  map[netif.Key][]string    // who wants an item; nil until somebody asks, in each work
	foreign map[netif.Key]bool        // was there before us, and will be after us
	fresh   keeperNews
	broken  map[netif.Key]netif.Op // what the kernel refused
	mourned map[netif.Key]bool     // told to be lost, and not there since
	fights  map[netif.Key]*fight
	later   []netif.Event  // of items that are fought for
	retryAt time.Time      // zero: nothing to try again
	pause   time.Duration  // until the try after that
	tables  firewallTables // nil: there are none
	guards  nft.Rules      // as set last
	said    string         // the last error about them
}

// keeperJob is what the loop wishes for one holder.
type keeperJob struct {
	clean  netif.Holdings // may be there from an earlier run: to be removed first
	adopt  netif.Holdings // was put there by an earlier process
	set    bool
	want   netif.Holdings
	bursts []burst
}

// changes says whether there is more to do than announcements.
func (j *keeperJob) changes() bool { return j.set || !j.adopt.Empty() || !j.clean.Empty() }

// burst is a set of announcements.
type burst struct {
	targets []netif.Target
	rounds  int
}

// announce adds a burst. One for the same targets that waits already is not sent twice.
func (j *keeperJob) announce(b burst) {
	for i := range j.bursts {
		if slices.Equal(j.bursts[i].targets, b.targets) {
			j.bursts[i].rounds = max(j.bursts[i].rounds, b.rounds)
			return
		}
	}
	j.bursts = append(j.bursts, b)
}

func newKeeper(kernel kernelBatch, garp announcer, tables firewallTables, log *slog.Logger) *keeper {
	return &keeper{
		kernel: kernel, garp: garp, log: log, wake: func() {}, tables: tables,
		jobs: map[string]*keeperJob{}, have: map[string]netif.Holdings{}, holders: map[netif.Key]int{},
		foreign: map[netif.Key]bool{}, broken: map[netif.Key]netif.Op{}, fights: map[netif.Key]*fight{}, mourned: map[netif.Key]bool{},
		kick: make(chan struct{}, 1), drop: make(chan chan struct{}),
	}
}

// edit changes the open job of a holder.
func (k *keeper) edit(key string, f func(*keeperJob)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	j := k.jobs[key]
	if j == nil {
		j = &keeperJob{}
		k.jobs[key] = j
		k.keys = append(k.keys, key)
	}
	f(j)
}

// clean wishes that what of h nobody holds is not there, whatever its attributes; what is
// wanted of it is then added afresh.
func (k *keeper) clean(key string, h netif.Holdings) {
	k.edit(key, func(j *keeperJob) { j.clean = join(j.clean, h) })
}

// adopt says that an earlier process of ours has put h there for the holder.
func (k *keeper) adopt(key string, h netif.Holdings) {
	k.edit(key, func(j *keeperJob) { j.adopt = join(j.adopt, h) })
}

// set wishes for exactly want.
func (k *keeper) set(key string, want netif.Holdings) {
	k.edit(key, func(j *keeperJob) {
		j.set, j.want = true, want
		if want.Empty() {
			j.bursts = nil // nothing is announced that is not held
		}
	})
}

// announce wishes for rounds of announcements, after the addresses are set.
func (k *keeper) announce(key string, targets []netif.Target, rounds int) {
	k.edit(key, func(j *keeperJob) { j.announce(burst{targets, max(rounds, 1)}) })
}

// missing says that the kernel told of something that may be held: an address, a route or a
// rule was deleted, an address is unusable, a link is up again (its routes may have gone
// without a report), or (Resync) something of that may have been missed.
func (k *keeper) missing(ev netif.Event) {
	k.mu.Lock()
	k.gone = append(k.gone, ev)
	k.mu.Unlock()
	k.commit()
}

// retry says that what was refused may be possible now.
func (k *keeper) retry() {
	k.mu.Lock()
	k.again = true
	k.mu.Unlock()
	k.commit()
}

// commit starts the work on all wishes.
func (k *keeper) commit() {
	select {
	case k.kick <- struct{}{}:
	default: // a kick is pending and will see these wishes too
	}
}

// drain returns when every wish so far is done, or ctx ends.
func (k *keeper) drain(ctx context.Context) {
	done := make(chan struct{})
	select {
	case k.drop <- done:
		<-done
	case <-ctx.Done():
	}
}

// run does the wishes until ctx ends.
func (k *keeper) run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-k.kick:
			k.work(time.Now())
		case <-timer.C:
			k.work(time.Now())
		case done := <-k.drop:
			k.work(time.Now())
			close(done)
		case <-ctx.Done():
			return nil
		}
		if timer.Stop(); !k.retryAt.IsZero() {
			timer.Reset(time.Until(k.retryAt))
		}
	}
}
