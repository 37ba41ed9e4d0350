// SPDX-License-Identifier: Apache-2.0

package page

import (
	"math"
	"sync"
	"time"

	"vipward/checker"
)

// pointsKept is how many runs of a server's checks are remembered.
const pointsKept = 60

// stepBack is how much older than the last one a view is only if the clock was set back: one
// that a slow request brings late is younger.
const stepBack = 10 * time.Second

// Down, in place of a response time, says that the server was down then.
const Down = -1

// history remembers the response times of servers.
type history struct {
	mu   sync.Mutex // guards what follows
	runs map[serverKey]*track
	seen time.Time // of the view that was looked at last
}

type serverKey struct{ vs, rs string }

// track is what is remembered of one server.
type track struct {
	points []float32 // response times in ms, or Down; oldest first
	last   time.Time
	seen   time.Time // of the view that it was in
}

func newHistory() *history { return &history{runs: map[serverKey]*track{}} }

// observe remembers the runs that a view has and the one before had not. Servers that are
// no longer there are forgotten.
func (h *history) observe(v *checker.View) {
	if v == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.seen.Sub(v.At) > stepBack {
		h.seen = time.Time{}
		clear(h.runs) // their times are to come again
	}
	if !v.At.After(h.seen) {
		return
	}
	h.seen = v.At
	for _, vs := range v.Virtuals {
		for i := range vs.Reals {
			h.add(serverKey{vs.Name, vs.Reals[i].Name}, &vs.Reals[i])
		}
	}
	for key, t := range h.runs {
		if t.seen != h.seen {
			delete(h.runs, key)
		}
	}
}

// add takes a server's latest run, if there was one.
func (h *history) add(key serverKey, rs *checker.RealView) {
	t := h.runs[key]
	if t == nil {
		t = &track{}
		h.runs[key] = t
	}
	t.seen = h.seen
	at, took := latest(rs)
	if !at.After(t.last) {
		return
	}
	t.last = at
	if len(t.points) == pointsKept {
		t.points = append(t.points[:0], t.points[1:]...)
	}
	if !rs.Alive {
		took = Down / 1000.0
	}
	t.points = append(t.points, float32(milliseconds(took)))
}

// milliseconds of seconds, to a microsecond.
func milliseconds(seconds float64) float64 { return math.Round(seconds*1e6) / 1e3 }

// latest is when a check of the server ran last, and the response time (seconds) of the
// slowest one.
func latest(rs *checker.RealView) (at time.Time, took float64) {
	for _, c := range rs.Checks {
		if c.Ran && c.Began.After(at) {
			at = c.Began
		}
		took = max(took, float64(c.Latency))
	}
	return at, took
}

// of gives what is remembered of a server, oldest first.
func (h *history) of(vs, rs string) []float32 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.runs[serverKey{vs, rs}]; t != nil {
		return append([]float32{}, t.points...)
	}
	return []float32{}
}
