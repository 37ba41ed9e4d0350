// SPDX-License-Identifier: Apache-2.0

package page

import (
	"context"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/checker"
)

// run makes a view in which the first server's check ran at a time.
func run(at time.Time, took float64, alive bool) *checker.View {
	vs := service("vs", 1)
	vs.Reals[0].Alive = alive
	vs.Reals[0].Checks[0].Began = at
	set(&vs.Reals[0].Checks[0].Latency, took)
	return &checker.View{At: at, Virtuals: []checker.VirtualView{vs}}
}

func set[T ~float64](p *T, v float64) { *p = T(v) }

func (h *history) first() []float32 { return h.of("[vs]:tcp", "10.0.0.0:80") }

// TestHistory: each run is one point, whoever looks and how often, and the newest are kept.
func TestHistory(t *testing.T) {
	t.Parallel()
	h := newHistory()
	h.observe(nil)
	h.observe(run(noon, 0.001, true))
	h.observe(run(noon, 0.009, true)) // the same view
	late := run(noon, 0.009, true)
	late.At = noon.Add(time.Second) // another one of the same run
	h.observe(late)
	h.observe(run(noon.Add(2*time.Second), 0.002, false))
	h.observe(run(noon.Add(time.Second), 1, true)) // an older view
	want := []float32{1, Down}
	if diff := cmp.Diff(want, h.first()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for i := range 2 * pointsKept {
		h.observe(run(noon.Add(time.Duration(i+3)*time.Second), float64(i)/1000, true))
	}
	got := h.first()
	if len(got) != pointsKept || got[len(got)-1] != 2*pointsKept-1 || got[0] != pointsKept {
		t.Errorf("%d points from %v to %v", len(got), got[0], got[len(got)-1])
	}
}

// TestHistoryOfClockSetBack: what was remembered is dropped, and what comes is remembered.
func TestHistoryOfClockSetBack(t *testing.T) {
	t.Parallel()
	h := newHistory()
	h.observe(run(noon, 0.001, true))
	h.observe(run(noon.Add(-stepBack), 0.002, true)) // only late
	if diff := cmp.Diff([]float32{1}, h.first()); diff != "" {
		t.Errorf("an older view (-want +got):\n%s", diff)
	}
	h.observe(run(noon.Add(-time.Hour), 0.003, true))
	h.observe(run(noon.Add(time.Second-time.Hour), 0.004, true))
	if diff := cmp.Diff([]float32{3, 4}, h.first()); diff != "" {
		t.Errorf("an hour back (-want +got):\n%s", diff)
	}
}

// TestHistoryForgets: servers that are gone take no room, and those that have not been
// looked at have no points.
func TestHistoryForgets(t *testing.T) {
	t.Parallel()
	h := newHistory()
	fresh := run(noon, 0, true)
	fresh.Virtuals[0].Reals[0].Checks[0].Ran = false
	h.observe(fresh)
	if got := h.first(); len(got) != 0 || len(h.runs) != 1 {
		t.Errorf("before the first run: %+v", got)
	}
	h.observe(&checker.View{At: noon.Add(time.Second)})
	if len(h.runs) != 0 || h.first() == nil {
		t.Errorf("%d servers are remembered that are gone", len(h.runs))
	}
}

// TestSample: while nobody looks, the page does, and takes its time over large tables.
func TestSample(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var looks, cost atomic.Int64
		p := New(func(context.Context) (*Look, error) {
			looks.Add(1)
			time.Sleep(time.Duration(cost.Load()))
			return &Look{Checker: run(time.Now(), 0.001, true)}, nil
		}, http.NotFound)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- p.Sample(ctx) }()
		time.Sleep(65 * time.Second)
		if n := looks.Load(); n != 6 || len(p.history.first()) != 6 {
			t.Errorf("%d looks in 65 s, %d points", n, len(p.history.first()))
		}
		cost.Store(int64(time.Second)) // 50 times of it are the pause
		time.Sleep(106 * time.Second)
		if n := looks.Load(); n != 8 {
			t.Errorf("%d looks in all at a second each", n)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// BenchmarkObserve is a look at 10,000 real servers.
func BenchmarkObserve(b *testing.B) {
	v := &checker.View{}
	for i := range 1000 {
		v.Virtuals = append(v.Virtuals, service(strconv.Itoa(i), 10))
	}
	h := newHistory()
	for b.Loop() {
		v.At = v.At.Add(time.Second)
		h.observe(v)
	}
}
