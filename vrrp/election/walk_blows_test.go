// SPDX-License-Identifier: Apache-2.0

package election

import (
	"slices"
	"time"
)

// suffer does random things to the network.
func (w *walk) suffer(steps int) {
	for range steps {
		b := w.boxes[w.r.IntN(len(w.boxes))]
		w.blow(b, b.nodes[w.r.IntN(len(b.nodes))])
		w.s.advance(time.Duration(w.r.Int64N(int64(1500 * time.Millisecond))))
		w.consistent()
	}
}

// blow is one of them.
func (w *walk) blow(b *box, n *node) {
	blows := []func(*box, *node){
		w.cut, w.heal, w.lossy, w.crash, w.restart, w.restart, w.sleep, w.sleep, w.fault1, w.fault1, w.track, w.reload,
		w.regroup, w.order, w.heal,
	}
	blows[w.r.IntN(len(blows))](b, n)
}

// cut lets adverts of one router not reach another one any more, or those of both.
func (w *walk) cut(_ *box, n *node) {
	other := w.s.nodes[w.r.IntN(len(w.s.nodes))]
	w.note("cut %s -> %s", n.name, other.name)
	w.s.cut[[2]string{n.name, other.name}] = true
	if w.r.IntN(2) == 0 {
		w.s.cut[[2]string{other.name, n.name}] = true
	}
}

func (w *walk) heal(*box, *node) {
	w.note("heal")
	clear(w.s.cut)
	w.loss = 0
}

func (w *walk) lossy(*box, *node) {
	w.loss = float64(w.r.IntN(4)) / 10
	w.note("loss %.1f", w.loss)
}

// crash kills a process. Its state file stays, its addresses too.
func (w *walk) crash(b *box, _ *node) {
	w.note("crash %s", b.nodes[0].name)
	for _, n := range b.nodes {
		n.m = nil
	}
}

// restart begins where the state file or nothing left the host.
func (w *walk) restart(b *box, _ *node) {
	if !slices.ContainsFunc(b.nodes, func(n *node) bool { return n.m == nil || n.m.ended() }) {
		return
	}
	resume := map[*node]Start{}
	if w.r.IntN(2) == 0 {
		for _, n := range b.nodes {
			resume[n] = Start{Resume: w.states[n], Interval: n.p.AdvertInt}
			if w.states[n] == Stopped || w.states[n] == Deleted {
				resume[n] = Start{}
			}
		}
	} else if w.r.IntN(4) == 0 {
		delay := time.Duration(w.r.IntN(4)) * second
		for _, n := range b.nodes {
			resume[n] = Start{Delay: delay}
		}
	}
	w.note("restart %s", b.nodes[0].name)
	w.boot(b, resume)
}

// sleep takes a host's time away, or gives it back: nothing is done, while packets wait.
func (w *walk) sleep(b *box, _ *node) {
	asleep := b.nodes[0].asleep
	w.note("asleep %v %s", !asleep, b.nodes[0].name)
	for _, n := range b.nodes {
		if asleep {
			w.s.wake(n)
		} else {
			n.asleep = true
		}
	}
}

// wakeFirst: who gets an event by name is awake.
func (w *walk) wakeFirst(b *box) {
	for _, n := range b.nodes {
		w.s.wake(n)
	}
}

func (w *walk) fault1(b *box, n *node) {
	w.wakeFirst(b)
	n.facts.Faults = Fault(w.r.IntN(3)) // none, link, source
	w.s.step(n, n.facts)
}

func (w *walk) track(b *box, n *node) {
	w.wakeFirst(b)
	n.facts.Delta, n.facts.Undecided = w.r.IntN(80)-40, w.r.IntN(4) == 0
	w.s.step(n, n.facts)
}

func (w *walk) reload(b *box, _ *node) {
	w.wakeFirst(b)
	w.note("reload %s", b.nodes[0].name)
	p := b.nodes[0].p
	w.manner(&p)
	again := w.r.IntN(3) == 0
	for _, n := range b.nodes {
		was := n.p
		n.p = p
		n.p.Priority, n.p.NoPreempt = was.Priority, p.NoPreempt && was.Priority != 255
		if again && was.Priority != 255 {
			n.p.Priority = []uint8{60, 120, 180}[w.r.IntN(3)]
		}
		w.quiet[n] = w.quiet[n] || n.p.LowerPrioNoAdvert
		w.s.step(n, Reconfigure{n.p})
	}
}

// regroup is a reload that takes a router out of its group, or puts all in.
func (w *walk) regroup(b *box, _ *node) {
	if b.h == nil || slices.ContainsFunc(b.nodes, func(n *node) bool { return n.m == nil }) {
		return
	}
	w.wakeFirst(b)
	w.regrouped = true
	if len(b.h.members) < len(b.nodes) {
		w.note("all in group %s", b.h.name)
		w.s.unite(b.h, b.nodes...)
		return
	}
	w.note("one out of group %s", b.h.name)
	w.s.unite(b.h, b.nodes[1:]...)
}

// order is an event of the host itself.
func (w *walk) order(b *box, n *node) {
	w.wakeFirst(b)
	switch w.r.IntN(6) {
	case 0:
		w.each(b, Stop{})
	case 1:
		w.each(b, Delete{})
	case 2:
		w.s.step(n, Lost{})
	default:
		w.s.step(n, Rival{What: "somebody"})
	}
}

func (w *walk) each(b *box, ev Event) {
	for _, n := range b.nodes {
		w.s.step(n, ev)
	}
}
