// SPDX-License-Identifier: Apache-2.0

package election

import (
	"testing"
	"time"
)

// TestGroupStart: in Backup the group speaks before its members.
func TestGroupStart(t *testing.T) {
	t.Parallel()
	newGroupRig(t, defaultParams(2, 100), defaultParams(2, 90)).all(Start{}).want(
		"A: remove addresses",
		"B: remove addresses",
		"G1: group INIT -> BACKUP at start",
		"A: INIT -> BACKUP prio 100 at start",
		"B: INIT -> BACKUP prio 90 at start",
	).wantState(Backup)
}

// TestGroupStartFault: in Fault it speaks after them, and says whose fault it is.
func TestGroupStartFault(t *testing.T) {
	t.Parallel()
	r := newGroupRig(t, defaultParams(2, 100), defaultParams(2, 100)).step(1, Facts{Faults: FaultLink})
	r.all(Start{}).want(
		"G1: VRRP_Group(G1): Syncing B to FAULT state",
		"A: INIT -> FAULT prio 100 at start",
		"A: remove addresses",
		"B: INIT -> FAULT prio 100 at start",
		"B: remove addresses",
		"G1: group INIT -> FAULT at start",
	).wantState(FaultState)
}

// TestGroupStartOwners: masters at once if all own their addresses, else Backup.
func TestGroupStartOwners(t *testing.T) {
	t.Parallel()
	r := newGroupRig(t, defaultParams(2, 255), defaultParams(2, 255)).all(Start{})
	r.wantStates(Master, Master).wantState(Master).wantNot("Syncing")
	r = newGroupRig(t, defaultParams(2, 255), defaultParams(2, 100)).all(Start{})
	r.wantStates(Backup, Backup).wait(3*second + skew(255)).want("A: Receive advertisement timeout -D")
	r.wait(second).wantStates(Master, Master)
}

// TestGroupWaitsForAll: the first member to hear nobody waits, and asks again each time.
func TestGroupWaitsForAll(t *testing.T) {
	t.Parallel()
	r := startedRig(t, 100, 100)
	r.wait(2*second).hear(1, 200).wait(3*second + skew(100) - 2*second).want("A: Receive advertisement timeout -D")
	for range 3 {
		r.hear(1, 200).wait(3*second+skew(100)/2).hear(1, 200).wait(skew(100) - skew(100)/2)
		r.want("A: Receive advertisement timeout -D").wantStates(Backup, Backup)
	}
	r.wait(3*second+skew(100)).wantStates(Master, Master)
}

// TestGroupTakesOverTogether: the last member first, then the line, then the others, and the group.
func TestGroupTakesOverTogether(t *testing.T) {
	t.Parallel()
	r := startedRig(t, 100, 90, 100).wait(3*second + skew(90) - 1)
	r.wait(1).want(
		"B: Receive advertisement timeout -D",
		"B: advert 90",
		"B: BACKUP -> MASTER prio 90",
		"B: add addresses",
		"B: announce 5",
		"G1: VRRP_Group(G1) Syncing instances to MASTER state",
		"A: advert 100",
		"A: BACKUP -> MASTER prio 100",
		"A: add addresses",
		"A: announce 5",
		"C: advert 100",
		"C: BACKUP -> MASTER prio 100",
		"C: add addresses",
		"C: announce 5",
		"G1: group BACKUP -> MASTER",
	)
}

// TestGroupWantsNoMore: who follows a master again does not want to be one.
func TestGroupWantsNoMore(t *testing.T) {
	t.Parallel()
	r := startedRig(t, 100, 100).wait(2*second).hear(1, 200)
	r.wait(3*second).wantStates(Backup, Backup) // A wants
	r.hear(0, 200).wait(second).wantStates(Backup, Backup)
	r.wait(2*second).wantStates(Backup, Backup) // B wants, A follows
	r.wait(2*second).wantStates(Master, Master)
}

