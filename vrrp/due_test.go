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
	var vis []*instance
	for range 200 {
		vi := &instance{slot: -1}
		vis = append(vis, vi)
		q.set(vi, base.Add(time.Duration(rng.IntN(1000))*time.Millisecond))
	}
	for _, vi := range vis[:50] { // move some, also to where they are
		q.set(vi, base.Add(time.Duration(rng.IntN(1000))*time.Millisecond))
	}
	for _, vi := range vis[50:100] { // and take some out, twice
		q.set(vi, time.Time{})
		q.set(vi, time.Time{})
	}
	var got []time.Time
	for vi := q.pop(base.Add(time.Second)); vi != nil; vi = q.pop(base.Add(time.Second)) {
		got = append(got, vi.due)
		if vi.slot != -1 {
			t.Fatalf("popped instance has slot %d, want -1", vi.slot)
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
	vi := &instance{slot: -1}
	q.set(vi, base)
	if got := q.pop(base.Add(-time.Nanosecond)); got != nil {
		t.Errorf("popped before the deadline")
	}
	if !q.any(base) || q.pop(base) != vi {
		t.Errorf("not popped at the deadline")
	}
}
