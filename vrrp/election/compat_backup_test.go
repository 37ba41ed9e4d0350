// SPDX-License-Identifier: Apache-2.0

package election

import (
	"testing"
	"time"
)

// TestBackupHearsZero: the master leaves, and only the skew is waited for.
func TestBackupHearsZero(t *testing.T) {
	t.Parallel()
	r := backupRig(t, defaultParams(2, 100)).hear(lower, 200).hear(lower, 0)
	r.want("Backup received priority 0 advertisement -D").wantIn(skew(100))
}

// TestBackupHearsZeroVersion3: the skew is in parts of the leaving master's interval.
func TestBackupHearsZeroVersion3(t *testing.T) {
	t.Parallel()
	p := defaultParams(3, 100)
	p.AdvertInt = 500 * time.Millisecond
	r := backupRig(t, p).step(Advert{From: lower, Priority: 200, Interval: 2 * second})
	r.step(Advert{From: lower, Priority: 0, Interval: 2 * second}).wantIn(2 * skew(100))
}

// TestBackupEqualPriority is accepted whatever the address.
func TestBackupEqualPriority(t *testing.T) {
	t.Parallel()
	r := backupRig(t, defaultParams(2, 100)).wait(3*second).hear(lower, 100)
	r.want("master set to 10.0.0.2 -D").wantIn(3*second + skew(100))
}

// TestBackupNamesMaster when it changes, and only then.
func TestBackupNamesMaster(t *testing.T) {
	t.Parallel()
	r := backupRig(t, defaultParams(2, 100)).hear(lower, 200)
	r.hear(lower, 200).want()
	r.hear(higher, 200).want("master set to 10.0.0.9 -D")
}

// TestFormerMasterNamesMaster: who was master before our own time is news again.
func TestFormerMasterNamesMaster(t *testing.T) {
	t.Parallel()
	r := backupRig(t, defaultParams(2, 100)).hear(lower, 200).wait(4 * second).wantState(Master)
	r.step(Facts{Faults: FaultLink}).step(Facts{Source: ours}).hear(lower, 200).want("master set to 10.0.0.2 -D")
}

// TestBackupDiscardsLower: the take-over comes when it was due anyway.
func TestBackupDiscardsLower(t *testing.T) {
	t.Parallel()
	r := backupRig(t, defaultParams(2, 100)).hear(lower, 50)
	r.want("master set to 10.0.0.2 -D", "received lower priority (50) advert from 10.0.0.2 - discarding")
	r.wait(3*second).hear(lower, 50).wait(skew(100)).wantState(Master)
}

// TestNoPreempt accepts a lower priority.
func TestNoPreempt(t *testing.T) {
	t.Parallel()
	p := defaultParams(2, 100)
	p.NoPreempt = true
	r := backupRig(t, p).wait(3*second).hear(lower, 50)
	r.want("master set to 10.0.0.2 -D").wantIn(3*second + skew(100))
	r.wait(4 * second).wantState(Master)
}

// TestNoPreemptMasterYields: nopreempt protects others, not its own mastership.
func TestNoPreemptMasterYields(t *testing.T) {
	t.Parallel()
	p := defaultParams(2, 100)
	p.NoPreempt = true
	masterRig(t, p).hear(lower, 150).wantState(Backup)
}

func preempting() Params {
	p := defaultParams(2, 100)
	p.PreemptDelay = 5 * second
	return p
}

// TestPreemptDelay counts from the first lower advert. After it adverts are discarded, and
// the running master-down time must end.
func TestPreemptDelay(t *testing.T) {
	t.Parallel()
	r := backupRig(t, preempting()).wait(500*time.Millisecond).hear(lower, 50)
	r.want("master set to 10.0.0.2 -D", "start preempt delay (5.000000) -D")
	for range 4 {
		r.wait(second).hear(lower, 50).want().wantIn(3*second + skew(100))
	}
	r.wait(second).hear(lower, 50).want("received lower priority (50) advert from 10.0.0.2 - discarding")
	r.wantIn(2*second + skew(100))
	r.wait(3 * second).wantState(Master)
}

// TestPreemptDelayNoMaster: without a master there is nothing to preempt.
func TestPreemptDelayNoMaster(t *testing.T) {
	t.Parallel()
	backupRig(t, preempting()).wait(3*second + skew(100)).wantState(Master)
}

// TestPreemptDelayEndsWithBetterMaster: the delay begins anew after an advert of a better router.
func TestPreemptDelayEndsWithBetterMaster(t *testing.T) {
	t.Parallel()
	r := backupRig(t, preempting()).hear(lower, 50).wait(3*second).hear(higher, 200)
	r.wait(2*second).hear(lower, 50).wantDone("start preempt delay (5.000000) -D")
	r.wait(3*second).hear(lower, 50).want()
}

// TestPreemptDelayEndsWithState: a return to Backup begins without a delay from before.
func TestPreemptDelayEndsWithState(t *testing.T) {
	t.Parallel()
	r := backupRig(t, preempting()).hear(lower, 50)
	r.step(Facts{Faults: FaultLink}).wait(10 * second).step(Facts{Source: ours})
	r.hear(lower, 50).want("start preempt delay (5.000000) -D")
}

// TestPreemptDelayEqualPriority is not a delay: an equal router is never preempted.
func TestPreemptDelayEqualPriority(t *testing.T) {
	t.Parallel()
	backupRig(t, preempting()).hear(lower, 100).want("master set to 10.0.0.2 -D")
}

