// SPDX-License-Identifier: Apache-2.0

package election

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"time"
)

// walk is one random network and what is known about it.
type walk struct {
	r     *rand.Rand
	s     *sim
	boxes []*box
	loss  float64

	crossed   bool // every host has another priority on each link
	maxDelay  time.Duration
	states    map[*node]State // as their transitions tell
	since     map[*node]time.Time
	healthy   map[[2]*node]time.Time // when adverts last did not pass between two
	quiet     map[*node]bool         // does not answer lower priorities, or did not before a reload
	edges     map[edge]bool
	log       []entry
	faults    []string
	first     int  // of log, shortly after the first fault
	regrouped bool // a reload changed the members of a group
}

// entry is a line of the log; it is written only when somebody wants to read it.
type entry struct {
	at   time.Time
	name string
	a    Action
}

// box is a simulated host: one router, or several in a group.
type box struct {
	nodes []*node
	h     *host // nil: one router, no group
}

const walkGrace = time.Millisecond

func newWalk(seed uint64) *walk {
	w := &walk{
		r: rand.New(rand.NewPCG(seed, seed)), states: map[*node]State{}, since: map[*node]time.Time{},
		healthy: map[[2]*node]time.Time{}, edges: map[edge]bool{}, quiet: map[*node]bool{},
	}
	w.s = newSim(w.watch)
	w.s.bare = true
	w.s.whole = func(h *host, a Action) { w.log = append(w.log, entry{w.s.now, h.name, a}) }
	w.maxDelay = time.Duration(1+w.r.IntN(20)) * time.Millisecond
	w.s.latency = func() time.Duration { return time.Duration(1 + w.r.Int64N(int64(w.maxDelay))) }
	w.s.lose = func() bool { return w.loss > 0 && w.r.Float64() < w.loss }
	w.populate()
	return w
}

// populate draws two to five hosts on one to three links.
func (w *walk) populate() {
	links := []int{1, 1, 2, 3}[w.r.IntN(4)]
	versions := []int{2 + w.r.IntN(2)}
	if w.r.IntN(6) == 0 {
		versions = []int{2, 3}
	}
	w.crossed = links > 1 && w.r.IntN(4) == 0
	for i := range 2 + w.r.IntN(4) {
		b := &box{}
		p := w.params(versions[w.r.IntN(len(versions))])
		for link := range links {
			if w.crossed {
				p.Priority = w.priority()
			}
			addr := netip.AddrFrom4([4]byte{10, 0, byte(link), byte(i + 1)})
			if w.crossed && w.r.IntN(2) == 0 {
				addr = netip.AddrFrom4([4]byte{10, 0, byte(link), byte(200 - i)})
			}
			n := w.s.add(fmt.Sprintf("r%d.%d", i, link), addr, p)
			n.link = fmt.Sprint(link)
			w.quiet[n] = p.LowerPrioNoAdvert
			n.facts.Undecided = w.r.IntN(10) == 0
			b.nodes = append(b.nodes, n)
		}
		if links > 1 {
			b.h = &host{name: fmt.Sprintf("G%d", i), members: b.nodes}
		}
		w.boxes = append(w.boxes, b)
	}
	for _, b := range w.boxes {
		w.boot(b, nil)
	}
}

func (w *walk) priority() uint8 { return []uint8{50, 100, 100, 150, 200, 254, 255}[w.r.IntN(7)] }

// params draws the parameters of one host.
func (w *walk) params(version int) Params {
	p := defaultParams(version, w.priority())
	if version == 3 {
		p.AdvertInt = []time.Duration{100 * time.Millisecond, 500 * time.Millisecond, second}[w.r.IntN(3)]
	}
	p.DownTimerAdverts = []int{2, 3, 3, 3, 5}[w.r.IntN(5)]
	w.manner(&p)
	return p
}

// manner draws what a reload may change as well.
func (w *walk) manner(p *Params) {
	one := func(n int) bool { return w.r.IntN(n) == 0 }
	p.NoPreempt, p.PreemptDelay, p.TimerExpiredBackup = false, 0, 0
	switch {
	case one(4) && p.Priority != 255:
		p.NoPreempt = true
		if one(2) {
			p.TimerExpiredBackup = 254
		}
	case one(4):
		p.PreemptDelay = time.Duration(w.r.IntN(5)) * second
	}
	p.LowerPrioNoAdvert, p.HigherPrioSendAdvert = one(8), one(8)
	p.Announce.Refresh = time.Duration(w.r.IntN(3)) * second
}

// boot starts a host, each router as resume says.
func (w *walk) boot(b *box, resume map[*node]Start) {
	for _, n := range b.nodes {
		w.states[n] = resume[n].Resume
		w.since[n] = w.s.now
		n.asleep, n.inbox = false, nil
	}
	if b.h != nil {
		b.h.members = b.nodes
		w.s.bootHost(b.h, resume)
		return
	}
	w.s.boot(b.nodes[0], resume[b.nodes[0]])
}

// watch follows every action and checks what must hold at it.
func (w *walk) watch(n *node, a Action) {
	w.log = append(w.log, entry{w.s.now, n.name, a})
	tr, ok := a.(Transition)
	if !ok {
		return
	}
	if tr.From != w.states[n] {
		w.fault("%s: transition from %v, but the last one went to %v", n.name, tr.From, w.states[n])
	}
	if tr.From == Master {
		w.twoMasters(n)
	}
	w.states[n] = tr.To
	w.since[n] = w.s.now
	w.edges[edge{tr.From, tr.To}] = true
}

func (w *walk) fault(format string, args ...any) {
	if len(w.faults) == 0 {
		w.first = len(w.log) + 5
	}
	at := fmt.Sprintf("%9.6f ", w.s.now.Sub(epoch).Seconds())
	w.faults = append(w.faults, at+fmt.Sprintf(format, args...))
}

// note puts a word about the network into the log.
func (w *walk) note(format string, args ...any) {
	w.log = append(w.log, entry{w.s.now, "--- " + fmt.Sprintf(format, args...), nil})
}

// tail returns the last lines of the log.
func (w *walk) tail(n int) string {
	var out strings.Builder
	end := len(w.log)
	if len(w.faults) > 0 {
		end = min(w.first, end)
	}
	for _, e := range w.log[max(0, end-n):end] {
		fmt.Fprintf(&out, "%9.6f %s", e.at.Sub(epoch).Seconds(), e.name)
		if e.a != nil {
			fmt.Fprintf(&out, ": %s", show(e.a))
		}
		out.WriteString("\n")
	}
	return out.String()
}
