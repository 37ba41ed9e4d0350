// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"container/heap"
	"slices"
	"time"
)

// queue holds the checks that wait for their next run, the earliest first.
type queue struct{ h waiting }

// room makes room for n more checks.
func (q *queue) room(n int) { q.h = slices.Grow(q.h, n) }

// put adds check c, which is not in the queue.
func (q *queue) put(c *check) { heap.Push(&q.h, c) }

// drop takes check c out if it is in the queue.
func (q *queue) drop(c *check) {
	if c.place >= 0 {
		heap.Remove(&q.h, int(c.place))
	}
}

// moved restores the order after the time of c has changed.
func (q *queue) moved(c *check) {
	if c.place >= 0 {
		heap.Fix(&q.h, int(c.place))
	}
}

// due takes out the first check if its time has come.
func (q *queue) due(now time.Time) *check {
	if len(q.h) == 0 || q.h[0].next.After(now) {
		return nil
	}
	return heap.Pop(&q.h).(*check)
}

// next is the time of the first check, zero when there is none.
func (q *queue) next() time.Time {
	if len(q.h) == 0 {
		return time.Time{}
	}
	return q.h[0].next
}

// waiting implements heap.Interface.
type waiting []*check

func (w waiting) Len() int           { return len(w) }
func (w waiting) Less(i, j int) bool { return w[i].next.Before(w[j].next) }

func (w waiting) Swap(i, j int) {
	w[i], w[j] = w[j], w[i]
	w[i].place, w[j].place = int32(i), int32(j)
}

func (w *waiting) Push(x any) {
	c := x.(*check)
	c.place = int32(len(*w))
	*w = append(*w, c)
}

func (w *waiting) Pop() any {
	last := len(*w) - 1
	c := (*w)[last]
	(*w)[last] = nil
	*w = (*w)[:last]
	c.place = -1
	return c
}
