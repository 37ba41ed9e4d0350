// SPDX-License-Identifier: Apache-2.0

//go:build replay

package replay

import (
	"bytes"
	"flag"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"vipward/internal/lab"
)

var (
	dir        = flag.String("recordings", "../../../shared/reference/observed/vrrp", "where the recordings are")
	only       = flag.String("case", ".", "play only cases that match this pattern")
	sideBySide = flag.Int("sidebyside", 12, "cases to play at once: most of a case is waiting")
)

// ownRecordings are a few telling ones, for where the whole collection is missing.
const ownRecordings = "testdata/recordings"

// Between two steps whose times were not recorded there is the time until all changes of state
// have come that came then, and all announcements.
const (
	longestGap  = 9 * time.Second
	shortestGap = 1200 * time.Millisecond
	afterLast   = 600 * time.Millisecond
)

var paceLine = regexp.MustCompile(`Entering \w+ STATE|Sending/queueing|Changing effective priority|Reload complete`)

// rounds is how many cases are played side by side when those that differed are played again:
// a busy machine is late, and much of it is busy with the others.
var rounds = []int{4, 1}

// hopeless is a number of differences that is not the machine's doing.
const hopeless = 40

// TestRecordings plays each recording of the real keepalived to vipward.
func TestRecordings(t *testing.T) {
	from := *dir
	if len(caseNames(t, from)) == 0 {
		from = ownRecordings
	}
	lab.Vipward(t)
	accepted, err := ReadAccepted("testdata/accepted.txt")
	if err != nil {
		t.Fatal(err)
	}
	p := &player{dir: from, accepted: accepted, failed: map[string]outcome{}}
	var names []string
	for _, name := range caseNames(t, from) {
		if !regexp.MustCompile(*only).MatchString(name) {
			continue
		}
		if why, ok := p.accepted.Whole(name); ok {
			t.Logf("not played: %s: %s", name, why)
			p.leftOut++
			continue
		}
		names = append(names, name)
	}
	p.playAll(t, names, *sideBySide)
	for _, n := range rounds {
		again := slices.Sorted(maps.Keys(p.failed))
		if len(again) == 0 || len(again) > hopeless {
			break
		}
		t.Logf("played again, %d side by side: %s", n, strings.Join(again, " "))
		for _, name := range again {
			for _, d := range p.failed[name].diff {
				t.Logf("%s: %s", name, d)
			}
		}
		p.playAll(t, again, n)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) { p.failed[name].report(t) })
	}
	t.Logf("%d cases equal, %d with accepted differences, %d differ, %d left out",
		len(names)-len(p.failed)-len(p.lenient), len(p.lenient), len(p.failed), p.leftOut)
	if from == *dir && *only == "." && !t.Failed() {
		for _, rule := range p.accepted.Unused() {
			t.Logf("accepted.txt: nothing needs %s", rule)
		}
	}
}

// caseNames lists the recordings in a folder.
func caseNames(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.conf"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		name, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(f), ".conf"), ".")
		names = append(names, name) // NAME.24.conf goes with its older sister
	}
	slices.Sort(names)
	return slices.Compact(names)
}

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
}

func (o outcome) report(t *testing.T) {
	t.Helper()
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
		got = perform(t, newer)
	})
	o.said = said.String()
	lenient := false
	if got != nil {
		o.diff, lenient = p.judge(t, name, got)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.failed, name)
	switch {
	case o.err != nil || len(o.diff) > 0:
		p.failed[name] = o
	case lenient:
		p.lenient = append(p.lenient, name)
	}
}

// judge compares with both versions of keepalived and takes the nearer one.
func (p *player) judge(t *testing.T, name string, got *Recording) (diff []Difference, lenient bool) {
	t.Helper()
	said := p.accepted.translate(name, got)
	for i, newer := range []bool{true, false} {
		want, has, err := load(p.dir, name, newer)
		if err != nil {
			continue // recorded with the newer one only
		}
		all := Compare(want, said, has)
		left := p.accepted.Refuse(name, all)
		if i == 0 || len(left) < len(diff) {
			diff, lenient = left, len(all) > 0
		}
	}
	return diff, lenient
}

// perform does the steps of a recording at their times and records what follows.
func perform(t lab.TB, rec *Recording) *Recording {
	t.Helper()
	s := newStage(t, rec)
	got := &Recording{Name: rec.Name}
	begins := make([]time.Time, 0, len(rec.Steps))
	for i, step := range rec.Steps {
		do, ok := deedOf(step.Do)
		if !ok {
			t.Fatalf("step %q is not understood", step.Do)
		}
		begins = append(begins, time.Now())
		do(s)
		if i+1 < len(rec.Steps) {
			s.waitFor(begins[i], step, rec.Steps[i+1])
		} else {
			time.Sleep(300 * time.Millisecond)
		}
		got.Steps = append(got.Steps, s.take(step.Do))
	}
	s.frames(got, begins)
	return got
}

// waitFor waits until the next step is due.
func (s *stage) waitFor(began time.Time, step, next Step) {
	switch {
	case strings.Contains(next.Do, "exited with status"): // which waits by itself
	case step.At >= 0 && next.At >= 0:
		time.Sleep(time.Until(began.Add(next.At - step.At)))
	case strings.HasPrefix(next.Do, "start keepalived"):
	case strings.HasPrefix(step.Do, "kernel snapshot"):
		time.Sleep(200 * time.Millisecond)
	default:
		s.waitForPace(began, pace(step.Log))
		time.Sleep(afterLast)
		time.Sleep(time.Until(began.Add(shortestGap)))
	}
}

// waitForPace waits until as many lines of the pace have come as once came.
func (s *stage) waitForPace(began time.Time, want int) {
	for time.Since(began) < longestGap {
		got := 0
		for name, d := range s.daemons {
			got += pace(d.From(s.marks[name]))
		}
		if got >= want {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func pace(lines []string) int {
	n := 0
	for _, l := range lines {
		if paceLine.MatchString(l) {
			n++
		}
	}
	return n
}
