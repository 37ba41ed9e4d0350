// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"context"
	"errors"
	"os"
	"syscall"
	"testing"
	"time"

	"vipward/checker/probe"
)

// What a check remembers of its runs.
func TestHistory(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	passed := probe.Result{Outcome: probe.Passed}
	failed := func(err error) probe.Result { return probe.Result{Outcome: probe.Failed, Cause: err} }
	type run struct {
		result        probe.Result
		before, after bool
	}
	tests := []struct {
		name         string
		runs         []run
		streak       int
		total, wrong uint64
		why          string
		changes      int // the run that changed the check last, from 1; 0: none
	}{
		{name: "none"},
		{name: "passed", runs: []run{{passed, true, true}}, streak: 1, total: 1},
		{name: "passed again", runs: []run{{passed, true, true}, {passed, true, true}}, streak: 2, total: 2},
		{name: "failed at once", runs: []run{{failed(syscall.ECONNREFUSED), true, false}}, streak: 1, total: 1, wrong: 1, why: "Connection refused", changes: 1},
		{name: "retries", runs: []run{{passed, true, true}, {failed(os.ErrDeadlineExceeded), true, true}}, streak: 1, total: 2, wrong: 1, why: "no answer in time"},
		{name: "retried well", runs: []run{{failed(context.DeadlineExceeded), true, true}, {passed, true, true}}, streak: 1, total: 2, wrong: 1},
		{
			name: "down for long", runs: []run{{failed(errors.New("a")), true, false}, {failed(errors.New("b")), false, false}},
			streak: 2, total: 2, wrong: 2, why: "B", changes: 1,
		},
		{name: "back", runs: []run{{failed(errors.New("a")), true, false}, {passed, false, true}}, streak: 1, total: 2, wrong: 1, changes: 2},
		{
			name: "one page of several", runs: []run{{failed(errors.New("a")), true, false}, {passed, false, false}},
			streak: 1, total: 2, wrong: 1, why: "A", changes: 1,
		},
		{name: "no cause", runs: []run{{failed(nil), true, false}}, streak: 1, total: 1, wrong: 1, why: "failed", changes: 1},
		{
			name: "could not be made", runs: []run{{passed, true, true}, {probe.Result{Outcome: probe.Untold, Cause: syscall.EMFILE}, true, true}},
			streak: 1, total: 1, why: "could not be made: Too many open files",
		},
	}
	for _, tt := range tests {
		var h history
		end := func(i int) time.Time { return at.Add(time.Duration(i) * time.Second) }
		for i, r := range tt.runs {
			h.note(r.result, end(i+1).Add(-20*time.Millisecond), end(i+1), r.before, r.after)
		}
		if int(h.streak) != tt.streak || uint64(h.runs) != tt.total || uint64(h.failed) != tt.wrong || h.why != tt.why {
			t.Errorf("%s: streak %d, %d of %d runs failed, %q; want %d, %d of %d, %q", tt.name, h.streak, h.failed, h.runs, h.why, tt.streak, tt.wrong, tt.total, tt.why)
		}
		if changed := h.since != 0; changed != (tt.changes > 0) || changed && !h.since.time().Equal(end(tt.changes)) {
			t.Errorf("%s: changed at %v, want run %d", tt.name, h.since.time(), tt.changes)
		}
		if len(tt.runs) > 0 && h.took != 20*time.Millisecond {
			t.Errorf("%s: the last run took %v", tt.name, h.took)
		}
	}
}
