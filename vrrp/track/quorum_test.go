// SPDX-License-Identifier: Apache-2.0

package track

import (
	"testing"
	"time"
)

// TestQuorumReached for every kind of limit.
func TestQuorumReached(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		q    Quorum
		want string // for 0, 1, 2, ... processes
	}{
		{"at least one", Quorum{Min: 1, Max: -1}, "-++++"},
		{"at least three", Quorum{Min: 3, Max: -1}, "---++"},
		{"one", Quorum{Min: 1, Max: 1}, "-+---"},
		{"one to three", Quorum{Min: 1, Max: 3}, "-+++-"},
		{"none", Quorum{Min: 1, Max: 0}, "+----"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := ""
			for n := range len(tt.want) {
				s := NewQuorumState(tt.q, n)
				got += map[Up]string{true: "+", false: "-"}[s.Up()]
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// quorumRig plays events at milliseconds.
type quorumRig struct {
	t  *testing.T
	s  QuorumState
	t0 time.Time
}

func (r *quorumRig) set(ms, count int, why Cause, up, changed bool) {
	r.t.Helper()
	if got := r.s.Set(r.at(ms), count, why); got != changed || bool(r.s.Up()) != up {
		r.t.Errorf("at %d ms, %d processes: up %v, changed %v", ms, count, r.s.Up(), got)
	}
}

func (r *quorumRig) wake(ms int, up, changed bool) {
	r.t.Helper()
	if got := r.s.Wake(r.at(ms)); got != changed || bool(r.s.Up()) != up {
		r.t.Errorf("woken at %d ms: up %v, changed %v", ms, r.s.Up(), got)
	}
}

func (r *quorumRig) due(ms int) {
	r.t.Helper()
	want := time.Time{}
	if ms >= 0 {
		want = r.at(ms)
	}
	if got := r.s.Deadline(); !got.Equal(want) {
		r.t.Errorf("deadline %v, want %v", got, want)
	}
}

func (r *quorumRig) at(ms int) time.Time { return r.t0.Add(time.Duration(ms) * time.Millisecond) }

func newQuorumRig(t *testing.T, q Quorum, count int) *quorumRig {
	t.Helper()
	return &quorumRig{t, NewQuorumState(q, count), time.Unix(1700000000, 0)}
}

// TestExitDelay: an exit counts after terminate_delay, unless the quorum is back by then.
func TestExitDelay(t *testing.T) {
	t.Parallel()
	r := newQuorumRig(t, Quorum{Min: 1, Max: -1, ExitDelay: time.Second}, 0)
	r.set(0, 1, Executed, true, true)
	r.due(-1)
	r.set(1000, 0, Exited, true, false)
	r.due(2000)
	r.wake(1999, true, false)
	r.set(1999, 1, Executed, true, false) // restarted in time
	r.due(-1)
	r.wake(2000, true, false)
	r.set(3000, 0, Exited, true, false)
	r.wake(4000, false, true)
	r.due(-1)
	r.wake(4001, false, false)
	if n := r.s.Count(); n != 0 {
		t.Errorf("count %d", n)
	}
}

// TestForkDelay: a fork counts after fork_delay, an execution at once, as keepalived was
// seen to do.
func TestForkDelay(t *testing.T) {
	t.Parallel()
	r := newQuorumRig(t, Quorum{Min: 2, Max: -1, ForkDelay: time.Second}, 1)
	r.set(0, 2, Forked, false, false)
	r.due(1000)
	r.set(100, 1, Executed, false, false) // the child became something else
	r.due(-1)
	r.set(200, 2, Executed, true, true)
	r.set(300, 1, Exited, false, true)
	r.set(400, 2, Forked, false, false)
	r.set(900, 3, Forked, false, false) // does not start the time anew
	r.due(1400)
	r.wake(1400, true, true)
}

// TestForkDelayAboveTheMaximum: the delays hold for either direction of a change.
func TestForkDelayAboveTheMaximum(t *testing.T) {
	t.Parallel()
	r := newQuorumRig(t, Quorum{Min: 1, Max: 1, ForkDelay: time.Second, ExitDelay: 2 * time.Second}, 1)
	r.set(0, 2, Forked, true, false)
	r.wake(1000, false, true)
	r.set(1500, 1, Exited, false, false)
	r.due(3500)
	r.wake(3500, true, true)
}
