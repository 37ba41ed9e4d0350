// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"net/netip"
	"runtime"
	"slices"
	"time"

	"vipward/conf"
	"vipward/netif"
	"vipward/vrrp/election"
)

// loop is the one goroutine that owns every instance, socket and fact. It waits, feeds
// events to the machines, collects their actions, and does them in the order that the
// network cares about (see Action).
type loop struct {
	env     Env
	cfg     *conf.Config
	poll    *poller
	box     *inbox
	vips    *vips
	hooks   *hooks
	scripts *scripts

	picture netif.Picture
	virtual map[netip.Addr]bool // every virtual address of cfg
	vis     []*instance
	open    func(context.Context, sockKey, string) (packetIO, error)
	socks   map[sockKey]*socket
	byFD    map[int]*socket
	sockErr string // the last failure to open one
	due     dueQueue
	todo    []todo
	saved   savedState // of an earlier process; empty after the start
	unsaved bool       // something of it changed in this pass
	started bool       // the first picture of the links is known

	stopEarly bool // a stop was asked for before that
	stopped   bool
	buf       [maxPacket]byte
}

// todo is an action that waits for the end of the pass.
type todo struct {
	vi  *instance
	act election.Action
}

func newLoop(env Env, box *inbox, v *vips, open func(context.Context, sockKey, string) (packetIO, error)) *loop {
	return &loop{
		env: env, cfg: env.Config, poll: box.poll, box: box, vips: v,
		open:  open,
		socks: map[sockKey]*socket{},
		byFD:  map[int]*socket{},
		saved: loadState(env.State, env.Log),
	}
}

// usePrograms gives the hooks and scripts what their commands resolved to.
func (l *loop) usePrograms(p programs) { l.hooks.programs, l.scripts.programs = p, p }

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
	l.settle(ctx)
	return nil
}

// settle waits for what an ordered stop still has under way.
func (l *loop) settle(ctx context.Context) {
	l.vips.drain(ctx)
	l.scripts.stop()
	l.hooks.drain(l.env.Log)
}

// pass is one turn: packets first, so that no timer is believed while the advert that
// restarts it waits in a socket; then messages, then timers, then the actions.
func (l *loop) pass(ready []int) {
	for _, fd := range ready {
		l.read(l.byFD[fd])
	}
	l.readMessages()
	now := time.Now()
	if l.due.any(now) {
		for _, s := range l.socks {
			l.read(s)
		}
	}
	for vi := l.due.pop(now); vi != nil; vi = l.due.pop(now) {
		l.step(vi, now, election.Wake{})
	}
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
	for _, act := range vi.m.Step(now, ev) {
		l.todo = append(l.todo, todo{vi, act})
	}
	l.due.set(vi, vi.m.Deadline())
}

// start begins the election of every instance. It waits for the first picture of the links.
func (l *loop) start() {
	l.started = true
	l.noteVirtual(l.cfg)
	l.scripts.set(l.cfg, l.saved.Scripts)
	keys := instanceKeys(l.cfg)
	l.removeOrphans(keys)
	for i, key := range keys {
		l.addInstance(key, l.cfg.Instances[i])
	}
	l.saved = savedState{} // a reload starts its new instances afresh
	l.flush()
	l.env.Ready()
}

// addInstance starts one instance, in the state in which an earlier process left it.
func (l *loop) addInstance(key string, c *conf.Instance) {
	vi := newInstance(key, c)
	l.vis = append(l.vis, vi)
	l.attach(vi)
	l.adopt(vi)
	now := time.Now()
	facts := l.facts(vi)
	was := l.saved.Instances[vi.key]
	if was.State == election.Init {
		for _, text := range faultLines(c.Name, vi.down, facts.Faults) {
			l.line(text, false)
		}
	}
	l.step(vi, now, facts)
	l.step(vi, now, election.Start{Resume: was.State, Interval: was.Interval})
	if was.State == election.Master && vi.m.State() == election.Master {
		l.line(resumedLine(c.Name))
	}
}

// adopt tells the address keeper which addresses of the instance are there already: those
// that an earlier process added, and leftovers of whatever ran before.
func (l *loop) adopt(vi *instance) {
	there := l.saved.Instances[vi.key].Holds
	for _, a := range l.addresses(vi) {
		if l.picture.Has(a.Index, a.Prefix) && !contains(there, a) {
			there = append(there, a)
		}
	}
	l.vips.adopt(vi.key, there)
}

// removeOrphans takes away what an earlier process held for instances that the present
// configuration lacks.
func (l *loop) removeOrphans(keys []string) {
	for key, was := range l.saved.Instances {
		if !slices.Contains(keys, key) {
			l.vips.adopt(key, was.Holds)
			l.vips.set(key, nil)
		}
	}
	l.vips.commit()
}

// refresh feeds the current facts to every instance.
func (l *loop) refresh() {
	now := time.Now()
	for _, vi := range l.vis {
		l.attach(vi)
		l.step(vi, now, l.facts(vi))
	}
}

func (l *loop) closeSockets() {
	for _, s := range l.socks {
		l.drop(s)
	}
}
