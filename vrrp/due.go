// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"container/heap"
	"time"
)

// dueQueue orders instances by their machine's deadline.
type dueQueue struct{ h dueHeap }

// set puts vi at its new deadline; a zero deadline takes it out.
func (q *dueQueue) set(vi *instance, deadline time.Time) {
	switch {
	case deadline.IsZero():
		q.remove(vi)
	case vi.slot >= 0:
		vi.due = deadline
		heap.Fix(&q.h, vi.slot)
	default:
		vi.due = deadline
		heap.Push(&q.h, vi)
	}
}

func (q *dueQueue) remove(vi *instance) {
	if vi.slot >= 0 {
		heap.Remove(&q.h, vi.slot)
	}
}

// next is the earliest deadline; zero when there is none.
func (q *dueQueue) next() time.Time {
	if len(q.h) == 0 {
		return time.Time{}
	}
	return q.h[0].due
}

// any says whether a deadline has passed.
func (q *dueQueue) any(now time.Time) bool {
	return len(q.h) > 0 && !q.h[0].due.After(now)
}

// pop takes the earliest instance whose deadline has passed; nil when there is none.
func (q *dueQueue) pop(now time.Time) *instance {
	if !q.any(now) {
		return nil
	}
	return heap.Pop(&q.h).(*instance)
}

type dueHeap []*instance

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].due.Before(h[j].due) }

func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].slot, h[j].slot = i, j
}

// Push implements heap.Interface.
func (h *dueHeap) Push(x any) {
	vi := x.(*instance)
	vi.slot = len(*h)
	*h = append(*h, vi)
}

// Pop implements heap.Interface.
func (h *dueHeap) Pop() any {
	old := *h
	vi := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	vi.slot = -1
	return vi
}