// TestPreemptDelayHearsZero: when the master leaves, the delay holds nobody up.
func TestPreemptDelayHearsZero(t *testing.T) {
	t.Parallel()
	backupRig(t, preempting()).hear(lower, 50).hear(lower, 0).wait(skew(100)).wantState(Master)
}

// TestTakeOverOrder: the advert goes before everything else.
func TestTakeOverOrder(t *testing.T) {
	t.Parallel()
	backupRig(t, defaultParams(2, 100)).wait(3*second+skew(100)).want(
		"Receive advertisement timeout -D",
		"advert 100",
		"BACKUP -> MASTER prio 100",
		"add addresses",
		"announce 5",
	)
}

// TestBackupFault: a line and the hooks, nothing on the wire.
func TestBackupFault(t *testing.T) {
	t.Parallel()
	r := backupRig(t, defaultParams(2, 100)).step(Facts{Faults: FaultLink})
	r.want("BACKUP -> FAULT prio 100")
	if !r.m.Deadline().IsZero() {
		t.Error("a deadline in Fault")
	}
}

// TestFaultIgnoresAdverts, silently; so does Init.
func TestFaultIgnoresAdverts(t *testing.T) {
	t.Parallel()
	backupRig(t, defaultParams(2, 100)).step(Facts{Faults: FaultLink}).hear(lower, 50).want().wantState(FaultState)
	newRig(t, defaultParams(2, 100)).hear(lower, 50).want().wantState(Init)
}

// TestFaultExit: Backup with the whole master-down time, and the own interval again.
func TestFaultExit(t *testing.T) {
	t.Parallel()
	r := backupRig(t, defaultParams(3, 100)).step(Advert{From: lower, Priority: 200, Interval: 4 * second})
	r.step(Facts{Faults: FaultLink, Source: ours}).wait(second)
	r.step(Facts{Source: ours}).want("FAULT -> BACKUP prio 100").wantIn(3*second + skew(100))
}

// TestFaultExitOwner: an owner listens as well.
func TestFaultExitOwner(t *testing.T) {
	t.Parallel()
	r := masterRig(t, defaultParams(2, 255)).step(Facts{Faults: FaultLink, Source: ours})
	r.step(Facts{Source: ours}).want("FAULT -> BACKUP prio 255").wantIn(3*second + skew(255))
}

// TestFaultNeedsAllReasonsGone: one reason is enough to stay.
func TestFaultNeedsAllReasonsGone(t *testing.T) {
	t.Parallel()
	r := backupRig(t, defaultParams(2, 100)).step(Facts{Faults: FaultLink | FaultScript})
	r.step(Facts{Faults: FaultScript}).want().wantState(FaultState)
	r.step(Facts{}).wantState(Backup)
}

// TestFaultSetsPriority: what changed meanwhile is said on leaving, in words of its own.
func TestFaultSetsPriority(t *testing.T) {
	t.Parallel()
	r := backupRig(t, defaultParams(2, 100)).step(Facts{Faults: FaultScript, Delta: 10})
	r.want("BACKUP -> FAULT prio 100")
	r.step(Facts{Delta: 10}).want("Setting effective priority to 110", "FAULT -> BACKUP prio 110")
}

// TestStartFault: the first state may be Fault.
func TestStartFault(t *testing.T) {
	t.Parallel()
	r := newRig(t, defaultParams(2, 255)).step(Facts{Faults: FaultSource})
	r.step(Start{}).want("INIT -> FAULT prio 255 at start", "remove addresses")
}

// TestUndecided: a tracked script without a result holds the instance in Init.
func TestUndecided(t *testing.T) {
	t.Parallel()
	r := newRig(t, defaultParams(2, 100)).step(Facts{Source: ours, Undecided: true})
	r.step(Start{}).want("remove addresses").wantState(Init)
	r.wait(time.Hour).want().hear(lower, 50).want()
	r.step(Facts{Source: ours}).want("INIT -> BACKUP prio 100").wantIn(3*second + skew(100))
}

// TestUndecidedThenFailed goes to Fault.
func TestUndecidedThenFailed(t *testing.T) {
	t.Parallel()
	r := newRig(t, defaultParams(2, 100)).step(Facts{Undecided: true}).step(Start{})
	r.step(Facts{Faults: FaultScript}).want("INIT -> FAULT prio 100")
}

// TestUndecidedOwner is master at the first result, without the line of a timeout.
func TestUndecidedOwner(t *testing.T) {
	t.Parallel()
	r := newRig(t, defaultParams(2, 255)).step(Facts{Undecided: true}).step(Start{})
	r.step(Facts{Source: ours}).want("advert 255", "INIT -> MASTER prio 255", "add addresses", "announce 5")
}

// TestUndecidedLater: a script that a reload added does not stop a running election.
func TestUndecidedLater(t *testing.T) {
	t.Parallel()
	masterRig(t, defaultParams(2, 100)).step(Facts{Source: ours, Undecided: true}).want().wantState(Master)
	backupRig(t, defaultParams(2, 100)).step(Facts{Source: ours, Undecided: true}).want().wantState(Backup)
}

// TestUndecidedHoldsFault: from Fault nobody returns before the result is there.
func TestUndecidedHoldsFault(t *testing.T) {
	t.Parallel()
	r := newRig(t, defaultParams(2, 100)).step(Facts{Faults: FaultLink, Undecided: true}).step(Start{})
	r.step(Facts{Undecided: true}).want().wantState(FaultState)
	r.step(Facts{}).wantState(Backup)
}
