// SPDX-License-Identifier: Apache-2.0

package election

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

var walkSeed = flag.Uint64("walk.seed", 0, "the only seed of the random walk; 0: many")

// walkCount is how many networks the random walk tries; VIPWARD_WALKS sets another number.
const walkCount = 10000 / raceFactor

// TestWalk lets random networks suffer, and then leaves them alone. What must hold meanwhile
// and afterwards is in walk_rules_test.go. Three of four seeds are the same in every run.
func TestWalk(t *testing.T) {
	t.Parallel()
	if *walkSeed != 0 {
		walkOne(t, *walkSeed)
		return
	}
	seeds := make(chan uint64)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for seed := range seeds {
				walkOne(t, seed)
			}
		})
	}
	for i := range walks(t) {
		seed := uint64(i + 1)
		if i%4 == 3 {
			seed = rand.Uint64()
		}
		if t.Failed() {
			break // one story at a time
		}
		seeds <- seed
	}
	close(seeds)
	wg.Wait()
}

func walks(t *testing.T) int {
	t.Helper()
	text := os.Getenv("VIPWARD_WALKS")
	if text == "" {
		return walkCount
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("VIPWARD_WALKS: %v", err)
	}
	return n
}

// walkOne is one network from its seed to the verdict.
func walkOne(t *testing.T, seed uint64) {
	w := newWalk(seed)
	w.run()
	if len(w.faults) > 0 {
		t.Errorf("seed %d: repeat with -run TestWalk$ -walk.seed=%d\n%s\nthe last actions:\n%s", seed, seed, w.complaints(), w.tail(80))
	}
}

// TestWalkRepeats: the same seed gives the same actions at the same times, so nothing
// depends on the order of a map or on a real clock.
func TestWalkRepeats(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		run := func() string {
			w := newWalk(seed + 1)
			w.run()
			return w.tail(1 << 20)
		}
		if diff := gocmp.Diff(run(), run()); diff != "" {
			t.Errorf("two runs of seed %d differ:\n%s", seed+1, diff)
		}
	}
}

// TestWalkEdges: every way of the picture is really taken, and no other.
func TestWalkEdges(t *testing.T) {
	t.Parallel()
	seen := map[edge]bool{}
	for seed := range uint64(400) {
		w := newWalk(seed + 1)
		w.run()
		for e := range w.edges {
			seen[e] = true
		}
	}
	if diff := gocmp.Diff(picture(t), names(seen)); diff != "" {
		t.Errorf("ways between states (-picture +taken):\n%s", diff)
	}
}

// TestWalkNotices: the rules are able to fail. Each broken network breaks one of them.
func TestWalkNotices(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func(w *walk, n *node)
	}{
		{"adverts that do not arrive", func(w *walk, _ *node) { w.s.lose = func() bool { return true } }},
		{"addresses without a master", func(_ *walk, n *node) { n.holds = !n.holds }},
		{"a backup without a deadline", func(_ *walk, n *node) { n.m.timers = timers{} }},
		{"a state that nobody reported", func(_ *walk, n *node) { n.m.state, n.m.timers = FaultState, timers{} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWalk(1)
			w.calm()
			tt.spoil(w, w.boxes[0].nodes[0])
			w.consistent()
			w.settle()
			w.judge()
			if len(w.faults) == 0 {
				t.Errorf("nothing was noticed")
			}
		})
	}
}

func (w *walk) complaints() string {
	text := ""
	for i, f := range w.faults {
		if i == 5 {
			return text + fmt.Sprintf("and %d more", len(w.faults)-i)
		}
		text += f + "\n"
	}
	return text
}
