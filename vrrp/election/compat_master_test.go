// SPDX-License-Identifier: Apache-2.0

package election

import (
	"testing"
	"time"
)

// TestMasterHearsZero: an answer at once, and the mastership stays. Beyond keepalived it
// announces again, since the router that left was a master too.
func TestMasterHearsZero(t *testing.T) {
	t.Parallel()
	r := masterRig(t, defaultParams(2, 100)).wait(500*time.Millisecond).hear(lower, 0)
	r.want("Master received priority 0 message -D", "advert 100", "announce 5").wantState(Master).wantIn(second)
}

// TestMasterYieldsToHigher, without priority 0.
func TestMasterYieldsToHigher(t *testing.T) {
	t.Parallel()
	r := masterRig(t, defaultParams(2, 100)).hear(lower, 200)
	r.want(
		"Master received advert from 10.0.0.2 with higher priority 200, ours 100",
		"MASTER -> BACKUP prio 100",
		"remove addresses",
	).wantIn(3*second + skew(100))
	r.hear(lower, 200).want() // the master is known already
}

// TestMasterYieldsLearning: a VRRPv3 master takes the interval over as it yields.
func TestMasterYieldsLearning(t *testing.T) {
	t.Parallel()
	r := masterRig(t, defaultParams(3, 100)).step(Advert{From: lower, Priority: 200, Interval: 2 * second})
	r.want(
		"Master received advert from 10.0.0.2 with higher priority 200, ours 100",
		"advertisement interval updated from 1000ms to 2000ms by master -D",
		"MASTER -> BACKUP prio 100",
		"remove addresses",
	).wantIn(6*second + 2*skew(100))
}

// TestMasterTieBreak: of equal priorities the numerically higher address wins.
func TestMasterTieBreak(t *testing.T) {
	t.Parallel()
	r := masterRig(t, defaultParams(2, 100)).hear(higher, 100)
	r.wantState(Backup).wantDone("Master received advert from 10.0.0.9 with same priority 100 but higher IP address than ours")
	r = masterRig(t, defaultParams(2, 100)).hear(lower, 100)
	r.wantState(Master).wantDone("Received advert from 10.0.0.2 with lower priority 100, ours 100, forcing new election")
}

// TestMasterTieBreakNewSource: the address that counts is the present one.
func TestMasterTieBreakNewSource(t *testing.T) {
	t.Parallel()
	r := masterRig(t, defaultParams(2, 100)).step(Facts{Source: higher}).want()
	r.hear(someone, 100).wantState(Backup)
	r = masterRig(t, defaultParams(2, 100)).step(Facts{Source: someone})
	r.hear(higher, 100).wantState(Master)
}

// TestMasterOwnAddress: a line, and nothing else.
func TestMasterOwnAddress(t *testing.T) {
	t.Parallel()
	r := masterRig(t, defaultParams(2, 100)).hear(ours, 100)
	r.want("WARNING - equal priority advert received from 10.0.0.5, which is our own address").wantState(Master)
}

// TestMasterHearsLower: an answer, and announcements now and after the delay.
func TestMasterHearsLower(t *testing.T) {
	t.Parallel()
	p := defaultParams(2, 100)
	p.Announce.Delay, p.Announce.LowerRepeat, p.Announce.LowerDelay = 0, 2, 3*second
	r := masterRig(t, p).hear(lower, 50)
	r.want(
		"Received advert from 10.0.0.2 with lower priority 50, ours 100, forcing new election",
		"advert 100",
		"announce 2",
		"hook MASTER_RX_LOWER_PRI 100",
	)
	r.wait(3*second - 1).wantNot("announce 2")
	r.wait(1).wantDone("announce 2")
	r.wait(time.Minute).wantNot("announce 2")
}

