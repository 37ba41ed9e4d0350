// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"container/heap"
	"time"
)

// sleeper is what wants to be woken at a time: an instance, a sync group, a queue.
type sleeper interface {
	// Deadline is when the next wake is due; zero means never. After a wake it lies in the
	// future.
	Deadline() time.Time
	// wake is called at the Deadline or later.
	wake(now time.Time)
}

// alarm is a sleeper's place in the dueQueue.
type alarm struct {
	who  sleeper
	due  time.Time
	slot int // -1: not in the queue
}

// newAlarm returns an alarm that is not set.
func newAlarm(who sleeper) *alarm { return &alarm{who: who, slot: -1} }

// dueQueue orders alarms by their time.
type dueQueue struct{ h dueHeap }

// update puts a where its sleeper's Deadline now is.
func (q *dueQueue) update(a *alarm) { q.set(a, a.who.Deadline()) }

// set puts a at a new deadline; a zero deadline takes it out.
func (q *dueQueue) set(a *alarm, deadline time.Time) {
	switch {
	case deadline.IsZero():
		q.remove(a)
	case a.slot >= 0:
		a.due = deadline
		heap.Fix(&q.h, a.slot)
	default:
		a.due = deadline
		heap.Push(&q.h, a)
	}
}

func (q *dueQueue) remove(a *alarm) {
	if a.slot >= 0 {
		heap.Remove(&q.h, a.slot)
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

// pop takes the earliest alarm whose deadline has passed; nil when there is none.
func (q *dueQueue) pop(now time.Time) *alarm {
	if !q.any(now) {
		return nil
	}
	return heap.Pop(&q.h).(*alarm)
}

type dueHeap []*alarm

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].due.Before(h[j].due) }

func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].slot, h[j].slot = i, j
}

// Push implements heap.Interface.
func (h *dueHeap) Push(x any) {
	a := x.(*alarm)
	a.slot = len(*h)
	*h = append(*h, a)
}

// Pop implements heap.Interface.
func (h *dueHeap) Pop() any {
	old := *h
	a := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	a.slot = -1
	return a
}
