// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestDueQueueOrder(t *testing.T) {
	t.Parallel()
	base := time.Unix(1000, 0)
	rng := rand.New(rand.NewPCG(1, 2))
	var q dueQueue
	var alarms []*alarm
	for range 200 {
		a := newAlarm(nil)
		alarms = append(alarms, a)
		q.set(a, base.Add(time.Duration(rng.IntN(1000))*time.Millisecond))
	}
	for _, a := range alarms[:50] { // move some, also to where they are
		q.set(a, base.Add(time.Duration(rng.IntN(1000))*time.Millisecond))
	}
	for _, a := range alarms[50:100] { // and take some out, twice
		q.set(a, time.Time{})
		q.set(a, time.Time{})
	}
	var got []time.Time
	for a := q.pop(base.Add(time.Second)); a != nil; a = q.pop(base.Add(time.Second)) {
		got = append(got, a.due)
		if a.slot != -1 {
			t.Fatalf("popped alarm has slot %d, want -1", a.slot)
		}
	}
	if len(got) != 150 || !slices.IsSortedFunc(got, time.Time.Compare) {
		t.Errorf("got %d deadlines, sorted: %v; want 150 in order", len(got), slices.IsSortedFunc(got, time.Time.Compare))
	}
	if !q.next().IsZero() {
		t.Errorf("next of the empty queue = %v, want zero", q.next())
	}
}

func TestDueQueueWaitsForDeadline(t *testing.T) {
	t.Parallel()
	base := time.Unix(1000, 0)
	var q dueQueue
	a := newAlarm(nil)
	q.set(a, base)
	if got := q.pop(base.Add(-time.Nanosecond)); got != nil {
		t.Errorf("popped before the deadline")
	}
	if !q.any(base) || q.pop(base) != a {
		t.Errorf("not popped at the deadline")
	}
}