// TestMasterHearsLowerOften: beyond keepalived there is one second set, after the last
// advert, however many there were: a confused neighbour must not cause a storm.
func TestMasterHearsLowerOften(t *testing.T) {
	t.Parallel()
	p := defaultParams(2, 100)
	p.Announce.Delay, p.Announce.LowerRepeat, p.Announce.LowerDelay = 0, 2, 3*second
	r := masterRig(t, p)
	for range 10 {
		r.hear(lower, 50).wantDone("announce 2").wait(100 * time.Millisecond)
	}
	if got := r.wait(time.Minute).count("announce 2"); got != 1 {
		t.Errorf("%d later sets", got)
	}
}

// TestMasterHearsLowerAtOnceAgain: in a flood the first advert is answered with everything,
// the next one with a bare advert, the others not at all, until AnswerSpacing is over.
func TestMasterHearsLowerAtOnceAgain(t *testing.T) {
	t.Parallel()
	r := masterRig(t, defaultParams(2, 100)).hear(lower, 50).wantDone("announce 5")
	r.wait(time.Millisecond).hear(lower, 50).want().wantIn(answerAgain)
	r.wait(answerAgain).want("advert 100")
	for range 5 {
		r.wait(time.Millisecond).hear(lower, 50).want()
	}
	r.wantIn(second-5*time.Millisecond).wait(AnswerSpacing).hear(lower, 50).wantDone("announce 5")
	masterRig(t, defaultParams(2, 100)).hear(higher, 0).hear(higher, 0).want().wantIn(second)
	p := defaultParams(2, 100)
	p.LowerPrioNoAdvert = true
	masterRig(t, p).hear(lower, 50).hear(lower, 50).want().wantIn(second)
}

// TestLowerRepeatZero sends none.
func TestLowerRepeatZero(t *testing.T) {
	t.Parallel()
	p := defaultParams(2, 100)
	p.Announce.Delay, p.Announce.LowerRepeat = 0, 0
	r := masterRig(t, p).hear(lower, 50).want(
		"Received advert from 10.0.0.2 with lower priority 50, ours 100, forcing new election", "advert 100",
		"hook MASTER_RX_LOWER_PRI 100",
	)
	if got := r.wait(time.Minute).count("announce 1"); got != 0 {
		t.Errorf("%d sets", got)
	}
}

// TestLowerDelayZero has no second set.
func TestLowerDelayZero(t *testing.T) {
	t.Parallel()
	p := defaultParams(2, 100)
	p.Announce.Delay, p.Announce.LowerDelay = 0, 0
	r := masterRig(t, p).hear(lower, 50).wantDone("announce 5")
	r.wait(time.Minute).wantNot("announce 5")
}

// TestTwoOwnersHigherAddress stays, says it once, and says when the other fell silent.
func TestTwoOwnersHigherAddress(t *testing.T) {
	t.Parallel()
	const conflict = "CONFIGURATION ERROR: local instance and 10.0.0.2 are both configured as address owner, please resolve"
	const gone = ": rogue address owner appears to have stopped advertising"
	r := masterRig(t, defaultParams(2, 255)).hear(lower, 255).wantDone(conflict).wantState(Master)
	r.wait(second).wantNot(gone)
	r.hear(lower, 255).wantNot(conflict).wantDone("advert 255")
	r.wait(2 * second).wantNot(gone)
	r.wait(200 * time.Millisecond).wantDone(gone)
	r.hear(lower, 255).wantDone(conflict)
}

// TestOneOwner: neither an owner that hears an ordinary router nor an ordinary master that
// hears an owner has anything to complain about.
func TestOneOwner(t *testing.T) {
	t.Parallel()
	masterRig(t, defaultParams(2, 255)).hear(lower, 100).want(
		"Received advert from 10.0.0.2 with lower priority 100, ours 255, forcing new election",
		"advert 255",
		"announce 5",
		"hook MASTER_RX_LOWER_PRI 255",
	)
	masterRig(t, defaultParams(2, 100)).hear(lower, 255).want(
		"Master received advert from 10.0.0.2 with higher priority 255, ours 100",
		"MASTER -> BACKUP prio 100",
		"remove addresses",
	)
}

