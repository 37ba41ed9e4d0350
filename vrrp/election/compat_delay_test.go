// SPDX-License-Identifier: Apache-2.0

package election

import (
	"testing"
	"time"
)

// TestStartDelay: adverts mean nothing until it is over, and the master-down time begins then.
func TestStartDelay(t *testing.T) {
	t.Parallel()
	r := newRig(t, defaultParams(2, 100)).step(Start{Delay: 3 * second})
	r.want("remove addresses", "INIT -> BACKUP prio 100 at start").wantIn(6*second + skew(100))
	r.hear(lower, 200).want().wantIn(6*second + skew(100))
	r.wait(second).hear(lower, 0).want().wantIn(5*second + skew(100))
	r.wait(2*second).hear(lower, 200).want("master set to 10.0.0.2 -D").wantIn(3*second + skew(100))
}

// TestStartDelayLowerMaster: a lower master does not keep the instance waiting for ever.
func TestStartDelayLowerMaster(t *testing.T) {
	t.Parallel()
	r := newRig(t, defaultParams(2, 100)).step(Start{Delay: 3 * second})
	for range 6 {
		r.hear(lower, 50).wait(second).wantState(Backup)
	}
	r.hear(lower, 50).wait(skew(100)).wantState(Master)
}

// TestStartDelayOwner: an owner says nothing meanwhile, and is master when it is over.
func TestStartDelayOwner(t *testing.T) {
	t.Parallel()
	r := newRig(t, defaultParams(2, 255)).step(Start{Delay: 3 * second}).want("remove addresses").wantIn(3 * second)
	r.hear(lower, 100).want().wait(3*second - 1).want()
	r.wait(1).want(
		"Receive advertisement timeout -D", "advert 255", "INIT -> MASTER prio 255 at start", "add addresses", "announce 5",
	)
	r = newRig(t, defaultParams(2, 255)).step(Start{Delay: 3 * second}).step(Facts{Faults: FaultLink}).wantState(FaultState)
	r.wait(time.Hour).want()
}

// TestStartDelayOwners: so is a group of owners. With others among them all are Backup first.
func TestStartDelayOwners(t *testing.T) {
	t.Parallel()
	r := newGroupRig(t, defaultParams(2, 255), defaultParams(2, 255)).all(Start{Delay: 3 * second}).wantStates(Init, Init)
	r.wait(3*second-1).wantStates(Init, Init)
	r.wait(1).wantStates(Master, Master).wantState(Master)
	if got, want := r.did[len(r.did)-1], "G1: group INIT -> MASTER"; got != want {
		t.Errorf("last action %q, want %q", got, want)
	}
	r = newGroupRig(t, defaultParams(2, 255), defaultParams(2, 100)).all(Start{Delay: 3 * second}).wantStates(Backup, Backup)
	r.wait(6*second+skew(100)).wantStates(Master, Master)
}

// TestStartDelayFault: leaving Fault meanwhile does not shorten it.
func TestStartDelayFault(t *testing.T) {
	t.Parallel()
	r := newRig(t, defaultParams(2, 100)).step(Facts{Faults: FaultLink}).step(Start{Delay: 3 * second})
	r.wait(second).step(Facts{Source: ours}).wantState(Backup).wantIn(5*second + skew(100))
}

// TestStartDelayResumed: a process that takes over goes on at once.
func TestStartDelayResumed(t *testing.T) {
	t.Parallel()
	newRig(t, defaultParams(2, 100)).step(Start{Resume: Master, Delay: time.Hour}).wantState(Master).wantIn(second)
	r := newRig(t, defaultParams(2, 100)).step(Start{Resume: Backup, Delay: time.Hour})
	r.wantIn(3*second+skew(100)).hear(lower, 200).want("master set to 10.0.0.2 -D")
}

func sleeper() Params {
	p := defaultParams(2, 100)
	p.NoPreempt, p.TimerExpiredBackup = true, 254
	return p
}

// TestTimerExpiredBackup: who slept until the best other router must be master is backup at
// once, and does not answer the adverts that wait for it.
func TestTimerExpiredBackup(t *testing.T) {
	t.Parallel()
	limit := 3*second + skew(254)
	for _, ev := range []Event{Wake{}, Advert{From: lower, Priority: 50, Interval: second}, Facts{Source: ours}} {
		r := masterRig(t, sleeper())
		r.now = r.now.Add(limit + 500*time.Millisecond)
		r.step(ev).wantDone("VRRP thread timer expired 0.500000 seconds ago")
		r.wantDone("remove addresses").wantNot("advert 0").wantNot("advert 100").wantState(Backup)
	}
	r := masterRig(t, sleeper())
	r.now = r.now.Add(limit)
	r.step(Wake{}).wantDone("advert 100").wantState(Master)
}

