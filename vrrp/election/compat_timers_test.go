// SPDX-License-Identifier: Apache-2.0

package election

import (
	"fmt"
	"testing"
	"time"
)

// The compat tests hold one behaviour of keepalived each, as it was observed.

const second = time.Second

// skew(100) is the VRRPv2 skew of priority 100.
func skew(priority int) time.Duration { return time.Duration(256-priority) * second / 256 }

// TestSkewVersion2: in parts of a second, whatever the interval.
func TestSkewVersion2(t *testing.T) {
	t.Parallel()
	for priority, want := range map[uint8]time.Duration{
		1:   3*second + 996093750*time.Nanosecond,
		100: 3*second + 609375*time.Microsecond,
		254: 3*second + 7812500*time.Nanosecond,
	} {
		backupRig(t, defaultParams(2, priority)).wantIn(want)
	}
	p := defaultParams(2, 100)
	p.AdvertInt = 10 * second
	backupRig(t, p).wantIn(30*second + 609375*time.Microsecond)
}

// TestSkewVersion3: in parts of the interval.
func TestSkewVersion3(t *testing.T) {
	t.Parallel()
	p := defaultParams(3, 100)
	p.AdvertInt = 100 * time.Millisecond
	backupRig(t, p).wantIn(300*time.Millisecond + 60937500*time.Nanosecond)
	p.Priority, p.AdvertInt = 1, 10*time.Millisecond
	backupRig(t, p).wantIn(30*time.Millisecond + 9960937*time.Nanosecond)
}

// TestDownTimerAdverts: how many intervals a master may miss can be set.
func TestDownTimerAdverts(t *testing.T) {
	t.Parallel()
	p := defaultParams(2, 100)
	p.DownTimerAdverts = 5
	backupRig(t, p).wantIn(5*second + skew(100))
}

// TestVersion2KeepsOwnInterval: a VRRPv2 advert teaches nothing.
func TestVersion2KeepsOwnInterval(t *testing.T) {
	t.Parallel()
	r := backupRig(t, defaultParams(2, 100))
	r.step(Advert{From: lower, Priority: 200, Interval: 7 * second}).wantIn(3*second + skew(100))
	if r.m.Interval() != second {
		t.Errorf("interval %v", r.m.Interval())
	}
}

// TestVersion3LearnsInterval: the master's interval counts, in the skew as well.
func TestVersion3LearnsInterval(t *testing.T) {
	t.Parallel()
	r := backupRig(t, defaultParams(3, 100))
	r.step(Advert{From: lower, Priority: 200, Interval: 2 * second})
	r.want("master set to 10.0.0.2 -D", "advertisement interval updated from 1000ms to 2000ms by master -D")
	r.wantIn(6*second + 2*skew(100))
	r.step(Advert{From: lower, Priority: 200, Interval: 2 * second}).want()
}

// TestVersion3IntervalZero says nothing. keepalived takes it, and is master at once.
func TestVersion3IntervalZero(t *testing.T) {
	t.Parallel()
	r := backupRig(t, defaultParams(3, 100))
	r.step(Advert{From: lower, Priority: 200}).want("master set to 10.0.0.2 -D").wantIn(3*second + skew(100))
}

// TestNewMasterReturnsToOwnInterval after the advert, with a line.
func TestNewMasterReturnsToOwnInterval(t *testing.T) {
	t.Parallel()
	p := defaultParams(3, 100)
	p.AdvertInt = 500 * time.Millisecond
	r := backupRig(t, p)
	r.step(Advert{From: lower, Priority: 200, Interval: 2 * second})
	r.wait(8 * second).wantDone("changing advert interval from 2000ms to locally configured 500ms -D")
	if r.m.Interval() != p.AdvertInt {
		t.Errorf("interval %v", r.m.Interval())
	}
}

// TestStartOwner: master at once, without Backup.
func TestStartOwner(t *testing.T) {
	t.Parallel()
	newRig(t, defaultParams(2, 255)).step(Start{}).want(
		"remove addresses",
		"Receive advertisement timeout -D",
		"advert 255",
		"INIT -> MASTER prio 255 at start",
		"add addresses",
		"announce 5",
	).wantIn(second)
}

