// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"time"

	"vipward/checker/probe"
	"vipward/conf"
)

// startDelay is the time between the activation of a check and its first run,
// to which up to warmup is added, as keepalived does.
const startDelay = time.Second

// Verdict is what a run means for the check.
type Verdict uint8

// The verdicts.
const (
	Same        Verdict = iota // as it was
	FirstPass                  // the first run, and it passed
	Recovered                  // down before, up now
	Retrying                   // failed, but more tries are left
	Refused                    // down at once: the first run, or no retries
	GivenUp                    // down after the retries
	Rescheduled                // the probe could not be made
	PageGood                   // down, and one page of several is good
	Rising                     // down, and good, but not often enough yet
)

// Down says whether the verdict takes the check down.
func (v Verdict) Down() bool { return v == Refused || v == GivenUp }

// Track is the state of one check. A new check counts as up until its first
// run, with alpha as down; a failure of that run decides at once.
type Track struct {
	Up       bool
	Ran      bool  // has passed or failed once
	Failures int32 // in a row, while up
	Good     int32 // passed in a row, while that is not enough to come up
	Pages          // of a check that asks for several
}

// NewTrack is check c before it has run.
func NewTrack(c *conf.Checker) Track { return Track{Up: !c.Alpha} }

// KnownTrack is a check whose verdict was found by an earlier process.
func KnownTrack(up bool) Track {
	return Track{Up: up, Ran: true, Pages: Pages{Stuck: !up}}
}

// FirstRun is when a check that is activated now runs first. The random part
// is between 0 and the check's warmup.
func FirstRun(now time.Time, random time.Duration) time.Time {
	return now.Add(startDelay + random)
}

// Step takes the outcome of a run of check c that ended at the given time, and
// says what it means and when the next run is due.
func (t *Track) Step(c *conf.Checker, o probe.Outcome, end time.Time) (Verdict, time.Time) {
	next := end.Add(c.DelayLoop)
	switch o {
	case probe.Passed:
		if c.HTTP != nil && t.turn(len(c.HTTP.URLs)) {
			return t.goodPage(c, end)
		}
		return t.pass(c), next
	case probe.Failed:
		return t.fail(c, end)
	default:
		return Rescheduled, next
	}
}

// Hear takes what a check is told that does not run by the clock. It decides at once.
func (t *Track) Hear(o probe.Outcome) Verdict {
	switch up := o == probe.Passed; {
	case up == t.Up:
		return Same
	case up:
		*t = KnownTrack(true)
		return Recovered
	default:
		*t = KnownTrack(false)
		return Refused
	}
}

// fail takes a failed run. An SMTP_CHECK spends its retries at the start and
// while it is down as well, a check with fall at the start.
func (t *Track) fail(c *conf.Checker, end time.Time) (Verdict, time.Time) {
	next := end.Add(c.DelayLoop)
	if c.HTTP != nil {
		next = end.Add(max(c.DelayLoop, c.RetryDelay))
	}
	t.Good = 0
	first, patient := !t.Ran, c.SMTP != nil || c.Fall > 0 && t.Up
	switch {
	case int(t.Failures) < c.Retry && (patient || t.Up && !first):
		if t.Failures++; !t.Up {
			return Same, end.Add(c.RetryDelay)
		}
		t.Ran = true
		return Retrying, end.Add(c.RetryDelay)
	case !t.Up && !first: // nothing new
		t.Failures, t.Stuck = 0, true
		return Same, next
	case first && !patient, c.Retry == 0:
		t.becomeDown()
		return Refused, next
	default:
		t.becomeDown()
		return GivenUp, next
	}
}

// pass takes a run, or all of its pages, that passed. One that is down may need several.
func (t *Track) pass(c *conf.Checker) Verdict {
	down, first := !t.Up, !t.Ran
	if down && int(t.Good)+1 < c.Rise {
		t.Good, t.Failures = t.Good+1, 0
		return Rising
	}
	*t = KnownTrack(true)
	switch {
	case down:
		return Recovered
	case first:
		return FirstPass
	default:
		return Same
	}
}

// becomeDown takes the check down. It comes back over the page that failed.
func (t *Track) becomeDown() {
	page := t.Page
	*t = KnownTrack(false)
	t.Page = page
}
