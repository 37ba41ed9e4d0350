// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestQueue does random things and compares with a sorted list.
func TestQueue(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	var q queue
	var in []*check
	at := func() time.Time { return start.Add(time.Duration(r.IntN(1000)) * time.Second) }
	for step := range 3000 {
		switch n := r.IntN(10); {
		case n < 5:
			c := &check{next: at(), place: -1}
			q.put(c)
			in = append(in, c)
		case n < 6 && len(in) > 0:
			i := r.IntN(len(in))
			q.drop(in[i])
			q.drop(in[i]) // gone already
			in = slices.Delete(in, i, i+1)
		case n < 7 && len(in) > 0:
			c := in[r.IntN(len(in))]
			c.next = at()
			q.moved(c)
		default:
			now := at()
			c := q.due(now)
			if c == nil {
				if i := slices.IndexFunc(in, func(c *check) bool { return !c.next.After(now) }); i >= 0 {
					t.Fatalf("seed %d step %d: nothing is due, but check %d is", seed, step, i)
				}
				continue
			}
			if c.next.After(now) || c.place != -1 {
				t.Fatalf("seed %d step %d: %v is due at %v, place %d", seed, step, c.next, now, c.place)
			}
			in = slices.DeleteFunc(in, func(o *check) bool { return o == c })
		}
		first := time.Time{}
		for _, c := range in {
			if first.IsZero() || c.next.Before(first) {
				first = c.next
			}
		}
		if !q.next().Equal(first) {
			t.Fatalf("seed %d step %d: next is %v, want %v", seed, step, q.next(), first)
		}
	}
}