// TestStartOthers: everybody else listens for the whole master-down time first.
func TestStartOthers(t *testing.T) {
	t.Parallel()
	r := newRig(t, defaultParams(2, 254)).step(Start{})
	r.want("remove addresses", "INIT -> BACKUP prio 254 at start")
	r.wantIn(3*second + skew(254))
}

// TestStartTwice: the second Start means nothing.
func TestStartTwice(t *testing.T) {
	t.Parallel()
	backupRig(t, defaultParams(2, 100)).step(Start{}).want().wantState(Backup)
}

// TestMasterAdverts once every interval.
func TestMasterAdverts(t *testing.T) {
	t.Parallel()
	r := masterRig(t, defaultParams(2, 100)).wantIn(second)
	for range 4 {
		r.wait(second).want("advert 100").wantIn(second)
	}
}

// TestMasterLate: late service does not shift the schedule.
func TestMasterLate(t *testing.T) {
	t.Parallel()
	r := masterRig(t, defaultParams(2, 100))
	r.now = r.now.Add(second + 300*time.Millisecond)
	r.step(Wake{}).want("advert 100").wantIn(700 * time.Millisecond)
}

// TestMasterVeryLate: a missed interval is not made up for by a burst.
func TestMasterVeryLate(t *testing.T) {
	t.Parallel()
	r := masterRig(t, defaultParams(2, 100))
	r.now = r.now.Add(4*second + 300*time.Millisecond)
	r.step(Wake{}).want("advert 100", "advert was 3.300 s late, announcing our addresses again", "announce 5")
	r.step(Wake{}).want()
	r.wait(second - 1).wantNot("advert 100")
	r.wait(1).wantDone("advert 100")
}

// TestMasterHearsAndWaitsAgain: an advert that a master answers restarts its own schedule.
func TestMasterHearsAndWaitsAgain(t *testing.T) {
	t.Parallel()
	r := masterRig(t, defaultParams(2, 100))
	r.wait(600*time.Millisecond).hear(lower, 50).wantDone("advert 100").wantIn(second)
}

// TestBackupTimer restarts on an accepted advert and runs on after a discarded one.
func TestBackupTimer(t *testing.T) {
	t.Parallel()
	r := backupRig(t, defaultParams(2, 100))
	r.wait(second).hear(lower, 200).wantIn(3*second + skew(100))
	r.wait(second).hear(lower, 50).wantIn(2*second + skew(100))
}

// TestPriorityChangeShiftsExpiry of a waiting backup by the change of its skew.
func TestPriorityChangeShiftsExpiry(t *testing.T) {
	t.Parallel()
	r := backupRig(t, defaultParams(2, 100)).wait(second)
	r.step(Facts{Source: ours, Delta: 50}).want("Changing effective priority from 100 to 150", "hook BACKUP_PRIORITY 150")
	r.wantIn(2*second + skew(150))
	r.step(Facts{Source: ours, Delta: -50}).wantIn(2*second + skew(50))
	r.step(Facts{Source: ours}).wantIn(2*second + skew(100))
}

// TestEffectivePriority stays within 1 and 254, and an owner's is fixed.
func TestEffectivePriority(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		base     uint8
		delta    int
		want     uint8
		wantLine string
	}{
		{"up", 100, 20, 120, "Changing effective priority from 100 to 120"},
		{"down", 100, -20, 80, "Changing effective priority from 100 to 80"},
		{"not above 254", 250, 253, 254, "Changing effective priority from 250 to 254"},
		{"not below 1", 100, -253, 1, "Changing effective priority from 100 to 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := backupRig(t, defaultParams(2, tt.base)).step(Facts{Source: ours, Delta: tt.delta})
			r.want(tt.wantLine, fmt.Sprintf("hook BACKUP_PRIORITY %d", tt.want))
			if got := r.m.Priority(); got != tt.want {
				t.Errorf("priority %d, want %d", got, tt.want)
			}
		})
	}
	masterRig(t, defaultParams(2, 255)).step(Facts{Source: ours, Delta: -100}).want()
}

// TestPriorityAtStart is logged before the first state.
func TestPriorityAtStart(t *testing.T) {
	t.Parallel()
	r := newRig(t, defaultParams(2, 100))
	r.step(Facts{Source: ours, Delta: 10}).want()
	r.step(Start{}).want("remove addresses", "Changing effective priority from 100 to 110", "hook BACKUP_PRIORITY 110", "INIT -> BACKUP prio 110 at start")
}
