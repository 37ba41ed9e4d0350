// SPDX-License-Identifier: Apache-2.0

package election

import (
	"testing"
	"time"
)

// FuzzGroup feeds any events in any order to a group of two and to a machine alone. Nothing
// panics, the members stay together, addresses are where a master is, reports form a chain,
// and after a Wake the deadline lies in the future.
func FuzzGroup(f *testing.F) {
	f.Add([]byte{0, 1, 2})
	f.Add([]byte{0, 0x40, 1, 200, 1, 1, 1, 3, 0x83, 5, 6, 7, 8, 9})
	f.Add([]byte{2, 200, 2, 200, 0, 0x40, 4, 100, 250, 1, 1, 1})
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > 400 {
			return
		}
		p := []Params{defaultParams(2, 100), defaultParams(3, 255), defaultParams(2, 150)}
		ms := []*Machine{NewMachine(p[0]), NewMachine(p[1]), NewMachine(p[2])}
		g := NewGroup("G", ms[0], ms[1])
		c := newChain(t, ms)
		now := epoch
		for i, b := range in {
			now = now.Add(time.Duration(b) * 20 * time.Millisecond)
			ev, who := fuzzEvent(in[i:], p), int(b>>6)%3
			if who == 2 {
				for _, a := range ms[2].Step(now, ev) {
					c.follow(2, a)
				}
			} else {
				for _, a := range g.Step(now, who, ev) {
					c.follow(a.Member, a.Action)
				}
			}
			c.check(now, ev, who)
		}
	})
}

// fuzzEvent is the event that the next bytes mean.
func fuzzEvent(in []byte, p []Params) Event {
	arg := byte(0)
	if len(in) > 1 {
		arg = in[1]
	}
	switch in[0] % 16 {
	case 0:
		return Start{Resume: State(arg % 8), Delay: time.Duration(arg>>4) * second}
	case 1, 2:
		return Wake{}
	case 3, 4:
		return Advert{From: lower, Priority: arg, Interval: time.Duration(arg) * 10 * time.Millisecond}
	case 5:
		return Advert{From: higher, Priority: arg, Interval: second}
	case 6, 7:
		return Facts{Source: ours, Faults: Fault(arg % 8)}
	case 8:
		return Facts{Source: ours, Undecided: arg&1 > 0, Delta: int(arg) - 128}
	case 9:
		next := p[arg%3]
		next.Priority, next.NoPreempt, next.TimerExpiredBackup = arg, arg&1 > 0, arg&2
		next.DownTimerAdverts = 1 + int(arg%5)
		return Reconfigure{next}
	case 10:
		return Lost{}
	case 11:
		return Rival{}
	case 12:
		return Stop{}
	case 13:
		return Delete{}
	}
	return Wake{}
}

// chain follows what machines report.
type chain struct {
	t      *testing.T
	ms     []*Machine
	states []State
	holds  []bool
}

func newChain(t *testing.T, ms []*Machine) *chain {
	return &chain{t, ms, make([]State, len(ms)), make([]bool, len(ms))}
}

func (c *chain) follow(i int, a Action) {
	if i == Whole {
		return
	}
	switch a := a.(type) {
	case Transition:
		if a.From != c.states[i] && c.states[i] != Init { // a resumed one reports no first state
			c.t.Errorf("%d: from %v, was %v", i, a.From, c.states[i])
		}
		c.states[i] = a.To
	case AddAddresses:
		c.holds[i] = true
	case RemoveAddresses:
		c.holds[i] = false
	}
}

func (c *chain) check(now time.Time, ev Event, who int) {
	for i, m := range c.ms {
		if c.holds[i] != (m.State() == Master) {
			c.t.Errorf("%d: %v and holds addresses: %v", i, m.State(), c.holds[i])
		}
	}
	if _, woken := ev.(Wake); woken && due(c.ms[who].Deadline(), now) {
		c.t.Errorf("%d: due at %v after a Wake at %v", who, c.ms[who].Deadline(), now)
	}
	a, b := c.ms[0], c.ms[1]
	if a.ended() || b.ended() {
		return
	}
	faulty := a.facts.Faults != 0 || b.facts.Faults != 0
	if a.started && b.started && faulty && (a.State() != FaultState || b.State() != FaultState) {
		c.t.Errorf("a fault, and the members are %v and %v", a.State(), b.State())
	}
}
