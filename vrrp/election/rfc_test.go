// SPDX-License-Identifier: Apache-2.0

package election

import (
	"testing"
	"time"
)

// One test per rule of the election in RFC 9568 and RFC 3768 (of what is sent and received:
// package packet). The comments give the rule in own words. Where keepalived departs from a rule
// and we follow keepalived, the test says so.

// versions runs a test for both protocols.
func versions(t *testing.T, f func(t *testing.T, version int)) {
	t.Parallel()
	for _, v := range []int{2, 3} {
		t.Run(map[int]string{2: "RFC 3768", 3: "RFC 9568"}[v], func(t *testing.T) {
			t.Parallel()
			f(t, v)
		})
	}
}

// 6.1: Priority 255 is the owner's; others have 1 to 254 and 100 is the default. The
// effective priority of a router that does not own the addresses never becomes 255 or 0.
func TestRFCPriorityRange(t *testing.T) {
	t.Parallel()
	for delta := -300; delta <= 300; delta++ {
		p := defaultParams(2, 100)
		if got := effective(&p, delta); got < 1 || got > 254 {
			t.Fatalf("priority %d with %d", got, delta)
		}
	}
}

// 6.1: Skew_Time is (256 - priority) of 256 parts, of a second in VRRPv2 and of the active
// router's interval in VRRPv3; Active_Down_Interval is three intervals and the skew.
func TestRFCIntervals(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		p := defaultParams(version, 56)
		p.AdvertInt = 2 * second
		m := NewMachine(p)
		unit := map[int]time.Duration{2: second, 3: 2 * second}[version]
		if got, want := m.skew(), unit*200/256; got != want {
			t.Errorf("skew %v, want %v", got, want)
		}
		if got, want := m.masterDown(), 6*second+unit*200/256; got != want {
			t.Errorf("down interval %v, want %v", got, want)
		}
	})
}

// 6.1: the better the priority, the sooner a backup takes over.
func TestRFCSkewOrdersBackups(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		before := time.Duration(1 << 62)
		for priority := 1; priority <= 255; priority++ {
			down := NewMachine(defaultParams(version, uint8(priority))).masterDown()
			if down >= before {
				t.Fatalf("priority %d waits %v, the one below it %v", priority, down, before)
			}
			before = down
		}
	})
}

// 6.4.1: at the start-up event an owner sends an advert, announces its addresses, sets the
// advert timer to its interval, and is active.
func TestRFCInitializeOwner(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		r := newRig(t, defaultParams(version, 255)).step(Start{})
		r.wantDone("advert 255").wantDone("announce 5").wantState(Master).wantIn(second)
	})
}

// 6.4.1: everybody else takes its own interval for the active router's, sets the down timer
// to the whole interval, and is backup.
func TestRFCInitializeBackup(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		r := newRig(t, defaultParams(version, 100)).step(Start{})
		r.wantState(Backup).wantIn(3*second + skew(100)).wantNot("advert 100").wantNot("add addresses")
	})
}

// 6.4.2: a backup does not answer for the addresses and does not send.
func TestRFCBackupIsSilent(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		r := backupRig(t, defaultParams(version, 100))
		for range 20 {
			r.wait(second).want().hear(lower, 200).wantNot("advert 100").wantNot("announce 5")
		}
	})
}

// 6.4.2: on shutdown a backup cancels its timer and sends nothing.
func TestRFCBackupShutdown(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		r := backupRig(t, defaultParams(version, 100)).step(Stop{})
		r.wantNot("advert 0").wait(time.Hour).want()
	})
}

// 6.4.2: when the down timer fires: advert, announcement, advert timer, active.
func TestRFCBackupTimerFires(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		r := backupRig(t, defaultParams(version, 100)).wait(3*second + skew(100))
		r.wantDone("advert 100").wantDone("announce 5").wantState(Master).wantIn(second)
	})
}

// 6.4.2: a moment before it fires nothing happens.
func TestRFCBackupTimerNotEarly(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		backupRig(t, defaultParams(version, 100)).wait(3*second + skew(100) - 1).want().step(Wake{}).want()
	})
}

// 6.4.2: priority zero sets the down timer to the skew.
func TestRFCBackupHearsZero(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		backupRig(t, defaultParams(version, 100)).hear(lower, 0).wantIn(skew(100))
	})
}

// 6.4.2: with Preempt_Mode off any priority, and with it on an equal or higher one, is the
// active router: its interval is learned (VRRPv3) and the down timer starts again.
func TestRFCBackupAccepts(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		for _, tt := range []struct {
			priority  uint8
			noPreempt bool
		}{{100, false}, {101, false}, {255, false}, {1, true}, {255, true}} {
			p := defaultParams(version, 100)
			p.NoPreempt = tt.noPreempt
			r := backupRig(t, p).wait(2 * second)
			r.step(Advert{From: lower, Priority: tt.priority, Interval: 2 * second})
			want := 3*second + skew(100)
			if version == 3 {
				want *= 2
			}
			r.wantIn(want)
		}
	})
}

// 6.1: the owner of the addresses preempts whatever Preempt_Mode says.
func TestRFCOwnerAlwaysPreempts(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		p := defaultParams(version, 255)
		p.NoPreempt = true
		r := newRig(t, p).step(Facts{Faults: FaultLink}).step(Start{}).step(Facts{Source: ours}).wantState(Backup)
		for range 3 {
			r.hear(lower, 254).wantState(Backup).wait(second)
		}
		r.wait(skew(255)).wantState(Master)
	})
}