// TestTwoOwnersLowerAddress yields by the ordinary rule, and returns with 255.
func TestTwoOwnersLowerAddress(t *testing.T) {
	t.Parallel()
	masterRig(t, defaultParams(2, 255)).hear(higher, 255).want(
		"CONFIGURATION ERROR: local instance and 10.0.0.9 are both configured as address owner, please resolve",
		"Master received advert from 10.0.0.9 with same priority 255 but higher IP address than ours",
		"MASTER -> BACKUP prio 255",
		"remove addresses",
	)
}

// TestMasterFault: priority 0 twice, then the addresses go.
func TestMasterFault(t *testing.T) {
	t.Parallel()
	r := masterRig(t, defaultParams(2, 100)).step(Facts{Faults: FaultLink, Source: ours})
	r.want("advert 0", "advert 0", "MASTER -> FAULT prio 100", "sent 0 priority -D", "remove addresses")
	if !r.m.Deadline().IsZero() {
		t.Error("a deadline in Fault")
	}
}

// TestStop: a master says priority 0 once, others say nothing; afterwards nothing happens.
func TestStop(t *testing.T) {
	t.Parallel()
	r := masterRig(t, defaultParams(2, 100)).step(Stop{})
	r.want("advert 0", "sent 0 priority -D", "remove addresses", "MASTER -> STOP prio 100")
	r.step(Facts{Faults: FaultLink}).want().hear(lower, 50).want().step(Stop{}).want().wait(time.Hour).want()

	backupRig(t, defaultParams(2, 100)).step(Stop{}).want("BACKUP -> STOP prio 100")
	backupRig(t, defaultParams(2, 100)).step(Facts{Faults: FaultLink}).step(Stop{}).want("FAULT -> STOP prio 100")
	newRig(t, defaultParams(2, 100)).step(Stop{}).want("INIT -> STOP prio 100")
}

// TestAnnounceTakeover: a set at once, one after the delay, no more.
func TestAnnounceTakeover(t *testing.T) {
	t.Parallel()
	r := masterRig(t, defaultParams(2, 100)).wantDone("announce 5")
	r.wait(5*second - 1).wantNot("announce 5")
	r.wait(1).wantDone("announce 5")
	r.wait(time.Minute).wantNot("announce 5")
}

// TestAnnounceRepeatZero counts as one.
func TestAnnounceRepeatZero(t *testing.T) {
	t.Parallel()
	p := defaultParams(2, 100)
	p.Announce.Repeat = 0
	masterRig(t, p).wantDone("announce 1")
}

// TestAnnounceDelayZero has no second set.
func TestAnnounceDelayZero(t *testing.T) {
	t.Parallel()
	p := defaultParams(2, 100)
	p.Announce.Delay = 0
	masterRig(t, p).wait(time.Minute).wantNot("announce 5")
}

// TestAnnounceRefresh: the first after delay and refresh, as 2.4; then every refresh.
func TestAnnounceRefresh(t *testing.T) {
	t.Parallel()
	p := defaultParams(2, 100)
	p.Announce.Delay, p.Announce.Refresh, p.Announce.RefreshRepeat = 2*second, 3*second, 2
	r := masterRig(t, p)
	r.wait(5*second - 1).wantNot("announce 2")
	r.wait(1).wantDone("announce 2")
	if got := r.wait(30 * second).count("announce 2"); got != 10 {
		t.Errorf("%d sets in ten periods", got)
	}
}

// TestAnnouncementsEndWithMastership: nobody announces what it does not hold.
func TestAnnouncementsEndWithMastership(t *testing.T) {
	t.Parallel()
	p := defaultParams(2, 100)
	p.Announce.Refresh = second
	r := masterRig(t, p).hear(lower, 50).hear(lower, 200).wantState(Backup)
	for range 10 {
		r.wait(second).want().hear(lower, 200).want()
	}
}
