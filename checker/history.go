// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"time"

	"vipward/checker/probe"
)

// history is what a check remembers of its runs, to explain where it is.
type history struct {
	took, late   time.Duration // of the last run; one that began before its time was less than 0 late
	since        moment        // of the last change of the check
	why          string
	runs, failed uint32
	streak       int32
	good         bool // the last run passed
}

// moment is a time of the clock on the wall in Unix nanoseconds, a third of a time.Time; 0: never.
type moment int64

func (m moment) time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(m))
}

// note takes a run that began and ended at these times. before is whether the check was
// up, after whether it is.
func (h *history) note(r probe.Result, began, end time.Time, before, after bool) {
	if !began.IsZero() {
		h.took = end.Sub(began)
	}
	if before != after {
		h.since = moment(end.UnixNano())
	}
	if r.Outcome == probe.Untold {
		h.why = "could not be made: " + strerror(r.Cause)
		return
	}
	good := r.Outcome == probe.Passed
	if h.runs++; good != h.good || h.runs == 1 {
		h.streak = 0
	}
	h.streak++
	h.good = good
	switch {
	case !good:
		h.failed++
		h.why = reason(r)
	case after:
		h.why = ""
	}
}

// reason says what a run found wrong.
func reason(r probe.Result) string {
	switch {
	case r.Cause == nil:
		return "failed"
	case timedOut(r.Cause):
		return "no answer in time"
	}
	return strerror(r.Cause)
}
