// SPDX-License-Identifier: Apache-2.0

package replayipvs

import (
	"bytes"
	"os"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"

	"vipward/internal/lab"
	"vipward/internal/replay"
)

// player plays cases and keeps what came of them.
type player struct {
	dir      string
	accepted *replay.Accepted
	leftOut  int

	mu      sync.Mutex // guards what follows
	results map[string]outcome
}

// outcome is what came of a case.
type outcome struct {
	err     error // it could not be played, or a step went wrong
	said    string
	diff    []replay.Difference
	lenient bool // equal but for accepted differences
}

func (o outcome) ok() bool { return o.err == nil && len(o.diff) == 0 }

// playTwice plays all cases, and those that differ again, since on a busy machine something
// may be late for once: only what comes both times counts.
func (p *player) playTwice(t *testing.T, names []string) {
	t.Helper()
	p.playAll(t, names, sideBySide)
	first := map[string]outcome{}
	var again []string
	for _, name := range names {
		if o := p.results[name]; !o.ok() {
			first[name] = o
			again = append(again, name)
		}
	}
	p.playAll(t, again, sideBySide/2) // much of what keeps a machine busy are the others
	for _, name := range again {
		o := p.results[name]
		if err := first[name].err; err != nil {
			t.Logf("at first: %s: %v\n%s", name, err, first[name].said)
		} else {
			o.diff = replay.Both(first[name].diff, o.diff)
		}
		p.results[name] = o
	}
}

// playAll plays cases side by side.
func (p *player) playAll(t *testing.T, names []string, together int) {
	t.Helper()
	var g errgroup.Group
	g.SetLimit(together)
	for _, name := range names {
		g.Go(func() error {
			o := p.play(t, name)
			p.mu.Lock()
			defer p.mu.Unlock()
			p.results[name] = o
			t.Logf("%s: %d differences", name, len(o.diff))
			for _, d := range o.diff {
				t.Logf("this time: %s: %s", name, d)
			}
			return nil // it is in the results
		})
	}
	_ = g.Wait() // no case returns an error
}

// play plays a case and says in what it differs: from 2.4.3 or from 2.2.7, where that is less.
func (p *player) play(t *testing.T, name string) outcome {
	t.Helper()
	var got *Recording
	var said bytes.Buffer
	var o outcome
	o.err = lab.Main(t.Context(), name, &said, func(lt lab.TB) {
		rec, err := Load(p.dir, name, false)
		if err != nil {
			lt.Fatalf("%v", err)
		}
		got = perform(lt, rec, p.accepted)
	})
	o.said = said.String()
	for i, older := range []bool{false, true} {
		want, err := Load(p.dir, name, older)
		if err != nil || o.err != nil {
			break // told above
		}
		all := p.compare(name, want, got)
		left := p.accepted.Refuse(name, all)
		if i == 0 || len(left) < len(o.diff) {
			o.diff, o.lenient = left, len(p.accepted.Refuse("", all)) > 0 // what is said of every case does not count
		}
	}
	return o
}

// report fails the test for cases that differ, and counts.
func (p *player) report(t *testing.T, names []string) {
	t.Helper()
	lenient, differ := 0, 0
	for _, name := range names {
		o := p.results[name]
		switch {
		case !o.ok():
			differ++
		case o.lenient:
			lenient++
		}
		for _, d := range o.diff {
			t.Errorf("%s: %s", name, d)
		}
		if o.err != nil {
			t.Errorf("%s: %v", name, o.err)
		}
		if !o.ok() && (o.err != nil || os.Getenv(onlyCases) != "") {
			t.Logf("%s: vipward said:\n%s", name, o.said)
		}
	}
	t.Logf("%d cases equal, %d with accepted differences, %d differ, %d left out",
		len(names)-differ-lenient, lenient, differ, p.leftOut)
}
