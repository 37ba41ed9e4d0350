// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"

	"vipward/internal/lab"
)

// kinds are those of differences.
var kinds = []string{"log", "wire", "fifo", "calls", "kernel", "file", "exit"}

// hopeless is a number of cases that differ which is not the machine's doing.
const hopeless = 40

// player plays cases and keeps what came of them.
type player struct {
	dir      string
	accepted *Accepted
	leftOut  int

	mu      sync.Mutex // guards what follows
	failed  map[string]outcome
	lenient []string // equal but for accepted differences
}

// outcome is what is wrong with a case.
type outcome struct {
	err  error // the case could not be played, or a step went wrong
	said string
	diff []Difference
	got  *Recording
}

func (o outcome) ok() bool { return o.err == nil && len(o.diff) == 0 }

// playTwice plays all cases, plays again those that differ, and reports what came twice.
func (p *player) playTwice(t *testing.T, names []string) {
	t.Helper()
	p.playAll(t, names, *sideBySide)
	again := slices.Sorted(maps.Keys(p.failed))
	if len(again) > 0 && len(again) <= hopeless {
		first := maps.Clone(p.failed)
		p.playAll(t, again, max(*sideBySide/3, 1)) // much of what keeps a machine busy are the others
		for _, name := range again {
			p.failed[name] = p.failed[name].confirm(t, name, first[name])
			if p.failed[name].ok() {
				delete(p.failed, name)
			}
		}
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) { p.failed[name].report(t) })
	}
	t.Logf("%d cases equal, %d with accepted differences, %d differ, %d left out",
		len(names)-len(p.failed)-len(p.lenient), len(p.lenient), len(p.failed), p.leftOut)
}

// confirm leaves of an outcome what the first time has shown as well, and logs the rest.
func (o outcome) confirm(t *testing.T, name string, first outcome) outcome {
	t.Helper()
	both := Both(first.diff, o.diff)
	for _, d := range first.diff {
		if !slices.ContainsFunc(both, d.sameAs) {
			t.Logf("only once: %s: %s", name, d)
		}
	}
	if first.err != nil && o.err == nil {
		t.Logf("only once: %s: %v\n%s", name, first.err, first.said)
	}
	o.diff = both
	return o
}

func (o outcome) report(t *testing.T) {
	t.Helper()
	if *show && o.got != nil {
		o.got.print(t)
	}
	for _, d := range o.diff {
		t.Errorf("%s", d)
	}
	if o.err != nil {
		t.Errorf("%v\n%s", o.err, o.said)
	}
}

// playAll plays cases side by side. t.Parallel would not: its limit is the number of
// processors.
func (p *player) playAll(t *testing.T, names []string, together int) {
	t.Helper()
	var g errgroup.Group
	g.SetLimit(together)
	for _, name := range names {
		waitForCalm()
		g.Go(func() error {
			p.play(t, name)
			return nil // it is in p.failed
		})
	}
	_ = g.Wait() // no case returns an error
}

// play plays a case and keeps its outcome in place of an earlier one.
func (p *player) play(t *testing.T, name string) {
	t.Helper()
	var got *Recording
	var said bytes.Buffer
	o := outcome{}
	o.err = lab.Main(t.Context(), name, &said, func(t lab.TB) {
		newer, _, err := load(p.dir, name, true)
		if err != nil {
			t.Fatalf("%v", err)
		}
		got = perform(t, newer, p)
	})
	o.said, o.got = said.String(), got
	lenient := false
	if got != nil {
		o.diff, lenient = p.judge(t, name, got)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.failed, name)
	switch {
	case !o.ok():
		p.failed[name] = o
	case lenient:
		p.lenient = append(p.lenient, name)
	}
}

// judge compares with both versions of keepalived, and takes the nearer one for each kind of
// difference.
func (p *player) judge(t *testing.T, name string, got *Recording) (diff []Difference, lenient bool) {
	t.Helper()
	said := p.accepted.translate(name, got)
	best := map[string][]Difference{}
	for i, newer := range []bool{true, false} {
		want, has, err := load(p.dir, name, newer)
		if err != nil {
			continue // recorded with the newer one only
		}
		all := Compare(want, said, has)
		lenient = lenient || len(all) > 0
		for _, kind := range kinds {
			left := slices.DeleteFunc(p.accepted.Refuse(name, all), func(d Difference) bool { return d.Kind != kind })
			if i == 0 || len(left) < len(best[kind]) {
				best[kind] = left
			}
		}
	}
	for _, kind := range kinds {
		diff = append(diff, best[kind]...)
	}
	return diff, lenient
}

// milestones are the changes of state that both versions of keepalived had come to at the end
// of each step, but for those that vipward is known not to come to.
func (p *player) milestones(name string) []map[string]int {
	var out []map[string]int
	for _, newer := range []bool{true, false} {
		rec, has, err := load(p.dir, name, newer)
		if err != nil || !has.log {
			continue
		}
		all := reached(rec)
		for i, lines := range all {
			maps.DeleteFunc(lines, func(line string, _ int) bool {
				return len(p.accepted.Refuse(name, []Difference{{"log", "-", Item{i, line}}})) == 0
			})
			if i < len(out) {
				out[i] = lesser(out[i], lines)
			}
		}
		if out == nil {
			out = all
		}
	}
	return out
}

// lesser has for each line the lesser of two counts.
func lesser(a, b map[string]int) map[string]int {
	out := map[string]int{}
	for line, n := range a {
		if n = min(n, b[line]); n > 0 {
			out[line] = n
		}
	}
	return out
}

// print tells a run as the recordings do.
func (r *Recording) print(t *testing.T) {
	t.Helper()
	for _, step := range r.Steps {
		t.Logf("--- %s", step.Do)
		for _, l := range slices.Concat(step.Log, step.FIFO, step.Calls, step.Kernel, step.Files) {
			t.Logf("  %s", strings.TrimSpace(l))
		}
		for _, f := range step.Frames {
			t.Logf("  %s well inside: %v", f.Key, f.Inner)
		}
	}
}
