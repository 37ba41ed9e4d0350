// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/checker/probe"
	"vipward/conf"
)

// noted is a probe that notes its name when it starts.
type noted struct {
	name string
	to   *[]string
}

func (n noted) Run(context.Context) probe.Result { return probe.Result{Outcome: probe.Passed} }
func (n noted) Start(time.Time, any, probe.Done) { *n.to = append(*n.to, n.name) }

// checkEvery is what a check of that interval asks.
func checkEvery(loop time.Duration, misc *conf.MiscCheck) *conf.Checker {
	return &conf.Checker{CheckSettings: &conf.CheckSettings{DelayLoop: loop, Misc: misc}}
}

// newLauncher is a child with checks that are due that long after start, and what they note.
func newLauncher(tick time.Duration, due ...time.Duration) (*child, *[]string) {
	c, began := &child{limit: 1000, tick: tick, table: &table{}}, &[]string{}
	for _, d := range due {
		c.queue.put(&check{conf: checkEvery(time.Hour, nil), place: -1, next: start.Add(d), probe: noted{d.String(), began}})
	}
	return c, began
}

// Who is due takes those along that will be within a tick; until somebody is due nobody starts.
func TestCompany(t *testing.T) {
	t.Parallel()
	const tick = 25 * time.Millisecond
	c, began := newLauncher(tick, 10*time.Millisecond, 12*time.Millisecond, 35*time.Millisecond, 36*time.Millisecond, 80*time.Millisecond)
	steps := []struct {
		at    time.Duration
		began []string
		wait  time.Duration // until the next
	}{
		{0, nil, 10 * time.Millisecond},
		{9 * time.Millisecond, nil, time.Millisecond},
		{10 * time.Millisecond, []string{"10ms", "12ms", "35ms"}, 26 * time.Millisecond},
		{11 * time.Millisecond, nil, 25 * time.Millisecond}, // a result came
		{40 * time.Millisecond, []string{"36ms"}, 40 * time.Millisecond},
		{80 * time.Millisecond, []string{"80ms"}, time.Hour},
	}
	for _, step := range steps {
		*began = nil
		now := start.Add(step.at)
		c.launchDue(t.Context(), now)
		if diff := cmp.Diff(step.began, *began); diff != "" {
			t.Errorf("at %v (-want +got):\n%s", step.at, diff)
		}
		if got := c.untilNext(now); got != step.wait {
			t.Errorf("at %v the next in %v, want %v", step.at, got, step.wait)
		}
	}
}

// Of many that are due some start in a pass, the others in the next, which comes at once.
func TestCompanyInPasses(t *testing.T) {
	t.Parallel()
	var due []time.Duration
	for i := range launchRoom + 10 {
		due = append(due, time.Duration(i)*time.Microsecond)
	}
	c, began := newLauncher(time.Millisecond, due...)
	for pass, want := range []int{launchRoom, launchRoom + 10} {
		c.launchDue(t.Context(), start)
		if len(*began) != want {
			t.Errorf("%d runs after pass %d, want %d", len(*began), pass+1, want)
		}
		if wait := c.untilNext(start); (wait == 0) != (pass == 0) {
			t.Errorf("the next pass after %v", wait)
		}
	}
}

func TestDue(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	misc := &conf.MiscCheck{}
	tests := []struct {
		name       string
		misc       *conf.MiscCheck
		verdict    Verdict
		late, took time.Duration
		wait       time.Duration // by the verdict, from the end
		want       time.Duration // from when the run was due
	}{
		{"on time", nil, Same, 0, 3 * ms, 10 * time.Second, 10 * time.Second},
		{"too early", nil, Same, -20 * ms, 3 * ms, 10 * time.Second, 10 * time.Second},
		{"a little late", nil, Same, 50 * ms, 20 * ms, 10 * time.Second, 10 * time.Second},
		{"very late: not the whole interval is given away", nil, Same, time.Second, 0, 10 * time.Second, 10*time.Second + 900*ms},
		{"a slow server is left alone", nil, Same, 0, 4 * time.Second, 10 * time.Second, 13*time.Second + 900*ms},
		{"a retry keeps its distance", nil, Retrying, 0, 2 * time.Second, time.Second, 2*time.Second + 990*ms},
		{"the next page at once", nil, PageGood, 5 * ms, 20 * ms, 0, 25 * ms},
		{"script on time", misc, Same, 0, 3 * ms, 10 * time.Second, 10 * time.Second},
		{"script too early", misc, Same, -20 * ms, 4 * time.Second, 10 * time.Second, 10 * time.Second},
		{"script a little late", misc, Same, 50 * ms, 4 * time.Second, 10 * time.Second, 10 * time.Second},
		{"script very late", misc, Same, time.Second, 4 * time.Second, 10 * time.Second, 10*time.Second + 900*ms},
		{"a script that takes longer than its interval", misc, Same, 0, 12 * time.Second, 10 * time.Second, 12 * time.Second},
		{"a script that retries", misc, Retrying, 0, 2 * time.Second, time.Second, 2*time.Second + 990*ms},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := &check{conf: checkEvery(10*time.Second, tt.misc), began: start.Add(tt.late)}
			c.history.late = tt.late
			end := c.began.Add(tt.took)
			if got := c.due(tt.verdict, end.Add(tt.wait), end).Sub(start); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
	fresh := &check{conf: checkEvery(time.Second, nil)}
	if got := fresh.due(Same, start, start); !got.Equal(start) {
		t.Errorf("without a run: %v", got)
	}
}

// Whatever company a check has, and however late it is for once, its runs keep their interval,
// and none of them waits.
func TestIntervalIsKept(t *testing.T) {
	t.Parallel()
	const loop, rounds = 10 * time.Second, 50
	c := &check{conf: checkEvery(loop, nil), next: start}
	for n := range rounds {
		late := time.Duration(n*7919%60-25) * time.Millisecond // -25 … 34 ms
		planned := c.next
		c.began, c.history.late = planned.Add(late), late
		end := c.began.Add(2 * time.Millisecond)
		_, next := c.step(probe.Passed, end)
		c.next = c.due(Same, next, end)
		if got := c.next.Sub(planned); got != loop {
			t.Fatalf("run %d, %v late: the next one %v after it, want %v", n, late, got, loop)
		}
	}
	if want := start.Add(rounds * loop); !c.next.Equal(want) {
		t.Errorf("%v off after %d runs", c.next.Sub(want), rounds)
	}
}
