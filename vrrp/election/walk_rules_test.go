// SPDX-License-Identifier: Apache-2.0

package election

import (
	"slices"
	"time"
)

// run is the whole story: the network suffers, is left alone, and is judged.
func (w *walk) run() {
	w.suffer(8 + w.r.IntN(25))
	w.calm()
	w.settle()
	w.judge()
}

// alive says whether a router's process runs now.
func alive(n *node) bool { return n.m != nil && !n.asleep }

// passes says whether adverts pass both ways between two routers now.
func (w *walk) passes(a, b *node) bool {
	return a.link == b.link && a.p.Version == b.p.Version && alive(a) && alive(b) && w.loss == 0 &&
		!w.s.cut[[2]string{a.name, b.name}] && !w.s.cut[[2]string{b.name, a.name}]
}

// consistent checks what must hold between any two events, after a stretch of time in which
// the network did not change.
func (w *walk) consistent() {
	for _, n := range w.s.nodes {
		if n.m != nil {
			w.coherent(n)
		}
		w.twoMasters(n)
	}
	for _, b := range w.boxes {
		w.together(b)
	}
	for i, a := range w.s.nodes {
		for _, b := range w.s.nodes[i+1:] {
			if !w.passes(a, b) {
				w.healthy[[2]*node{a, b}] = w.s.now
			}
		}
	}
}

// coherent wants a router's state, report, addresses and timer to agree.
func (w *walk) coherent(n *node) {
	state := n.m.State()
	if state != w.states[n] {
		w.fault("%s is %v, its transitions said %v", n.name, state, w.states[n])
	}
	if n.holds != (state == Master) {
		w.fault("%s is %v and holds addresses: %v", n.name, state, n.holds)
	}
	if runs := state == Backup || state == Master; state != Init && runs == n.m.Deadline().IsZero() {
		w.fault("%s is %v with deadline %v", n.name, state, n.m.Deadline())
	}
}

// together wants the members of a group to be masters all or none, unless a reload brought
// a new one.
func (w *walk) together(b *box) {
	if w.regrouped || b.h == nil || b.nodes[0].m == nil {
		return
	}
	for _, n := range b.nodes[1:] {
		if first := b.nodes[0].m; !n.m.ended() && !first.ended() && (n.m.State() == Master) != (first.State() == Master) {
			w.fault("%s is %v, %s of the same group is %v", b.nodes[0].name, first.State(), n.name, n.m.State())
		}
	}
}

// twoMasters wants no other master beside n for longer than two link delays while adverts
// pass both ways. Masters that did not hear each other before learn at the next advert.
func (w *walk) twoMasters(n *node) {
	if n.m == nil || w.states[n] != Master {
		return
	}
	for _, other := range w.s.nodes {
		if other == n || w.states[other] != Master || !w.passes(n, other) {
			continue
		}
		if limit := w.limit(n, other); w.s.now.After(limit) {
			w.fault("%s and %s are masters since %v and %v, %v for too long", n.name, other.name,
				w.since[n].Sub(epoch), w.since[other].Sub(epoch), w.s.now.Sub(limit))
		}
	}
}

// limit is until when both may be masters.
func (w *walk) limit(a, b *node) time.Time {
	from := later(w.since[a], w.since[b])
	interval := max(a.p.AdvertInt, b.p.AdvertInt)
	heard := later(w.healthy[[2]*node{a, b}], w.healthy[[2]*node{b, a}])
	bound := 2*w.maxDelay + walkGrace
	if from.Before(heard) || from.Equal(heard) {
		return heard.Add(interval + bound)
	}
	if w.quiet[a] || w.quiet[b] {
		bound += interval // the better one does not answer, and is heard at its next advert
	}
	return from.Add(bound)
}

// calm mends everything.
func (w *walk) calm() {
	w.note("calm")
	w.loss = 0
	clear(w.s.cut)
	for _, b := range w.boxes {
		w.mend(b)
	}
}

func (w *walk) mend(b *box) {
	for _, n := range b.nodes {
		n.facts = Facts{Source: n.addr}
		w.s.wake(n)
	}
	ended := func(n *node) bool { return n.m == nil || n.m.ended() }
	if slices.ContainsFunc(b.nodes, ended) {
		w.boot(b, nil)
		return
	}
	if b.h != nil && len(b.h.members) < len(b.nodes) {
		w.s.unite(b.h, b.nodes...)
	}
	for _, n := range b.nodes {
		w.s.step(n, n.facts)
	}
}

// settle waits for as long as the election may take: a preempt delay, what follows from lost
// addresses, and some rounds of the slowest timers.
//
// Where no host is the best on all links, several rounds of a contest may be needed.
func (w *walk) settle() {
	wait := 30 * second
	if w.crossed {
		wait = 2 * time.Minute
	}
	for _, n := range w.s.nodes {
		if n.m != nil {
			wait = max(wait, 2*n.m.losses.wait+30*second)
		}
	}
	for range 10 {
		w.s.advance(wait / 10)
		w.consistent()
	}
}

// judge wants one host of each version to be master, all of it, the best one, and nobody
// to change any more.
func (w *walk) judge() {
	for _, version := range []int{2, 3} {
		w.judgeVersion(version)
	}
	before := len(w.edges)
	changes := func() (n int) {
		for _, e := range w.log {
			if _, ok := e.a.(Transition); ok {
				n++
			}
		}
		return n
	}
	was := changes()
	w.s.advance(10 * second)
	w.consistent()
	if changes() != was || len(w.edges) != before {
		w.fault("somebody changed its state in the calm")
	}
}

func (w *walk) judgeVersion(version int) {
	var masters, all []*box
	for _, b := range w.boxes {
		if b.nodes[0].p.Version != version {
			continue
		}
		all = append(all, b)
		n := 0
		for _, node := range b.nodes {
			if node.m.State() == Master {
				n++
			}
		}
		switch n {
		case len(b.nodes):
			masters = append(masters, b)
		case 0:
		default:
			w.fault("%d of %d routers of host %s are masters", n, len(b.nodes), b.nodes[0].name)
		}
	}
	if len(all) > 0 && len(masters) != 1 {
		w.fault("%d hosts of version %d are masters", len(masters), version)
		return
	}
	for _, b := range all {
		if b != masters[0] && w.entitled(b, masters[0]) {
			w.fault("%s is backup and better than the master %s", b.nodes[0].name, masters[0].nodes[0].name)
		}
	}
}

// entitled says whether a host should be master in place of another: better on every link,
// and allowed to preempt.
func (w *walk) entitled(b, master *box) bool {
	for i, n := range b.nodes {
		if n.p.NoPreempt || n.m.Priority() <= master.nodes[i].m.Priority() {
			return false
		}
	}
	return true
}
