// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"maps"
	"regexp"
	"strings"
	"time"

	"vipward/internal/lab"
)

// Between two steps whose times were not recorded there is the time until all changes of state
// have come that came then, and all announcements.
const (
	longestGap  = 9 * time.Second
	shortestGap = 1200 * time.Millisecond
	afterLast   = 600 * time.Millisecond
)

var paceLine = regexp.MustCompile(`Entering \w+ STATE|Sending/queueing|Changing effective priority|Reload complete`)

// patience is how long a step waits for changes of state that are late; there is some of it for
// each case. A busy machine is late, and the timers of scripts are another program's.
const patience = 16 * time.Second

// span is when a step began, and when its deed was done: on a busy machine even a command takes
// its time.
type span struct{ begin, done time.Time }

// perform does the steps of a recording at their times and records what follows.
func perform(t lab.TB, rec *Recording, p *player) *Recording {
	t.Helper()
	s := newStage(t, rec)
	s.accepted = p.accepted
	milestones := p.milestones(rec.Name)
	got := &Recording{Name: rec.Name, Steps: make([]Step, len(rec.Steps))}
	when := make([]span, len(rec.Steps))
	for i, step := range rec.Steps {
		do, ok := deedOf(step.Do)
		if !ok {
			t.Fatalf("step %q is not understood", step.Do)
		}
		s.step, s.now = i, &got.Steps[i]
		s.now.Do = step.Do
		when[i].begin = time.Now()
		if step.Exit == "" {
			s.ask(step.asked)
		}
		do(s)
		if step.Exit != "" {
			s.ask(step.asked)
		}
		when[i].done = time.Now()
		s.meanwhile(i)
		if i+1 < len(rec.Steps) {
			s.waitFor(when[i].begin, step, rec.Steps[i+1])
		} else {
			time.Sleep(300 * time.Millisecond)
		}
		if i < len(milestones) {
			s.waitForMilestones(milestones[i])
		}
		s.take()
	}
	s.frames(got, when)
	return got
}

// waitFor waits until the next step is due.
func (s *stage) waitFor(began time.Time, step, next Step) {
	switch {
	case strings.Contains(next.Do, "exited with status"): // which waits by itself
	case step.At >= 0 && next.At >= 0:
		time.Sleep(time.Until(began.Add(next.At - step.At)))
	case strings.HasPrefix(next.Do, "start keepalived"):
	case strings.HasPrefix(step.Do, "kernel snapshot"), strings.HasPrefix(step.Do, "SIGUSR1"), writtenAt(step.Do) != "":
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

var milestone = regexp.MustCompile(`Entering \w+ STATE|Reload complete$|Reload finished|VRRP_Script\(\w+\) (succeeded|failed)`)

// reached counts for each step the milestones that a recording has come to at its end.
func reached(r *Recording) []map[string]int {
	out := make([]map[string]int, len(r.Steps))
	sum := map[string]int{}
	for i, step := range r.Steps {
		for _, l := range step.Log {
			if milestone.MatchString(l) {
				sum[l]++
			}
		}
		out[i] = maps.Clone(sum)
	}
	return out
}

// waitForMilestones waits until the changes of state have come that a step ended with.
func (s *stage) waitForMilestones(want map[string]int) {
	const pause = 50 * time.Millisecond
	missing := func() bool {
		have := maps.Clone(s.past)
		for _, l := range s.fresh() {
			have[l]++
		}
		for l, n := range want {
			if have[l] < n {
				return true
			}
		}
		return false
	}
	if !missing() {
		return
	}
	for ; missing() && s.patience > 0; s.patience -= pause {
		time.Sleep(pause)
	}
	time.Sleep(afterLast) // what belongs to it
}
