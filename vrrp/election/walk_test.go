// SPDX-License-Identifier: Apache-2.0

package election

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

var walkSeed = flag.Uint64("walk.seed", 0, "the only seed of the random walk; 0: many")

// TestWalk lets random networks suffer, and then leaves them alone: exactly one router, the
// best, must be master, and stay it.
func TestWalk(t *testing.T) {
	t.Parallel()
	for _, seed := range walkSeeds() {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newWalk(t, seed)
			w.suffer(200)
			w.calm()
			w.judge()
			if t.Failed() {
				t.Logf("repeat with -run TestWalk -walk.seed=%d; the last actions:\n%s", seed, w.tail(60))
			}
		})
	}
}

// walkSeeds are the same few every time, and some new ones.
func walkSeeds() []uint64 {
	if *walkSeed != 0 {
		return []uint64{*walkSeed}
	}
	var seeds []uint64
	for i := range uint64(150) {
		seeds = append(seeds, i+1)
	}
	for range 50 {
		seeds = append(seeds, rand.Uint64())
	}
	return seeds
}

// TestWalkRepeats: the same seed gives the same actions at the same times, so nothing
// depends on the order of a map or on a real clock.
func TestWalkRepeats(t *testing.T) {
	t.Parallel()
	run := func() string {
		w := newWalk(t, 42)
		w.suffer(300)
		w.calm()
		return w.log.String()
	}
	if diff := gocmp.Diff(run(), run()); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
}

// TestWalkEdges: every way of the picture is really taken, and no other.
func TestWalkEdges(t *testing.T) {
	t.Parallel()
	seen := map[edge]bool{}
	for seed := range uint64(40) {
		w := newWalk(t, seed+1)
		w.suffer(300)
		w.calm()
		for e := range w.edges {
			seen[e] = true
		}
	}
	if diff := gocmp.Diff(picture(t), names(seen)); diff != "" {
		t.Errorf("ways between states (-picture +taken):\n%s", diff)
	}
}

// walk is one random network and what is known about it.
type walk struct {
	t      *testing.T
	r      *rand.Rand
	s      *sim
	states map[*node]State // as their transitions tell
	edges  map[edge]bool
	log    strings.Builder
	loss   float64
}

func newWalk(t *testing.T, seed uint64) *walk {
	w := &walk{
		t: t, r: rand.New(rand.NewPCG(seed, seed)),
		states: map[*node]State{}, edges: map[edge]bool{},
	}
	w.s = newSim(w.watch)
	w.s.latency = func() time.Duration { return time.Duration(w.r.IntN(20)+1) * time.Millisecond }
	w.s.lose = func() bool { return w.r.Float64() < w.loss }
	version := 2 + w.r.IntN(2)
	for i, priority := range w.r.Perm(5)[:2+w.r.IntN(4)] {
		w.populate(i, w.params(version, uint8(50+50*priority)))
	}
	return w
}

// params draws the parameters of one router. Priority 250 becomes an owner now and then.
func (w *walk) params(version int, priority uint8) Params {
	p := defaultParams(version, priority)
	if priority == 250 && w.r.IntN(2) == 0 {
		p.Priority = 255
	}
	if version == 3 {
		p.AdvertInt = []time.Duration{100 * time.Millisecond, 500 * time.Millisecond, second}[w.r.IntN(3)]
	}
	if w.r.IntN(4) == 0 {
		p.PreemptDelay = time.Duration(w.r.IntN(5)) * second
	}
	p.Announce.Refresh = time.Duration(w.r.IntN(3)) * second
	return p
}

func (w *walk) populate(i int, p Params) {
	n := w.s.add(fmt.Sprintf("r%d", i), netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}), p)
	w.start(n, Start{})
}

func (w *walk) start(n *node, ev Start) {
	w.states[n] = ev.Resume
	if ev.Resume == Stopped || ev.Resume == Deleted {
		w.states[n] = Init
	}
	w.s.boot(n, ev)
}

