// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"strings"
	"time"

	"vipward/vrrp/election"
)

// Change is a transition that happened, with what is known of its reason.
type Change struct {
	At       time.Time `json:"at"`
	From     string    `json:"from"`
	To       string    `json:"to"`
	Priority uint8     `json:"priority"` // effective
	Why      string    `json:"why"`
}

// News is something that happened, for listeners of the local API.
type News struct {
	At       time.Time `json:"at"`
	Kind     string    `json:"kind"` // "instance", "group" or "priority"
	Name     string    `json:"name"`
	From     string    `json:"from,omitempty"` // not of a group
	To       string    `json:"to"`
	Priority uint8     `json:"priority,omitempty"` // effective
	Why      string    `json:"why,omitempty"`
}

// changesKept bounds the history of an instance.
const changesKept = 16

// record is what an instance remembers of its past, to explain where it is.
type record struct {
	changes []Change
	said    string // the last line that may be a reason
	saidAt  time.Time
	zeroAt  time.Time // a master said that it leaves
}

// list gives a copy, oldest first.
func (r *record) list() []Change { return append([]Change{}, r.changes...) }

// reasonFresh is how long a line may be the reason of a transition behind it.
const reasonFresh = 2 * time.Second

// note remembers what may be the reason of the next transition.
func (r *record) note(name string, a election.Log, now time.Time) {
	switch a.Code {
	case election.LogBackupZero:
		r.zeroAt = now
		return
	case election.LogTimeout, election.LogYieldHigher, election.LogYieldAddress, election.LogTimerExpired, election.LogMasterZero:
		text, _ := a.Line(name)
		r.said, r.saidAt = strings.TrimPrefix(text, "("+name+") "), now
	default:
		// No other line is followed by a transition.
	}
}

// add takes a transition.
func (r *record) add(c Change) {
	if len(r.changes) == changesKept {
		r.changes = append(r.changes[:0], r.changes[1:]...)
	}
	r.changes = append(r.changes, c)
}

// why says what brought an instance to its new state.
func (l *loop) why(vi *instance, t election.Transition, now time.Time) string {
	r := &vi.record
	fresh := now.Sub(r.saidAt) < reasonFresh
	switch {
	case t.To == election.FaultState:
		return orElse(strings.Join(l.faultReasons(vi), ", "), "a fault")
	case t.To == election.Stopped:
		return "the daemon stops"
	case t.To == election.Deleted:
		return "a reload removed it"
	case t.From == election.Init:
		return orElse(startReason(t, fresh, r.said), "started")
	case t.From == election.FaultState:
		return "the reasons of the fault are gone"
	case t.To == election.Master && now.Sub(r.zeroAt) < reasonFresh:
		return "the master said that it leaves (priority 0)"
	case fresh:
		return r.said
	case vi.group != nil:
		return "sync group " + vi.group.cfg.Name
	}
	return "an address, route or rule could not be kept"
}

// startReason is for an instance that has only begun.
func startReason(t election.Transition, fresh bool, said string) string {
	if t.To == election.Master && fresh {
		return said
	}
	return ""
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// remember records a transition and tells who listens.
func (l *loop) remember(vi *instance, t election.Transition) {
	now := time.Now()
	c := Change{At: now, From: t.From.String(), To: t.To.String(), Priority: t.Priority, Why: l.why(vi, t, now)}
	vi.record.add(c)
	l.tell(News{At: now, Kind: "instance", Name: vi.cfg.Name, From: t.From.String(), To: t.To.String(), Priority: t.Priority, Why: c.Why})
}

// tell hands news over, if anybody wants to know.
func (l *loop) tell(n News) {
	if l.env.Tell != nil {
		l.env.Tell(n)
	}
}