// TestGroupYieldsTogether, without priority 0: the others' neighbours wait.
func TestGroupYieldsTogether(t *testing.T) {
	t.Parallel()
	r := rulingRig(t, 100, 100).hear(1, 200)
	r.want(
		"B: Master received advert from 10.0.0.2 with higher priority 200, ours 100",
		"B: MASTER -> BACKUP prio 100",
		"B: remove addresses",
		"G1: VRRP_Group(G1) Syncing instances to BACKUP state",
		"A: MASTER -> BACKUP prio 100",
		"A: remove addresses",
		"G1: group MASTER -> BACKUP",
	)
	if got, want := r.ms[0].Deadline().Sub(r.now), 3*second+skew(100); got != want {
		t.Errorf("the other one waits %v, want %v", got, want)
	}
}

// TestGroupFaultTogether: one that is dragged along says priority 0 once, without a line.
func TestGroupFaultTogether(t *testing.T) {
	t.Parallel()
	rulingRig(t, 100, 100).step(1, Facts{Faults: FaultLink}).want(
		"B: advert 0",
		"B: advert 0",
		"B: MASTER -> FAULT prio 100",
		"B: sent 0 priority -D",
		"B: remove addresses",
		"G1: VRRP_Group(G1) Syncing instances to FAULT state",
		"A: advert 0",
		"A: MASTER -> FAULT prio 100",
		"A: remove addresses",
		"G1: group MASTER -> FAULT",
	)
	startedRig(t, 100, 100).step(0, Facts{Faults: FaultScript}).want(
		"A: BACKUP -> FAULT prio 100",
		"G1: VRRP_Group(G1) Syncing instances to FAULT state",
		"B: BACKUP -> FAULT prio 100",
		"G1: group BACKUP -> FAULT",
	)
}

// TestGroupFaultIsComputed: facts that come twice, or in another order, cannot make the
// group forget or remember a fault.
func TestGroupFaultIsComputed(t *testing.T) {
	t.Parallel()
	r := rulingRig(t, 100, 100, 100)
	bad, good := Facts{Source: ours, Faults: FaultLink}, Facts{Source: ours}
	for _, f := range []struct {
		member int
		facts  Facts
		state  State
	}{
		{0, bad, FaultState},
		{0, bad, FaultState},
		{1, bad, FaultState},
		{0, good, FaultState},
		{0, good, FaultState},
		{2, good, FaultState},
		{1, bad, FaultState},
		{1, good, Backup},
		{1, good, Backup},
	} {
		r.step(f.member, f.facts).wantStates(f.state, f.state, f.state).wantState(f.state)
	}
}

// TestGroupFaultEnds with a line of the last reason's member, then the others.
func TestGroupFaultEnds(t *testing.T) {
	t.Parallel()
	r := startedRig(t, 100, 100).step(1, Facts{Faults: FaultLink}).wait(10 * second).want()
	r.step(1, Facts{Source: ours}).want(
		"B: FAULT -> BACKUP prio 100",
		"G1: VRRP_Group(G1) Syncing instances to BACKUP state",
		"A: FAULT -> BACKUP prio 100",
		"G1: group FAULT -> BACKUP",
	)
}

// TestGroupScriptInit: a member without a first result holds all in Init.
func TestGroupScriptInit(t *testing.T) {
	t.Parallel()
	r := newGroupRig(t, defaultParams(2, 100), defaultParams(2, 100)).step(0, Facts{Undecided: true})
	r.all(Start{}).want("A: remove addresses", "B: remove addresses").wantStates(Init, Init)
	r.wait(time.Hour).want().step(1, Facts{Source: ours}).want()
	r.step(0, Facts{Source: ours}).want(
		"A: INIT -> BACKUP prio 100",
		"G1: VRRP_Group(G1) Syncing instances to BACKUP state",
		"B: INIT -> BACKUP prio 100",
		"G1: group INIT -> BACKUP",
	)
}

