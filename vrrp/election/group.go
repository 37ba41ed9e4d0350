// SPDX-License-Identifier: Apache-2.0

package election

import "time"

// Group is a sync group: virtual routers of one host that are master together or not at
// all. It stands around the Machines of its members, pure as they are, and takes their
// events in their stead.
//
// The rules, as keepalived's:
//
//   - A member that heard nothing for its master-down time wants to be master and waits
//     until all members do; then they become it together.
//   - When one member becomes backup, all do. One that loses an address takes the others
//     along as if they had lost theirs.
//   - When one member has a reason for a fault, all are in Fault, until no member has one.
//     That is computed from the members' facts each time, never counted.
//   - Before all members have started, and their tracked scripts have ended once, none leaves Init.
//   - An owner is master at once only if all members are owners.
//
// Where members disagree, since a reload brought a new one to masters, the masters stay
// until the new one follows another router or can be master as well. (keepalived lets go of
// all addresses for a whole master-down time.)
type Group struct {
	name    string
	members []member
	state   State
	moved   bool // a member changed its state since the group's was judged
	shared  bool // every member knows what the others' facts mean for it
	contest contest
	out     []GroupAction
}

// member is one Machine with its own facts; the Machine's are mixed with the others'.
type member struct {
	m     *Machine
	facts Facts
}

// GroupAction is an action of the member with that index, or of the Whole group.
type GroupAction struct {
	Member int
	Action Action
}

// Whole is the member of the actions that concern the group itself: GroupTransition and
// GroupLog.
const Whole = -1

// NewGroup makes a group of Machines that may be at work already, which causes nothing yet.
// A Machine is in one group at a time, see Dissolve.
func NewGroup(name string, members ...*Machine) *Group {
	g := &Group{name: name}
	for _, m := range members {
		m.place.grouped = true
		own := m.facts
		own.Faults &^= FaultGroup
		g.members = append(g.members, member{m, own})
	}
	g.state = g.first()
	return g
}

// Dissolve sets the members free. Each needs its Facts next, since what the others' meant
// for it is over.
func (g *Group) Dissolve() {
	for _, mb := range g.members {
		mb.m.place.grouped, mb.m.place.waits = false, false
	}
	g.members = nil
}

// Name returns the name of the group.
func (g *Group) Name() string { return g.name }

// State returns the state that the members share. While they disagree it is the last one
// that they shared.
func (g *Group) State() State { return g.state }

// Step gives an event to one member and lets the others follow. All members' deadlines may
// have changed after it. The slice is valid until the next Step.
func (g *Group) Step(now time.Time, i int, ev Event) []GroupAction {
	g.out = g.out[:0]
	if i < 0 || i >= len(g.members) {
		return nil
	}
	was := g.members[i].m.state
	switch ev := ev.(type) {
	case Facts:
		g.takeFacts(now, i, ev)
	case Start:
		g.shared = false
		g.prepare()
		g.start(now, i, ev)
	case Reconfigure:
		g.step(now, i, ev)
		g.prepare()
	case Stop, Delete:
		g.shared = false
		g.step(now, i, ev)
	default:
		g.step(now, i, ev)
	}
	_, lost := ev.(Lost)
	g.agree(now, i, was, lost)
	g.report(false)
	return g.out
}

// step gives an event to a member.
func (g *Group) step(now time.Time, i int, ev Event) {
	m := g.members[i].m
	m.out = m.out[:0]
	m.event(now, ev)
	g.take(now, i)
}

// act lets a member do something that is no event of its own.
func (g *Group) act(now time.Time, i int, do func(m *Machine, now time.Time)) {
	m := g.members[i].m
	m.out = m.out[:0]
	do(m, now)
	g.take(now, i)
}

// take keeps what a member has just done.
func (g *Group) take(now time.Time, i int) {
	heard := false
	for _, a := range g.members[i].m.out {
		g.out = append(g.out, GroupAction{i, a})
		switch a.(type) {
		case Transition:
			g.moved = true
		case MasterRxLowerPri:
			heard = true
		}
	}
	if heard {
		g.announceAgain(now, i)
	}
}

// announceAgain lets the other masters announce as well when one heard a lower priority.
func (g *Group) announceAgain(now time.Time, i int) {
	for j := range g.members {
		if j != i && g.members[j].m.state == Master {
			g.act(now, j, (*Machine).announceAgain)
		}
	}
}