// watch follows every action and checks what must always hold.
func (w *walk) watch(n *node, a Action) {
	fmt.Fprintf(&w.log, "%9.6f %s: %s\n", w.s.now.Sub(epoch).Seconds(), n.name, show(a))
	tr, ok := a.(Transition)
	if !ok {
		return
	}
	if tr.From != w.states[n] {
		w.t.Errorf("%s: transition from %v, but the last one went to %v", n.name, tr.From, w.states[n])
	}
	w.states[n] = tr.To
	w.edges[edge{tr.From, tr.To}] = true
}

// suffer does random things to the network.
func (w *walk) suffer(steps int) {
	for range steps {
		n := w.s.nodes[w.r.IntN(len(w.s.nodes))]
		w.blow(n)
		w.s.advance(time.Duration(w.r.IntN(1500)) * time.Millisecond)
		w.consistent()
	}
}

func (w *walk) blow(n *node) {
	switch w.r.IntN(9) {
	case 0:
		w.s.cut[[2]string{n.name, w.s.nodes[0].name}] = true
	case 1:
		clear(w.s.cut)
	case 2:
		w.loss = float64(w.r.IntN(4)) / 10
	case 3:
		w.crash(n)
	case 4:
		w.s.step(n, []Event{Stop{}, Delete{}, Lost{}, Rival{}}[w.r.IntN(4)])
	case 5:
		w.restart(n)
	case 6:
		n.facts.Faults = Fault(w.r.IntN(3)) // none, link, source
		w.s.step(n, n.facts)
	case 7:
		n.facts.Delta, n.facts.Undecided = w.r.IntN(80)-40, w.r.IntN(4) == 0
		w.s.step(n, n.facts)
	case 8:
		n.p.Announce.Refresh = time.Duration(w.r.IntN(3)) * second
		w.s.step(n, Reconfigure{n.p})
	}
}

// crash kills a process. Its state file stays, its addresses too.
func (w *walk) crash(n *node) { n.m = nil }

// restart begins where the state file or nothing left the router.
func (w *walk) restart(n *node) {
	switch {
	case n.m != nil && !n.m.ended():
	case w.r.IntN(2) == 0:
		w.start(n, Start{Resume: w.states[n], Interval: n.p.AdvertInt})
	default:
		w.start(n, Start{})
	}
}

// consistent checks what must hold between any two events.
func (w *walk) consistent() {
	w.t.Helper()
	for _, n := range w.s.nodes {
		if n.m == nil {
			continue
		}
		state := n.m.State()
		if state != w.states[n] {
			w.t.Errorf("%s is %v, its transitions said %v", n.name, state, w.states[n])
		}
		if n.holds != (state == Master) {
			w.t.Errorf("%s is %v and holds addresses: %v", n.name, state, n.holds)
		}
		if runs := state == Backup || state == Master; runs == n.m.Deadline().IsZero() {
			w.t.Errorf("%s is %v with deadline %v", n.name, state, n.m.Deadline())
		}
	}
}

// calm mends everything and waits until it must have settled.
func (w *walk) calm() {
	w.loss = 0
	clear(w.s.cut)
	for _, n := range w.s.nodes {
		n.facts = Facts{Source: n.addr}
		if n.m == nil || n.m.ended() {
			w.start(n, Start{})
		}
		w.s.step(n, n.facts)
	}
	w.s.advance(20 * second)
}

// judge wants the best router as the only master, all the time.
func (w *walk) judge() {
	best := slices.MaxFunc(w.s.nodes, func(a, b *node) int { return int(a.p.Priority) - int(b.p.Priority) })
	for range 400 {
		w.s.advance(25 * time.Millisecond)
		if diff := gocmp.Diff([]string{best.name}, w.s.masters()); diff != "" {
			w.t.Fatalf("masters (-want +got):\n%s", diff)
		}
	}
	w.consistent()
}

// tail returns the last lines of the log.
func (w *walk) tail(n int) string {
	lines := strings.Split(w.log.String(), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
