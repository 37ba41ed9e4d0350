// SPDX-License-Identifier: Apache-2.0

package election

import (
	"testing"
	"time"
)

// TestReloadUnchanged causes nothing, and moves no timer.
func TestReloadUnchanged(t *testing.T) {
	t.Parallel()
	p := defaultParams(2, 100)
	masterRig(t, p).wait(300 * time.Millisecond).step(Reconfigure{p}).want().wantIn(700 * time.Millisecond)
	backupRig(t, p).wait(second).step(Reconfigure{p}).want().wantIn(2*second + skew(100))
}

// TestReloadPriorityOfMaster: the neighbours hear at once, the mastership stays.
func TestReloadPriorityOfMaster(t *testing.T) {
	t.Parallel()
	r := masterRig(t, defaultParams(2, 100)).wait(300 * time.Millisecond)
	r.step(Reconfigure{defaultParams(2, 30)})
	r.want("hook MASTER_PRIORITY 30", "advert 30").wantState(Master).wantIn(second)
	r.hear(lower, 50).wantState(Backup)
}

// TestReloadPriorityOfBackup shifts what it still waits.
func TestReloadPriorityOfBackup(t *testing.T) {
	t.Parallel()
	r := backupRig(t, defaultParams(2, 100)).wait(second).step(Reconfigure{defaultParams(2, 200)})
	r.want("hook BACKUP_PRIORITY 200").wantIn(2*second + skew(200))
}

// TestReloadKeepsDelta: the tracked weights count on top of the new priority.
func TestReloadKeepsDelta(t *testing.T) {
	t.Parallel()
	r := backupRig(t, defaultParams(2, 100)).step(Facts{Source: ours, Delta: -20})
	r.step(Reconfigure{defaultParams(2, 150)}).want("Changing effective priority from 150 to 130", "hook BACKUP_PRIORITY 130")
}

// TestReloadInterval of a master counts from now.
func TestReloadInterval(t *testing.T) {
	t.Parallel()
	p := defaultParams(2, 100)
	p.AdvertInt = 3 * second
	masterRig(t, defaultParams(2, 100)).step(Reconfigure{p}).want("advert 100").wantIn(3 * second)
	r := backupRig(t, defaultParams(2, 100)).wait(second).step(Reconfigure{p})
	r.want().wantIn(8*second + skew(100))
}

// TestReloadIntervalLearned: what the master announced outlives a reload of ours, or a
// backup with a shorter interval would take over from a living master.
func TestReloadIntervalLearned(t *testing.T) {
	t.Parallel()
	p := defaultParams(3, 100)
	r := backupRig(t, p).hear(lower, 200).wait(second)
	p.AdvertInt = 100 * time.Millisecond
	r.step(Reconfigure{p}).want().wantIn(2*second + skew(100))
}

// TestReloadRefresh of a running master takes effect, on and off.
func TestReloadRefresh(t *testing.T) {
	t.Parallel()
	p := defaultParams(2, 100)
	r := masterRig(t, p).wait(10 * second)
	p.Announce.Refresh = 4 * second
	r.step(Reconfigure{p}).wait(4 * second).wantDone("announce 1")
	p.Announce.Refresh = 0
	r.step(Reconfigure{p}).wait(time.Minute).wantNot("announce 1")
}

// TestReloadInFaultOrInit takes effect when the state is left.
func TestReloadInFaultOrInit(t *testing.T) {
	t.Parallel()
	r := backupRig(t, defaultParams(2, 100)).step(Facts{Faults: FaultLink})
	r.step(Reconfigure{defaultParams(2, 200)}).want()
	r.step(Facts{}).want("Setting effective priority to 200", "FAULT -> BACKUP prio 200").wantIn(3*second + skew(200))

	r = newRig(t, defaultParams(2, 100)).step(Reconfigure{defaultParams(2, 255)}).want()
	r.step(Start{}).wantState(Master)
}

// TestReloadFromOwner: a former owner keeps the mastership, with its new priority.
func TestReloadFromOwner(t *testing.T) {
	t.Parallel()
	r := masterRig(t, defaultParams(2, 255)).step(Reconfigure{defaultParams(2, 100)})
	r.want("hook MASTER_PRIORITY 100", "advert 100").wantState(Master)
}

// TestResumeMaster goes on without a transition: an advert first, then the addresses.
func TestResumeMaster(t *testing.T) {
	t.Parallel()
	r := newRig(t, defaultParams(2, 100)).step(Start{Resume: Master})
	r.want("advert 100", "add addresses", "announce 5").wantState(Master).wantIn(second)
}

// TestResumeMasterUndecided: scripts have not run again yet, and that is no reason to go.
func TestResumeMasterUndecided(t *testing.T) {
	t.Parallel()
	r := newRig(t, defaultParams(2, 100)).step(Facts{Source: ours, Undecided: true})
	r.step(Start{Resume: Master}).wantState(Master)
}

// TestResumeMasterPriority: the first advert has the tracked weights in it.
func TestResumeMasterPriority(t *testing.T) {
	t.Parallel()
	r := newRig(t, defaultParams(2, 100)).step(Facts{Source: ours, Delta: 20})
	r.step(Start{Resume: Master}).wantDone("advert 120").wantNot("advert 100")
}

// TestResumeMasterFault gives up in order what the earlier process held.
func TestResumeMasterFault(t *testing.T) {
	t.Parallel()
	r := newRig(t, defaultParams(2, 100)).step(Facts{Faults: FaultLink})
	r.step(Start{Resume: Master})
	r.want("advert 0", "advert 0", "MASTER -> FAULT prio 100 at start", "sent 0 priority -D", "remove addresses")
}

// TestResumeBackup listens for a whole master-down time, with the interval learned before.
func TestResumeBackup(t *testing.T) {
	t.Parallel()
	r := newRig(t, defaultParams(3, 100)).step(Start{Resume: Backup, Interval: 2 * second})
	r.want("remove addresses").wantState(Backup).wantIn(6*second + 2*skew(100))
	r = newRig(t, defaultParams(3, 100)).step(Start{Resume: Backup})
	r.wantIn(3*second + skew(100))
	r = newRig(t, defaultParams(2, 100)).step(Start{Resume: Backup, Interval: 2 * second})
	r.wantIn(3*second + skew(100))
}

// TestResumeBackupFacts: priority and fault come from the facts.
func TestResumeBackupFacts(t *testing.T) {
	t.Parallel()
	r := newRig(t, defaultParams(2, 100)).step(Facts{Source: ours, Delta: 50})
	r.step(Start{Resume: Backup}).wantIn(3*second + skew(150))
	r = newRig(t, defaultParams(2, 100)).step(Facts{Faults: FaultLink})
	r.step(Start{Resume: Backup}).want("remove addresses", "BACKUP -> FAULT prio 100")
}

// TestResumeFault says nothing while the reason lasts, and leaves it otherwise.
func TestResumeFault(t *testing.T) {
	t.Parallel()
	r := newRig(t, defaultParams(2, 100)).step(Facts{Faults: FaultLink})
	r.step(Start{Resume: FaultState}).want("remove addresses").wantState(FaultState)
	r = newRig(t, defaultParams(2, 100)).step(Start{Resume: FaultState})
	r.want("remove addresses", "FAULT -> BACKUP prio 100")
}

// TestResumeStopped is a start like any other.
func TestResumeStopped(t *testing.T) {
	t.Parallel()
	newRig(t, defaultParams(2, 100)).step(Start{Resume: Stopped}).want("remove addresses", "INIT -> BACKUP prio 100 at start")
}