// TestTimerExpiredBackupOff: without the option a late master insists.
func TestTimerExpiredBackupOff(t *testing.T) {
	t.Parallel()
	r := masterRig(t, defaultParams(2, 100))
	r.now = r.now.Add(time.Minute)
	r.step(Wake{}).wantDone("advert 100").wantState(Master)
}

// TestTimerExpiredBackupPriority: the lower the others, the longer the sleep may be.
func TestTimerExpiredBackupPriority(t *testing.T) {
	t.Parallel()
	p := sleeper()
	p.TimerExpiredBackup = 50
	r := masterRig(t, p)
	r.now = r.now.Add(3*second + skew(50))
	r.step(Wake{}).wantState(Master)
	r.now = r.now.Add(3*second + skew(50) + 1)
	r.step(Wake{}).wantState(Backup)
}

// TestLostStepsDown: priority 0 once, and the skew only.
func TestLostStepsDown(t *testing.T) {
	t.Parallel()
	r := masterRig(t, defaultParams(2, 100)).step(Lost{})
	r.want("advert 0", "MASTER -> BACKUP prio 100", "sent 0 priority -D", "remove addresses").wantIn(skew(100))
	r.wait(skew(100)).wantState(Master)
	backupRig(t, defaultParams(2, 100)).step(Lost{}).want()
}

// TestLostOwner is back after its skew of 4 ms.
func TestLostOwner(t *testing.T) {
	t.Parallel()
	r := masterRig(t, defaultParams(2, 255)).step(Lost{}).wantIn(skew(255))
	r.wait(skew(255)).wantState(Master)
}

// TestLostAgain: beyond keepalived, a router that keeps losing its addresses lets another
// one be master, for twice as long each time, until a loss was a while ago.
func TestLostAgain(t *testing.T) {
	t.Parallel()
	down := 3*second + skew(100)
	r := masterRig(t, defaultParams(2, 100)).step(Lost{}).wantIn(skew(100)).wait(skew(100)).wantState(Master)
	for _, stay := range []time.Duration{2 * down, 4 * down, 8 * down, 16 * down, 32 * down, 64 * down, lossWaitMax, lossWaitMax} {
		r.step(Lost{}).wantIn(down)
		for end := r.now.Add(stay); r.now.Before(end); r.wait(min(second, end.Sub(r.now))) {
			r.hear(lower, 50).wantIn(down)
		}
		r.hear(lower, 50).wantDone("received lower priority (50) advert from 10.0.0.2 - discarding")
		r.wait(down).wantState(Master)
	}
	r.wait(lossForget + 1).step(Lost{}).wantIn(skew(100))
}

// TestLostAgainAlone: when nobody takes over, it tries again and again.
func TestLostAgainAlone(t *testing.T) {
	t.Parallel()
	r := masterRig(t, defaultParams(2, 100)).step(Lost{}).wait(second)
	for range 20 {
		r.step(Lost{}).wait(3*second + skew(100)).wantState(Master)
	}
}

// TestRival: evidence of another master is answered with an advert and announcements.
func TestRival(t *testing.T) {
	t.Parallel()
	const what = "gratuitous ARP for 10.0.0.100 from 02:00:00:00:00:0b"
	const line = what + ", announcing our addresses again"
	r := masterRig(t, defaultParams(2, 100)).wait(300 * time.Millisecond).step(Rival{What: what})
	r.want(line, "advert 100", "announce 5").wantIn(second)
	p := defaultParams(2, 100)
	p.LowerPrioNoAdvert, p.Announce.LowerRepeat = true, 0
	masterRig(t, p).step(Rival{What: what}).want(line, "announce 1")
	backupRig(t, p).step(Rival{What: what}).want()
}

// TestRivalStorm: two hosts that both insist must not keep the network busy.
func TestRivalStorm(t *testing.T) {
	t.Parallel()
	p := defaultParams(2, 100)
	p.Announce.Delay = 0
	r, answers := masterRig(t, p), 0
	for range 6000 {
		r.step(Rival{What: "it"})
		answers += r.count("announce 5")
		r.wait(100 * time.Millisecond)
	}
	if answers != 15 { // after 0, 1, 3, 7, 15, 31 s, then once a minute of the ten
		t.Errorf("%d answers in ten minutes", answers)
	}
	r.wait(2*rivalPauseMax + 1).step(Rival{What: "it"}).wantDone("announce 5")
	r.wait(second).step(Rival{What: "it"}).wantDone("announce 5")
}

// TestLateMaster: an advert so late that a neighbour may have taken over is followed by
// announcements; one that is late but in time is not.
func TestLateMaster(t *testing.T) {
	t.Parallel()
	p := defaultParams(2, 100)
	p.Announce.Delay = 0
	limit := 2*second + skew(254)
	r := masterRig(t, p)
	r.now = r.now.Add(second + limit - 1)
	r.step(Wake{}).want("advert 100")
	r = masterRig(t, p)
	r.now = r.now.Add(second + limit)
	r.step(Wake{}).want("advert 100", "advert was 2.008 s late, announcing our addresses again", "announce 5")
}
