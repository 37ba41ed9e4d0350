// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"vipward/netif"
)

// virtualLinks makes and keeps links and sysctls; *netif.Links is the real one.
type virtualLinks interface {
	Resume(netif.LinkMemory, func(netif.LinkMemory) error)
	Set(netif.LinkWish) netif.LinkReport
	Check() []netif.SysctlChange
	Watch(ctx context.Context, changed func()) error
	Memory() netif.LinkMemory
}

const (
	// checkEvery is how often sysctls are looked at although nothing told of a change: a
	// container may have changed them, or the kernel.
	checkEvery = 500 * time.Millisecond
	// blindEvery is how often when nothing ever tells.
	blindEvery = 100 * time.Millisecond
	// checkPause makes one look of a burst of changes, and lets us not outrun somebody who
	// changes them all the time.
	checkPause = 10 * time.Millisecond

	// linkRetry is when what failed is tried again without an event.
	linkRetry = time.Second
)

// linkKeeper brings virtual links and sysctls to what the loop wants, in a goroutine of its
// own: the kernel may keep such requests waiting, and no advert waits for them.
type linkKeeper struct {
	kernel virtualLinks
	log    *slog.Logger
	post   func(message)

	progress func() // is called after each part of a long work; set before run

	mu     sync.Mutex // guards wish
	wish   netif.LinkWish
	kicks  chan struct{}
	looks  chan struct{}
	ending chan struct{}      // closed: the loop answers no more
	drops  chan chan struct{} // asks for the last work

	// Owned by run.
	owners map[string]string // of keys, as last wished
	said   map[string]string // the last error of each key
	idle   bool              // nothing is wished for
	blind  bool              // nothing tells of changed sysctls
	hurry  bool              // the next check is soon
}

func newLinkKeeper(kernel virtualLinks, log *slog.Logger, post func(message)) *linkKeeper {
	return &linkKeeper{
		kernel: kernel, log: log, post: post, progress: func() {},
		kicks: make(chan struct{}, 1), looks: make(chan struct{}, 1), ending: make(chan struct{}), drops: make(chan chan struct{}),
		owners: map[string]string{}, said: map[string]string{},
	}
}

// set wishes for exactly w.
func (k *linkKeeper) set(w netif.LinkWish) {
	k.mu.Lock()
	k.wish = w
	k.mu.Unlock()
	k.kick()
}

// kick has the kernel compared with the wish.
func (k *linkKeeper) kick() {
	select {
	case k.kicks <- struct{}{}:
	default: // one is pending and will see this wish too
	}
}

// look has the sysctls looked at.
func (k *linkKeeper) look() {
	select {
	case k.looks <- struct{}{}:
	default: // one is pending
	}
}

// drain brings the last wish about, and returns when that is done or ctx ends.
func (k *linkKeeper) drain(ctx context.Context) {
	close(k.ending)
	done := make(chan struct{})
	select {
	case k.drops <- done:
		<-done
	case <-ctx.Done():
	}
}

// run does the work until ctx ends.
func (k *linkKeeper) run(ctx context.Context, m netif.LinkMemory) error {
	k.kernel.Resume(m, func(m netif.LinkMemory) error { return k.save(ctx, m) })
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	for {
		select {
		case <-k.kicks:
			timer.Reset(k.work())
		case <-k.looks:
			if !k.hurry {
				k.hurry = true
				timer.Reset(checkPause)
			}
		case <-timer.C:
			timer.Reset(k.check())
		case done := <-k.drops:
			k.work()
			close(done)
		case <-ctx.Done():
			return nil
		}
	}
}

// never is far away: there is nothing to look at.
const never = 1000 * time.Hour

// work brings the wish about and says when to look again.
func (k *linkKeeper) work() time.Duration {
	k.mu.Lock()
	w := k.wish
	k.mu.Unlock()
	for _, v := range w.Links {
		k.owners[v.Key] = v.Owner
	}
	k.hurry = false
	r := k.kernel.Set(w)
	for r.More {
		k.report(r)
		k.progress()
		r = k.kernel.Set(w)
	}
	failed := k.report(r)
	k.idle, k.blind = len(w.Links)+len(w.Sysctls) == 0, r.Blind
	select {
	case <-k.ending:
	default:
		k.post(linksMade{r, failed, k.kernel.Memory()})
	}
	if r.Err != nil || len(failed) > 0 {
		return linkRetry
	}
	return k.pause()
}

// pause is the time until the next check that nothing asks for.
func (k *linkKeeper) pause() time.Duration {
	switch {
	case k.idle:
		return never
	case k.blind:
		return blindEvery
	}
	return checkEvery
}

// check puts settings back and says when to look again.
func (k *linkKeeper) check() time.Duration {
	if len(k.said) > 0 {
		return k.work()
	}
	k.hurry = false
	for _, c := range k.kernel.Check() {
		k.tell(sysctlRepairedLine(c))
	}
	return k.pause()
}

// save has the loop save what a successor must know, and waits for it.
func (k *linkKeeper) save(ctx context.Context, m netif.LinkMemory) error {
	done := make(chan struct{})
	select {
	case <-k.ending:
		return nil // only less is changed now than is saved
	default:
		k.post(linksChange{m, done})
	}
	select {
	case <-done:
	case <-k.ending:
	case <-ctx.Done():
	}
	return nil
}

// report logs what was done, and gives what could not be by key. A failure is logged once.
func (k *linkKeeper) report(r netif.LinkReport) map[string]string {
	failed := map[string]string{}
	for _, d := range r.Done {
		owner := d.Owner
		if owner == "" {
			owner = k.owners[d.Key]
		}
		text, level := linkDoneLine(owner, d)
		if d.Err != nil {
			failed[d.Key] = text
		}
		if d.Err == nil || k.said[d.Key] != text {
			k.log.Log(context.Background(), level, text)
		}
	}
	if r.Err != nil {
		text := linksFailedLine(r.Err)
		failed[""] = text
		if k.said[""] != text {
			k.log.Error(text)
		}
	}
	for _, c := range r.Restored {
		k.tell(sysctlRestoredLine(c))
	}
	for _, c := range r.Changed {
		k.tell(sysctlFailedLine(c))
	}
	k.said = failed
	return failed
}

// tell logs a line about a setting, if there is one.
func (k *linkKeeper) tell(text string, level slog.Level) {
	if text != "" {
		k.log.Log(context.Background(), level, text)
	}
}
