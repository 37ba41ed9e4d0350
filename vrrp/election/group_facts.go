// SPDX-License-Identifier: Apache-2.0

package election

import (
	"slices"
	"time"
)

// takeFacts takes what is known of a member. A shell tells all facts of all members whenever
// one of them may have changed, so most are no news.
func (g *Group) takeFacts(now time.Time, i int, f Facts) {
	f.Source = f.Source.WithZone("")
	if g.shared && f == g.members[i].facts {
		return
	}
	g.members[i].facts = f
	g.prepare()
	g.shareFacts(now, i)
	g.shared = true
}

// shareFacts gives a member its new facts, and then the others what they mean for them.
func (g *Group) shareFacts(now time.Time, i int) {
	n := g.tally()
	was := g.members[i].m.state
	g.step(now, i, g.mixed(i, n))
	g.follow(i, g.members[i].m.state != was, func(j int) {
		if f := g.mixed(j, n); f != g.members[j].m.facts {
			g.step(now, j, f)
		}
	})
}

// tally is how many members have a reason for a fault, and how many are not decided or not
// started: made afresh each time.
type tally struct{ faulty, undecided int }

func (g *Group) tally() (n tally) {
	for i := range g.members {
		faulty, undecided := g.members[i].counts()
		n.faulty += faulty
		n.undecided += undecided
	}
	return n
}

// counts is what a member adds to the tally.
func (mb *member) counts() (faulty, undecided int) {
	switch {
	case mb.m.ended():
		return 0, 0
	case mb.facts.Faults != 0:
		return 1, 0
	case mb.facts.Undecided || !mb.m.started:
		return 0, 1
	}
	return 0, 0
}

// mixed are the facts of a member with what the others' mean for it.
func (g *Group) mixed(i int, n tally) Facts {
	f := g.members[i].facts
	faulty, undecided := g.members[i].counts()
	if n.faulty > faulty {
		f.Faults |= FaultGroup
	}
	f.Undecided = f.Undecided || n.undecided > undecided
	return f
}

// mixAll puts the mixed facts into Machines that will judge them themselves.
func (g *Group) mixAll() {
	n := g.tally()
	for i := range g.members {
		g.members[i].m.facts = g.mixed(i, n)
	}
}

// prepare tells the owners among the members whether they must wait for others.
func (g *Group) prepare() {
	alone := slices.ContainsFunc(g.members, func(mb member) bool {
		return !mb.m.params.owner() || mb.m.state != Init && mb.m.state != Master
	})
	for _, mb := range g.members {
		mb.m.place.waits = alone
	}
}
