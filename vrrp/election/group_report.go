// SPDX-License-Identifier: Apache-2.0

package election

import (
	"fmt"
	"slices"
)

// GroupTransition reports that the members share a new state: for the group's hooks. It
// comes after the members' own, but for a group that starts in Backup before them, as
// keepalived.
type GroupTransition struct {
	From, To State
	AtStart  bool
}

// GroupLog is a log line of the group.
type GroupLog struct {
	Code   GroupCode
	To     State
	Member string // GroupSyncMember
}

// GroupCode names a log line of a group.
type GroupCode uint8

// The codes.
const (
	GroupSync       GroupCode = iota + 1 // the other members follow to state To
	GroupSyncMember                      // at start: the group is in state To because of Member
)

func (GroupTransition) action() {}
func (GroupLog) action()        {}

// Line returns the log line of the group of that name.
func (l GroupLog) Line(group string) (text string, detail bool) {
	if l.Code == GroupSyncMember {
		return fmt.Sprintf("VRRP_Group(%s): Syncing %s to %s state", group, l.Member, l.To), false
	}
	return fmt.Sprintf("VRRP_Group(%s) Syncing instances to %s state", group, l.To), false
}

// logFaultAtStart names the members because of which a group starts in Fault.
func (g *Group) logFaultAtStart() {
	for _, mb := range g.members {
		if mb.m.state == Init && mb.facts.Faults != 0 {
			g.out = append(g.out, GroupAction{Whole, GroupLog{GroupSyncMember, FaultState, mb.m.params.Name}})
		}
	}
}

// report ends a Step with the group's own transition, if there is one.
func (g *Group) report(atStart bool) { g.reportAt(len(g.out), atStart) }

// reportAt puts it at a place among the actions.
func (g *Group) reportAt(at int, atStart bool) {
	if !g.moved {
		return
	}
	g.moved = false
	to := g.judge()
	if to == g.state {
		return
	}
	g.out = slices.Insert(g.out, at, GroupAction{Whole, GroupTransition{g.state, to, atStart}})
	g.state = to
}

// judge is the state that the members share; while they disagree the last one that they
// shared.
func (g *Group) judge() State {
	n := g.count()
	live := n[Init] + n[Backup] + n[Master] + n[FaultState]
	switch {
	case live == 0 && n[Deleted] > 0:
		return Deleted
	case live == 0:
		return Stopped
	case n[FaultState] > 0:
		return FaultState
	case n[Master] == live:
		return Master
	case n[Backup] == live:
		return Backup
	case n[Init] == 0 && g.state == Init:
		return Master // resumed masters, and a backup that will join them
	}
	return g.state
}

// first is the state of a group made of members that may be at work.
func (g *Group) first() State {
	n := g.count()
	for _, s := range []State{FaultState, Master, Backup} {
		if n[s] > 0 {
			return s
		}
	}
	return Init
}

// count says how many members are in each state.
func (g *Group) count() (n [Deleted + 1]int) {
	for i := range g.members {
		n[g.members[i].m.state]++
	}
	return n
}
