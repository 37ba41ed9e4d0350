// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"
	"time"

	"vipward/vrrp/election"
)

// Ask asks the child for its status, or to carry an order out, or whether its loop goes round.
type Ask struct {
	Order *Order        // nil: none
	Done  chan<- error  // buffered; of the order, or that the loop has come by
	Reply chan<- Status // buffered; nil: no status is wanted
}

// Order is what an operator wants of an instance.
type Order struct {
	Instance string `json:"instance"` // or a sync group: all of its members
	// Rest says that the instance shall leave the mastership to others: its effective
	// priority is 1 until that is taken back. It stays ready: if nobody else speaks, it
	// serves.
	Rest bool `json:"rest"`
	// Yield makes a master that rests step down at once, whether somebody takes over or not.
	Yield bool `json:"yield"`
}

// restingOf gives what an earlier process saved.
func restingOf(names []string) map[string]bool {
	out := map[string]bool{}
	for _, name := range names {
		out[name] = true
	}
	return out
}

// restingDelta takes every priority down to 1.
const restingDelta = -255

// pinged comes back as soon as the loop has come by.
type pinged struct{ done chan<- error }

func (m pinged) handle(*loop) { m.done <- nil }

type orderAsked struct {
	Order
	done chan<- error
}

func (m orderAsked) handle(l *loop) {
	if err := l.obey(m.Order); err != nil {
		m.done <- err
		return
	}
	l.keepResting(l.cfg.Global.VRRP.StateFile, m.done) // it is answered when it is kept
}

// obey carries an order out.
func (l *loop) obey(o Order) error {
	list := l.named(o.Instance)
	if len(list) == 0 {
		return fmt.Errorf("there is no instance or sync group %q", o.Instance)
	}
	for _, vi := range list {
		if o.Rest && vi.cfg.Owner() {
			return fmt.Errorf("%s owns its addresses (priority 255), which no other router may take over", vi.cfg.Name)
		}
	}
	now := time.Now()
	for _, vi := range list {
		if o.Rest {
			l.resting[vi.cfg.Name] = true
		} else {
			delete(l.resting, vi.cfg.Name)
		}
		l.step(vi, now, l.facts(vi))
	}
	if o.Rest && o.Yield {
		for _, vi := range list {
			l.step(vi, now, election.Lost{})
		}
	}
	l.unsaved = true
	return nil
}

// named gives the instance of that name, or the members of the sync group.
func (l *loop) named(name string) []*instance {
	for _, vi := range l.vis {
		if vi.cfg.Name == name {
			return []*instance{vi}
		}
	}
	for _, g := range l.groups {
		if g.cfg.Name == name {
			return g.members
		}
	}
	return nil
}
