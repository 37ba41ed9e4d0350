// SPDX-License-Identifier: Apache-2.0

package election

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// rig is one machine under test with a clock. Its neighbours are the test.
type rig struct {
	t   *testing.T
	m   *Machine
	now time.Time
	did []string // what the last event or wait caused
}

// newRig returns a machine that knows its address and is not started.
func newRig(t *testing.T, p Params) *rig {
	t.Helper()
	r := &rig{t: t, m: NewMachine(p), now: epoch}
	r.step(Facts{Source: ours})
	return r
}

// backupRig returns a machine that has just entered Backup.
func backupRig(t *testing.T, p Params) *rig {
	t.Helper()
	r := newRig(t, p)
	r.step(Start{})
	r.wantState(Backup)
	return r
}

// masterRig returns a machine that has just become master, and forgets how.
func masterRig(t *testing.T, p Params) *rig {
	t.Helper()
	r := newRig(t, p)
	r.step(Start{})
	if r.m.State() == Backup {
		r.wait(r.m.Deadline().Sub(r.now))
	}
	r.wantState(Master)
	return r
}

// step gives one event now.
func (r *rig) step(ev Event) *rig {
	r.did = showAll(r.m.Step(r.now, ev))
	return r
}

// hear gives an advert now, with the machine's own interval.
func (r *rig) hear(from netip.Addr, priority uint8) *rig {
	return r.step(Advert{From: from, Priority: priority, Interval: r.m.params.AdvertInt})
}

// wait lets time pass with a Wake at every deadline.
func (r *rig) wait(d time.Duration) *rig {
	end := r.now.Add(d)
	r.did = nil
	for next := r.m.Deadline(); !next.IsZero() && !next.After(end); next = r.m.Deadline() {
		r.now = later(r.now, next)
		r.did = append(r.did, showAll(r.m.Step(r.now, Wake{}))...)
	}
	r.now = end
	return r
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// want compares with everything that the last event or wait caused.
func (r *rig) want(actions ...string) *rig {
	r.t.Helper()
	if diff := gocmp.Diff(actions, r.did); diff != "" {
		r.t.Errorf("actions (-want +got):\n%s", diff)
	}
	return r
}

// wantDone wants an action among those that the last event or wait caused.
func (r *rig) wantDone(action string) *rig {
	r.t.Helper()
	if !slices.Contains(r.did, action) {
		r.t.Errorf("no %q in %q", action, r.did)
	}
	return r
}

// wantNot wants an action not to be among them.
func (r *rig) wantNot(action string) *rig {
	r.t.Helper()
	if slices.Contains(r.did, action) {
		r.t.Errorf("%q in %q", action, r.did)
	}
	return r
}

func (r *rig) wantState(s State) *rig {
	r.t.Helper()
	if r.m.State() != s {
		r.t.Fatalf("state %v, want %v", r.m.State(), s)
	}
	return r
}

// wantIn wants the next deadline to be d from now.
func (r *rig) wantIn(d time.Duration) *rig {
	r.t.Helper()
	if got := r.m.Deadline().Sub(r.now); got != d {
		r.t.Errorf("next deadline in %v, want %v", got, d)
	}
	return r
}

// count says how often an action was done by the last event or wait.
func (r *rig) count(action string) int {
	n := 0
	for _, a := range r.did {
		if a == action {
			n++
		}
	}
	return n
}
