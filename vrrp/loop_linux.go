// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"log/slog"
	"net/netip"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"vipward/conf"
	"vipward/netif"
	"vipward/notify"
	"vipward/vrrp/election"
)

// loop is the one goroutine that owns every instance, socket and fact. It waits, feeds
// events to the machines, collects their actions, and does them in the order that the
// network cares about (see Action).
type loop struct {
	env    Env
	cfg    *conf.Config
	poll   *poller
	box    *inbox
	keeper *keeper

	links      *links
	tracking   *tracking
	static     *static
	announcing *announcing
	firewall   *firewall
	hooks      *hooks
	syncd      *syncDaemon

	picture netif.Picture
	virtual map[netip.Addr]bool // every virtual address of cfg
	vis     []*instance
	groups  []*group
	open    func(sockKey, string) (packetIO, error)
	socks   map[sockKey]*socket
	byFD    map[int]*socket
	sockErr string // the last failure to open one
	due     dueQueue
	late    lateness
	todo    []todo
	saved   savedState // of an earlier process; empty after the start
	unsaved bool       // something of it changed in this pass
	started bool       // the first picture of the links is known
	startup startup

	early     []reloadAsked // reloads that were asked for before that
	stopEarly bool          // a stop was asked for before that
	stopped   bool
	batch     batch
	heard     election.Advert // the advert that is being handled
	keys      hmacKeys

	resting  map[string]bool // instances that are to leave the mastership to others
	restC    chan restWrite  // what is to be kept of them over restarts
	restored uint64          // items that somebody else had deleted and that were put back
}

// todo is an action that waits for the end of the pass.
type todo struct {
	vi    *instance
	group *group // in place of vi, for what concerns the whole group
	act   election.Action
}

func newLoop(env Env, box *inbox, k *keeper, open func(sockKey, string) (packetIO, error)) *loop {
	l := &loop{
		env: env, cfg: env.Config, poll: box.poll, box: box, keeper: k,
		open:  open,
		socks: map[sockKey]*socket{},
		byFD:  map[int]*socket{},
		saved: loadState(env.State, env.Log),
		restC: make(chan restWrite, restWrites),
	}
	l.resting = restingOf(l.saved.Resting)
	l.links = newLinks(l)
	l.static = &static{keeper: k, picture: &l.picture, lookUp: conf.System{}.RouteName}
	k.wake = box.poll.kick
	l.announcing = newAnnouncing(l)
	l.firewall = newFirewall(l)
	l.syncd = newSyncDaemon(l)
	return l
}

// lookedUp is what was looked up in the system for a configuration.
type lookedUp struct {
	programs programs // what its commands resolved to
	pipes    []notify.Pipe
	found    foundTracked // the state of what it tracks
	keys     hmacKeys
	mails    mailSettings
}

// lookUp may take its time, and is not done by the loop.
func lookUp(cfg *conf.Config, log *slog.Logger) lookedUp {
	p := findPrograms(cfg, log)
	return lookedUp{p, findPipes(cfg, p, log), findTracked(cfg, log), findKeys(cfg, log), mailSettingsOf(&cfg.Global)}
}

// use takes what was looked up for a configuration.
func (l *loop) use(u lookedUp) {
	l.hooks.use(u)
	l.tracking.use(u.programs, u.found)
	l.keys = u.keys
}

// run is the loop. It keeps its thread, so that nothing else delays its return from the
// kernel.
func (l *loop) run(ctx context.Context) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer l.closeSockets()
	for !l.stopped {
		ready, err := l.poll.wait(l.due.next())
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return errAbandon
		}
		l.pass(ready)
	}
	l.box.close()
	l.settle(ctx)
	return nil
}

// settle waits for what an ordered stop still has under way: the kernel and the scripts have
// nothing to do with each other.
func (l *loop) settle(ctx context.Context) {
	l.tracking.stop()
	var g errgroup.Group
	g.Go(func() error {
		l.hooks.drain()
		return nil
	})
	l.keeper.drain(ctx)
	l.env.Progress()
	l.syncd.stop(ctx) // with Keep too, as keepalived
	if !l.env.Keep {
		l.links.stop(ctx)
		l.firewall.stop() // after the VMACs: what they say when they go is not to be heard
		l.keeper.drain(ctx)
		l.env.Progress()
	}
	_ = g.Wait() // it has no error
}

// pass is one turn: packets first, so that no timer is believed while the advert that
// restarts it waits in a socket; then messages, then timers, then the actions.
func (l *loop) pass(ready []int) {
	for _, fd := range ready {
		l.read(l.byFD[fd])
	}
	l.readMessages()
	l.kept(l.keeper.listen())
	now := time.Now()
	if l.due.any(now) {
		for _, s := range l.socks {
			l.read(s)
		}
	}
	for a := l.due.pop(now); a != nil; a = l.due.pop(now) {
		l.late.note(a.due, now)
		a.who.wake(now)
		l.due.update(a)
	}
	l.tuneSockets()
	l.flush()
}

// readMessages handles what is in the inbox now, and no more, so that a flood of messages
// cannot hold the timers up.
func (l *loop) readMessages() {
	for n := len(l.box.c); n > 0; n-- {
		(<-l.box.c).handle(l)
	}
	if len(l.box.c) > 0 {
		l.poll.kick()
	}
}

// step feeds one event to an instance and keeps its actions for the end of the pass.
func (l *loop) step(vi *instance, now time.Time, ev election.Event) {
	if vi.group != nil {
		l.stepGroup(vi, now, ev)
		return
	}
	for _, act := range vi.m.Step(now, ev) {
		l.todo = append(l.todo, todo{vi: vi, act: act})
	}
	l.due.update(vi.alarm)
}
