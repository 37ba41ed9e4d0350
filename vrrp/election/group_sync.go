// SPDX-License-Identifier: Apache-2.0

package election

import (
	"cmp"
	"slices"
	"time"
)

// start begins a member. Those that begin afresh leave Init together, when all have started.
func (g *Group) start(now time.Time, i int, ev Start) {
	g.members[i].m.facts = g.mixed(i, g.tally())
	g.step(now, i, ev)
	if g.unstarted() {
		return
	}
	g.mixAll()
	fresh := g.leavingInit()
	g.logFaultAtStart()
	first := len(g.out)
	for _, j := range fresh {
		g.act(now, j, func(m *Machine, now time.Time) { m.leaveInit(now, true) })
	}
	// The others hear of it: the last one's faults, and that nobody is waited for any more.
	for j := range g.members {
		if !slices.Contains(fresh, j) {
			g.step(now, j, g.members[j].m.facts)
		}
	}
	switch {
	case !g.moved:
		g.state = g.judge() // all resumed
	case len(fresh) == len(g.members) && g.judge() == Backup:
		g.reportAt(first, true)
	default:
		g.report(true)
	}
}

// leavingInit lists the members that can leave Init now.
func (g *Group) leavingInit() []int {
	var out []int
	for i, mb := range g.members {
		if mb.m.state == Init && (!mb.m.facts.Undecided || mb.m.facts.Faults != 0) {
			out = append(out, i)
		}
	}
	return out
}

// unstarted says whether a member has not begun yet.
func (g *Group) unstarted() bool {
	return slices.ContainsFunc(g.members, func(mb member) bool { return !mb.m.started })
}

// follow lets the other members do something. With line, the group's stands before the
// first one that changes its state.
func (g *Group) follow(i int, line bool, do func(j int)) {
	for j := range g.members {
		if j == i {
			continue
		}
		m, at := g.members[j].m, len(g.out)
		was := m.state
		if do(j); line && m.state != was {
			g.out = slices.Insert(g.out, at, GroupAction{Whole, GroupLog{Code: GroupSync, To: m.state}})
			line = false
		}
	}
}

// agree brings the other members to what the event of member i has made of it.
func (g *Group) agree(now time.Time, i int, was State, lost bool) {
	m := g.members[i].m
	switch {
	case m.state != Backup:
	case was == Master && lost:
		g.follow(i, false, func(j int) { g.act(now, j, (*Machine).stepDown) })
	case was == Master || m.place.follows:
		g.contest.lost(now, was == Master, m.params.AdvertInt)
		if g.state != Backup {
			g.follow(i, true, func(j int) { g.act(now, j, (*Machine).giveWay) })
		}
	case m.place.wants && g.allReady():
		g.takeOver(now, i)
	}
}

// takeOver makes all members master, the one that was waited for first.
func (g *Group) takeOver(now time.Time, i int) {
	m := g.members[i].m
	if until := g.contest.hesitate(now, g.lowest()); now.Before(until) {
		m.timers.down, m.place.ready = until, true
		return
	}
	g.act(now, i, (*Machine).takeOver)
	g.follow(i, true, func(j int) { g.act(now, j, (*Machine).takeOver) })
	g.contest.won(now)
}

// lowest is the member with the lowest VRID: the same on all hosts.
func (g *Group) lowest() *Machine {
	return slices.MinFunc(g.members, func(a, b member) int { return cmp.Compare(a.m.params.VRID, b.m.params.VRID) }).m
}

// allReady says whether every member is master or could be.
func (g *Group) allReady() bool {
	for i := range g.members {
		if !g.members[i].m.canBeMaster() {
			return false
		}
	}
	return true
}
