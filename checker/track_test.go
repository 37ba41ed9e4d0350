// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"math/rand/v2"
	"testing"
	"time"

	"vipward/checker/probe"
	"vipward/conf"

	"github.com/google/go-cmp/cmp"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestTrackStep(t *testing.T) {
	t.Parallel()
	c := &conf.Checker{CheckSettings: &conf.CheckSettings{DelayLoop: 10 * time.Second, Retry: 2, RetryDelay: 3 * time.Second}}
	once := &conf.Checker{CheckSettings: &conf.CheckSettings{DelayLoop: 10 * time.Second, RetryDelay: 3 * time.Second}}
	alpha := &conf.Checker{CheckSettings: &conf.CheckSettings{DelayLoop: 10 * time.Second, Retry: 2, Alpha: true}}
	quiet := &conf.Checker{CheckSettings: &conf.CheckSettings{SMTP: &conf.SMTPCheck{}, DelayLoop: 10 * time.Second, Retry: 1, RetryDelay: 3 * time.Second, Alpha: true}}
	tests := []struct {
		name    string
		conf    *conf.Checker
		before  Track
		outcome probe.Outcome
		verdict Verdict
		after   Track
		wait    time.Duration
	}{
		{"first pass", c, NewTrack(c), probe.Passed, FirstPass, KnownTrack(true), 10 * time.Second},
		{"first failure decides", c, NewTrack(c), probe.Failed, Refused, KnownTrack(false), 10 * time.Second},
		{"first run not made", c, NewTrack(c), probe.Untold, Rescheduled, NewTrack(c), 10 * time.Second},
		{"first pass with alpha", alpha, NewTrack(alpha), probe.Passed, Recovered, KnownTrack(true), 10 * time.Second},
		{"first failure with alpha", alpha, NewTrack(alpha), probe.Failed, Refused, KnownTrack(false), 10 * time.Second},
		{"second failure with alpha", alpha, KnownTrack(false), probe.Failed, Same, KnownTrack(false), 10 * time.Second},
		{"first failures of SMTP_CHECK with alpha", quiet, NewTrack(quiet), probe.Failed, Same, Track{Failures: 1}, 3 * time.Second},
		{"the last of them", quiet, Track{Failures: 1}, probe.Failed, GivenUp, KnownTrack(false), 10 * time.Second},
		{"still up", c, KnownTrack(true), probe.Passed, Same, KnownTrack(true), 10 * time.Second},
		{"first retry", c, KnownTrack(true), probe.Failed, Retrying, Track{Up: true, Ran: true, Failures: 1}, 3 * time.Second},
		{
			"second retry", c,
			Track{Up: true, Ran: true, Failures: 1},
			probe.Failed, Retrying,
			Track{Up: true, Ran: true, Failures: 2},
			3 * time.Second,
		},
		{"retries spent", c, Track{Up: true, Ran: true, Failures: 2}, probe.Failed, GivenUp, KnownTrack(false), 10 * time.Second},
		{"pass between retries", c, Track{Up: true, Ran: true, Failures: 2}, probe.Passed, Same, KnownTrack(true), 10 * time.Second},
		{
			"not made between retries", c,
			Track{Up: true, Ran: true, Failures: 2},
			probe.Untold, Rescheduled,
			Track{Up: true, Ran: true, Failures: 2},
			10 * time.Second,
		},
		{"no retries", once, KnownTrack(true), probe.Failed, Refused, KnownTrack(false), 10 * time.Second},
		{"still down", c, KnownTrack(false), probe.Failed, Same, KnownTrack(false), 10 * time.Second},
		{"down, not made", c, KnownTrack(false), probe.Untold, Rescheduled, KnownTrack(false), 10 * time.Second},
		{"recovered", c, KnownTrack(false), probe.Passed, Recovered, KnownTrack(true), 10 * time.Second},
		{"recovered at the first run", c, Track{}, probe.Passed, Recovered, KnownTrack(true), 10 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			track := tt.before
			v, next := track.Step(tt.conf, tt.outcome, start)
			if v != tt.verdict || next.Sub(start) != tt.wait {
				t.Errorf("verdict %d in %v, want %d in %v", v, next.Sub(start), tt.verdict, tt.wait)
			}
			if diff := cmp.Diff(tt.after, track); diff != "" {
				t.Errorf("track (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTrackNeedsRetriesInARow walks at random and follows the rule in words: a
// check that has run goes down with the retry+1st failure since the last pass.
func TestTrackNeedsRetriesInARow(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for range 50 {
		c := &conf.Checker{CheckSettings: &conf.CheckSettings{DelayLoop: time.Minute, RetryDelay: time.Second, Retry: r.IntN(4)}}
		track, up, row, ran := NewTrack(c), true, 0, false
		for step := range 200 {
			o := []probe.Outcome{probe.Passed, probe.Failed, probe.Failed, probe.Untold}[r.IntN(4)]
			switch o {
			case probe.Passed:
				up, row, ran = true, 0, true
			case probe.Failed:
				row++
				up = up && ran && row <= c.Retry
				ran = true
			case probe.Untold: // nothing is learned
			}
			v, next := track.Step(c, o, start)
			if track.Up != up || v.Down() && up {
				t.Fatalf("seed %d step %d, retry %d, %d failures in a row: up %t, verdict %d", seed, step, c.Retry, row, track.Up, v)
			}
			if short := next.Sub(start) == time.Second; short != (v == Retrying) {
				t.Fatalf("seed %d step %d: verdict %d and next run in %v", seed, step, v, next.Sub(start))
			}
		}
	}
}

func TestFirstRun(t *testing.T) {
	t.Parallel()
	if got := FirstRun(start, 0).Sub(start); got != time.Second {
		t.Errorf("without a random part after %v", got)
	}
	if got := FirstRun(start, 7*time.Second).Sub(start); got != 8*time.Second {
		t.Errorf("with 7 s after %v", got)
	}
}

func TestRandomUpTo(t *testing.T) {
	t.Parallel()
	if got := randomUpTo(0); got != 0 {
		t.Errorf("up to nothing: %v", got)
	}
	seen := map[time.Duration]bool{}
	for range 200 {
		seen[randomUpTo(2)] = true
	}
	if diff := cmp.Diff(map[time.Duration]bool{0: true, 1: true, 2: true}, seen); diff != "" {
		t.Errorf("up to 2 (-want +got):\n%s", diff)
	}
}