// 6.1: Preempt_Mode is on by default, and a router of higher priority takes over from a
// living one of lower priority within its own Active_Down_Interval.
func TestRFCPreempts(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		r := backupRig(t, defaultParams(version, 200))
		for range 3 {
			r.hear(lower, 199).wait(second)
		}
		r.wait(skew(200)).wantState(Master)
	})
}

// 5.2.4: priority zero means that the active router stops, and nobody has it for long: it is
// not an effective priority, and a backup with any priority takes over after its skew.
func TestRFCPriorityZeroIsNobodys(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		for _, priority := range []uint8{1, 100, 254} {
			r := backupRig(t, defaultParams(version, priority)).hear(lower, 255).hear(lower, 0)
			r.wait(skew(int(priority))).wantState(Master)
		}
	})
}

// 6.4.2: priority zero of a VRRPv3 router does not teach its interval.
func TestRFCPriorityZeroTeachesNothing(t *testing.T) {
	t.Parallel()
	r := backupRig(t, defaultParams(3, 100)).step(Advert{From: lower, Priority: 0, Interval: 40 * second})
	r.wantIn(skew(100))
	if r.m.Interval() != second {
		t.Errorf("interval %v", r.m.Interval())
	}
}

// 6.3: there are three states, and each event in each state is dealt with: nothing panics,
// and after any event the machine waits for something or is out of the election.
func TestRFCEveryEventInEveryState(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		events := []Event{
			Wake{},
			Advert{From: lower, Priority: 0},
			Advert{From: higher, Priority: 255, Interval: second},
			Advert{From: lower, Priority: 1},
			Facts{Source: ours},
			Facts{Faults: FaultLink},
			Facts{Undecided: true},
			Reconfigure{defaultParams(version, 50)},
			Lost{},
			Rival{},
			Stop{},
			Delete{},
			Start{},
			Start{Resume: Master},
		}
		reach := map[State]func() *rig{
			Init:       func() *rig { return newRig(t, defaultParams(version, 100)) },
			Backup:     func() *rig { return backupRig(t, defaultParams(version, 100)) },
			Master:     func() *rig { return masterRig(t, defaultParams(version, 100)) },
			FaultState: func() *rig { return backupRig(t, defaultParams(version, 100)).step(Facts{Faults: FaultLink}) },
			Stopped:    func() *rig { return backupRig(t, defaultParams(version, 100)).step(Stop{}) },
		}
		for state, rig := range reach {
			for _, ev := range events {
				r := rig().wantState(state).step(ev)
				if takesPart := r.m.State() == Backup || r.m.State() == Master; takesPart == r.m.Deadline().IsZero() {
					t.Errorf("%v, %T: %v with deadline %v", state, ev, r.m.State(), r.m.Deadline())
				}
			}
		}
	})
}

// 6.4.2: with Preempt_Mode on a lower priority is discarded.
func TestRFCBackupDiscards(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		r := backupRig(t, defaultParams(version, 100)).wait(2 * second)
		r.step(Advert{From: lower, Priority: 99, Interval: 2 * second}).wantIn(second + skew(100))
		if r.m.Interval() != second {
			t.Errorf("interval %v learned from a discarded advert", r.m.Interval())
		}
	})
}

// 6.4.3: on shutdown the active router sends priority zero.
func TestRFCActiveShutdown(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		r := masterRig(t, defaultParams(version, 100)).step(Stop{}).wantDone("advert 0")
		r.wait(time.Hour).want()
	})
}

// 6.4.3: when the advert timer fires: an advert, and the timer again.
func TestRFCActiveTimerFires(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		masterRig(t, defaultParams(version, 100)).wait(second).want("advert 100").wantIn(second)
	})
}

// 6.4.3: priority zero is answered with an advert, and the advert timer starts again.
func TestRFCActiveHearsZero(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		r := masterRig(t, defaultParams(version, 100)).wait(400*time.Millisecond).hear(lower, 0)
		r.wantDone("advert 100").wantState(Master).wantIn(second)
	})
}

// 6.4.3: a higher priority, or an equal one from a greater address, makes the active router
// a backup with the sender's interval (VRRPv3) and a whole down timer.
func TestRFCActiveYields(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		for _, ad := range []Advert{
			{From: lower, Priority: 101, Interval: 2 * second},
			{From: higher, Priority: 100, Interval: 2 * second},
		} {
			r := masterRig(t, defaultParams(version, 100)).step(ad).wantState(Backup)
			r.wantNot("advert 0").wantDone("remove addresses")
			want := 3*second + skew(100)
			if version == 3 {
				want *= 2
			}
			r.wantIn(want)
		}
	})
}

// 6.4.3: anything less is discarded; an advert asserts the active state at once and the
// advert timer starts again.
func TestRFCActiveAsserts(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		for _, ad := range []Advert{
			{From: higher, Priority: 99, Interval: 2 * second},
			{From: lower, Priority: 100, Interval: 2 * second},
		} {
			r := masterRig(t, defaultParams(version, 100)).wait(400 * time.Millisecond).step(ad)
			r.wantDone("advert 100").wantState(Master).wantIn(second)
			if r.m.Interval() != second {
				t.Errorf("interval %v learned from a discarded advert", r.m.Interval())
			}
		}
	})
}

// 7.1: an owner discards adverts. As keepalived it does not: two owners must be seen.
func TestRFCReceiveOwner(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		masterRig(t, defaultParams(version, 255)).hear(higher, 255).wantState(Backup)
	})
}
