// SPDX-License-Identifier: Apache-2.0

package election

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// groupRig is a group G1 of members A, B, … under test with a clock.
type groupRig struct {
	t   *testing.T
	g   *Group
	ms  []*Machine
	now time.Time
	did []string
}

// newGroupRig makes a group that is not started.
func newGroupRig(t *testing.T, params ...Params) *groupRig {
	t.Helper()
	r := &groupRig{t: t, now: epoch}
	for i, p := range params {
		p.Name = string(rune('A' + i))
		r.ms = append(r.ms, NewMachine(p))
	}
	r.g = NewGroup("G1", r.ms...)
	for i := range r.ms {
		r.step(i, Facts{Source: ours})
	}
	return r
}

// startedRig makes one that has just entered Backup.
func startedRig(t *testing.T, priorities ...uint8) *groupRig {
	t.Helper()
	var params []Params
	for _, p := range priorities {
		params = append(params, defaultParams(2, p))
	}
	r := newGroupRig(t, params...)
	r.all(Start{})
	return r.wantStates(slices.Repeat([]State{Backup}, len(priorities))...)
}

// rulingRig makes one whose members are masters.
func rulingRig(t *testing.T, priorities ...uint8) *groupRig {
	t.Helper()
	r := startedRig(t, priorities...)
	r.wait(4 * second)
	return r.wantStates(slices.Repeat([]State{Master}, len(priorities))...)
}

// step gives an event to one member.
func (r *groupRig) step(i int, ev Event) *groupRig {
	r.did = r.show(r.g.Step(r.now, i, ev))
	return r
}

// all gives an event to every member.
func (r *groupRig) all(ev Event) *groupRig {
	var did []string
	for i := range r.ms {
		did = append(did, r.step(i, ev).did...)
	}
	r.did = did
	return r
}

func (r *groupRig) hear(i int, priority uint8) *groupRig {
	return r.step(i, Advert{From: lower, Priority: priority, Interval: second})
}

func (r *groupRig) show(acts []GroupAction) []string {
	var out []string
	for _, a := range acts {
		name := r.g.Name()
		if a.Member != Whole {
			name = r.ms[a.Member].params.Name
		}
		text := strings.TrimPrefix(show(a.Action), " ")
		out = append(out, fmt.Sprintf("%s: %s", name, strings.ReplaceAll(text, "(G)", "(G1)")))
	}
	return out
}

// wait lets time pass with a Wake at every deadline of every member.
func (r *groupRig) wait(d time.Duration) *groupRig {
	end := r.now.Add(d)
	var did []string
	for {
		i := r.next(end)
		if i < 0 {
			break
		}
		r.now = later(r.now, r.ms[i].Deadline())
		did = append(did, r.step(i, Wake{}).did...)
	}
	r.now, r.did = end, did
	return r
}

// next is the member with the earliest deadline up to end; -1: there is none.
func (r *groupRig) next(end time.Time) int {
	first := -1
	for i, m := range r.ms {
		d := m.Deadline()
		if !d.IsZero() && !d.After(end) && (first < 0 || d.Before(r.ms[first].Deadline())) {
			first = i
		}
	}
	return first
}

func (r *groupRig) want(actions ...string) *groupRig {
	r.t.Helper()
	if diff := gocmp.Diff(actions, r.did); diff != "" {
		r.t.Errorf("actions (-want +got):\n%s", diff)
	}
	return r
}

func (r *groupRig) wantNot(part string) *groupRig {
	r.t.Helper()
	for _, a := range r.did {
		if strings.Contains(a, part) {
			r.t.Errorf("%q in %q", part, r.did)
		}
	}
	return r
}

func (r *groupRig) wantStates(states ...State) *groupRig {
	r.t.Helper()
	var got []State
	for _, m := range r.ms {
		got = append(got, m.State())
	}
	if diff := gocmp.Diff(states, got); diff != "" {
		r.t.Fatalf("states (-want +got):\n%s", diff)
	}
	return r
}

func (r *groupRig) wantState(s State) *groupRig {
	r.t.Helper()
	if r.g.State() != s {
		r.t.Errorf("the group is %v, want %v", r.g.State(), s)
	}
	return r
}