// TestGroupScriptInitFails: so does its failure.
func TestGroupScriptInitFails(t *testing.T) {
	t.Parallel()
	r := newGroupRig(t, defaultParams(2, 100), defaultParams(2, 100)).step(0, Facts{Undecided: true}).all(Start{})
	r.step(0, Facts{Faults: FaultScript}).wantStates(FaultState, FaultState).wantState(FaultState)
}

// TestGroupLost: all step down, each says so, and waits for its skew only. No line of the group.
func TestGroupLost(t *testing.T) {
	t.Parallel()
	r := rulingRig(t, 100, 50).step(0, Lost{}).want(
		"A: advert 0",
		"A: MASTER -> BACKUP prio 100",
		"A: sent 0 priority -D",
		"A: remove addresses",
		"B: advert 0",
		"B: MASTER -> BACKUP prio 50",
		"B: sent 0 priority -D",
		"B: remove addresses",
		"G1: group MASTER -> BACKUP",
	)
	r.wait(skew(50)-1).wantStates(Backup, Backup)
	r.wait(1).wantStates(Master, Master)
}

// TestGroupLowerPriority: the others announce as well.
func TestGroupLowerPriority(t *testing.T) {
	t.Parallel()
	rulingRig(t, 100, 100).hear(0, 50).want(
		"A: Received advert from 10.0.0.2 with lower priority 50, ours 100, forcing new election",
		"A: advert 100",
		"A: announce 5",
		"A: hook MASTER_RX_LOWER_PRI 100",
		"B: announce 5",
	)
}

// TestGroupSleep: timer_expired_backup of one member is everybody's.
func TestGroupSleep(t *testing.T) {
	t.Parallel()
	p := sleeper()
	r := newGroupRig(t, p, p).all(Start{}).wait(4*second).wantStates(Master, Master)
	r.now = r.now.Add(time.Minute)
	r.hear(0, 50).wantStates(Backup, Backup).wantNot("advert")
}

// TestGroupStop: all members, then the group.
func TestGroupStop(t *testing.T) {
	t.Parallel()
	rulingRig(t, 100, 100).all(Stop{}).want(
		"A: advert 0", "A: sent 0 priority -D", "A: remove addresses", "A: MASTER -> STOP prio 100",
		"B: advert 0", "B: sent 0 priority -D", "B: remove addresses", "B: MASTER -> STOP prio 100",
		"G1: group MASTER -> STOP",
	)
	startedRig(t, 100, 100).all(Delete{}).wantStates(Deleted, Deleted).wantState(Deleted)
}

// TestGroupMemberDeleted: the others are masters without it, and its fault is over.
func TestGroupMemberDeleted(t *testing.T) {
	t.Parallel()
	rulingRig(t, 100, 100).step(0, Delete{}).wantStates(Deleted, Master).wantState(Master)
	r := startedRig(t, 100, 100).wait(2*second).hear(1, 200).step(1, Delete{})
	r.wait(10*second).wantStates(Master, Deleted).wantState(Master)
}

// TestGroupOfOne has no line of its own.
func TestGroupOfOne(t *testing.T) {
	t.Parallel()
	r := startedRig(t, 100).wait(3*second+skew(100)).want(
		"A: Receive advertisement timeout -D", "A: advert 100", "A: BACKUP -> MASTER prio 100",
		"A: add addresses", "A: announce 5", "G1: group BACKUP -> MASTER",
	)
	r.hear(0, 200).wantNot("Syncing").wantState(Backup)
	r.step(0, Facts{Faults: FaultLink}).wantNot("Syncing").wantState(FaultState)
}

// TestGroupPriorities are each member's own, and a change is nobody else's.
func TestGroupPriorities(t *testing.T) {
	t.Parallel()
	startedRig(t, 100, 100).step(0, Facts{Source: ours, Delta: 20}).want(
		"A: Changing effective priority from 100 to 120", "A: hook BACKUP_PRIORITY 120",
	)
}
