// SPDX-License-Identifier: Apache-2.0

package track

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// censusRig plays events and writes down who gained or lost its quorum.
type censusRig struct {
	c   *Census
	t0  time.Time
	log []string
}

func newCensusRig(trackers ...ProcessTracker) *censusRig {
	return &censusRig{c: NewCensus(trackers), t0: time.Unix(1700000000, 0)}
}

// at plays what happens at a time in milliseconds, after what was due before it.
func (r *censusRig) at(ms int, event func(now time.Time) []string) {
	now := r.t0.Add(time.Duration(ms) * time.Millisecond)
	for due := r.c.Deadline(); !due.IsZero() && !due.After(now); due = r.c.Deadline() {
		r.note(due, r.c.Wake(due))
	}
	r.note(now, event(now))
}

func (r *censusRig) note(now time.Time, names []string) {
	ups := r.c.Ups()
	for _, name := range names {
		what := "lost"
		if ups[name] {
			what = "gained"
		}
		r.log = append(r.log, fmt.Sprintf("%d %s %s", now.Sub(r.t0).Milliseconds(), name, what))
	}
}

func (r *censusRig) exec(ms, pid int, comm string) {
	r.at(ms, func(now time.Time) []string {
		return r.c.Seen(now, pid, r.c.Match(comm, commandLine("/d/"+comm)), Executed)
	})
}

func (r *censusRig) fork(ms, parent, child int) {
	r.at(ms, func(now time.Time) []string { return r.c.Fork(now, parent, child) })
}

func (r *censusRig) exit(ms, pid int) {
	r.at(ms, func(now time.Time) []string { return r.c.Exit(now, pid) })
}

func (r *censusRig) idle(ms int) { r.at(ms, func(time.Time) []string { return nil }) }

func tracker(name, process string, q Quorum) ProcessTracker {
	return ProcessTracker{Name: name, Match: ProcessMatch{Args: words(process)}, Quorum: q}
}

// TestCensusAsKeepalived plays what keepalived 2.2.7 was shown: a shell that is tracked
// forks a subshell, which ends after 2.5 s, then forks and executes another program, and
// ends. The order within a millisecond is that of the configuration here.
func TestCensusAsKeepalived(t *testing.T) {
	t.Parallel()
	const second = time.Second
	r := newCensusRig(
		tracker("f1", "sh", Quorum{Min: 2, Max: -1}),
		tracker("f2", "sh", Quorum{Min: 2, Max: -1, ForkDelay: second}),
		tracker("f3", "sh", Quorum{Min: 2, Max: -1, ExitDelay: second}),
		tracker("f4", "sh", Quorum{Min: 2, Max: -1, ForkDelay: second, ExitDelay: second}),
		tracker("f5", "sh", Quorum{Min: 1, Max: 1, ForkDelay: second, ExitDelay: second}),
		tracker("f6", "sh", Quorum{Min: 1, Max: 1}),
		tracker("f7", "sh", Quorum{Min: 1, Max: -1, ForkDelay: second}),
	)
	r.exec(0, 10, "sh")
	r.fork(20, 10, 11)
	r.exit(2500, 11)
	r.fork(2550, 10, 12)
	r.exec(2570, 12, "sleep")
	r.exit(3070, 12)
	r.exit(3080, 10)
	r.idle(9000)
	want := []string{
		"0 f5 gained", "0 f6 gained", "0 f7 gained",
		"20 f1 gained", "20 f3 gained", "20 f6 lost",
		"1020 f2 gained", "1020 f4 gained", "1020 f5 lost",
		"2500 f1 lost", "2500 f2 lost", "2500 f6 gained",
		"2550 f1 gained", "2550 f6 lost",
		"2570 f1 lost", "2570 f3 lost", "2570 f4 lost", "2570 f5 gained", "2570 f6 gained",
		"3080 f6 lost", "3080 f7 lost",
		"4080 f5 lost",
	}
	if diff := gocmp.Diff(want, r.log); diff != "" {
		t.Errorf("quorums (-want +got):\n%s", diff)
	}
	if pids := r.c.PIDs(); len(pids) > 0 {
		t.Errorf("left: %v", pids)
	}
}

// TestCensusForgetsOthers: a process that does not count costs no memory.
func TestCensusForgetsOthers(t *testing.T) {
	t.Parallel()
	r := newCensusRig(tracker("t", "haproxy", Quorum{Min: 1, Max: -1}))
	for pid := range 1000 {
		r.exec(0, pid, "bash")
		r.fork(0, pid, pid+1000)
		r.exit(0, pid+1000)
	}
	if n := len(r.c.PIDs()); n > 0 || len(r.log) > 0 {
		t.Errorf("%d processes kept, %v", n, r.log)
	}
	r.exec(0, 7, "haproxy")
	r.exec(1, 7, "bash") // it becomes something else
	if diff := gocmp.Diff([]string{"0 t gained", "1 t lost"}, r.log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestCensusBegin: what runs at the start counts at once, whatever the delays.
func TestCensusBegin(t *testing.T) {
	t.Parallel()
	r := newCensusRig(
		tracker("t", "p", Quorum{Min: 1, Max: -1, ForkDelay: time.Hour}),
		tracker("none", "p", Quorum{Max: 0}),
	)
	r.c.Seen(r.t0, 1, r.c.Match("p", nil), Forked)
	r.c.Begin()
	if diff := gocmp.Diff(map[string]Up{"t": true, "none": false}, r.c.Ups()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !r.c.Deadline().IsZero() {
		t.Error("something waits")
	}
}

// TestCensusNeedsCommand only for trackers that look at it.
func TestCensusNeedsCommand(t *testing.T) {
	t.Parallel()
	for process, want := range map[string]bool{"p": false, "p 1": true} {
		if got := NewCensus([]ProcessTracker{tracker("t", process, Quorum{})}).NeedsCommand(); got != want {
			t.Errorf("%s: %v", process, got)
		}
	}
}

// TestCensusRandomWalk: whatever happens in whatever order, the count is that of the
// processes that match now, and without delays so is the quorum.
func TestCensusRandomWalk(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 0))
	r := newCensusRig(tracker("t", "p", Quorum{Min: 3, Max: 5}))
	runs := map[int]string{}
	for step := range 20000 {
		pid := rng.IntN(12)
		switch rng.IntN(3) {
		case 0:
			comm := []string{"p", "q"}[rng.IntN(2)]
			runs[pid] = comm
			r.exec(step, pid, comm)
		case 1:
			child := rng.IntN(12)
			if _, there := runs[child]; runs[pid] != "" && !there {
				runs[child] = runs[pid]
				r.fork(step, pid, child)
			}
		case 2:
			delete(runs, pid)
			r.exit(step, pid)
		}
		n := strings.Count(fmt.Sprint(runs), ":p")
		if want := Up(n >= 3 && n <= 5); r.c.Ups()["t"] != want || len(r.c.PIDs()) != n {
			t.Fatalf("seed %d, step %d: %d processes of %v, up %v", seed, step, len(r.c.PIDs()), runs, !want)
		}
	}
}
