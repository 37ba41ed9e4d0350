// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"testing"

	"vipward/ipvs"
	"vipward/ipvs/ipvsfake"

	"github.com/google/go-cmp/cmp"
)

const patrolled = "vs 10.9.0.1:80\nrs 127.0.0.11:80\nrs 127.0.0.12:80\nvs 10.9.0.2:80\nrs 127.0.0.11:80"

// patrolled looks at the table until a round is over, and gives how many passes that took. between
// is called after each.
func (t *table) patrolled(want ipvs.Table, between func(pass int)) int {
	for pass := 1; ; pass++ {
		if t.look(start, func() ipvs.Table { return want }) {
			return pass
		}
		between(pass)
	}
}

// A round reads one service in a pass. What others have changed is mended and told once for all
// of it; what changed by our own hand in between is nobody's fault.
func TestPatrol(t *testing.T) {
	t.Parallel()
	kernel := ipvsfake.New(nil)
	tb, log := newTestTable(kernel)
	want := wanted(t, patrolled)
	tb.sync(start, want)
	harm := ipvs.Plan(want, ipvs.Table{{Service: want[1].Service, Dests: want[0].Dests}})
	if errs := errors.Join(kernel.Apply(harm)...); errs != nil {
		t.Fatal(errs)
	}
	kernel.Ops()
	log.take()
	passes := tb.patrolled(want, func(pass int) {
		if pass == 1 { // all is still to be looked at
			more := wanted(t, patrolled+"\nrs 127.0.0.13:80")
			tb.update(start, onePiece(more[1:]).pieces())
			want = more
		}
	})
	if passes != 4 { // the services, each of them, and the end
		t.Errorf("the round took %d passes", passes)
	}
	if have, err := kernel.Table(); err != nil || len(ipvs.Plan(have, want)) > 0 {
		t.Errorf("the table is\n%s, %v", have, err)
	}
	const undone = 4 // the service, its two servers, and the server that is no longer there
	if tb.repaired != undone {
		t.Errorf("%d changes were undone, want %d", tb.repaired, undone)
	}
	told := 0
	for _, l := range log.take() {
		if l == "warn: "+lineDrift(tb.repaired) {
			told++
		}
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
	if got := tb.due().Sub(start); got != auditEvery {
		t.Errorf("the next look in %v", got)
	}
	if tb.patrolled(want, func(int) {}); tb.repaired != undone {
		t.Errorf("the next round undid %d more", tb.repaired-undone)
	}
}

// A table that cannot be read is repaired as a whole later.
func TestPatrolBroken(t *testing.T) {
	t.Parallel()
	for _, passes := range []int{0, 1, 2} {
		kernel := ipvsfake.New(nil)
		tb, log := newTestTable(kernel)
		want := wanted(t, patrolled)
		tb.sync(start, want)
		for range passes {
			tb.look(start, nil)
		}
		log.take()
		kernel.Break(errors.New("broken"))
		if !tb.look(start, nil) || tb.due().Sub(start) != firstRepair {
			t.Errorf("after %d passes: repair in %v", passes, tb.due().Sub(start))
		}
		if diff := cmp.Diff([]string{"error: IPVS: broken"}, log.take()); diff != "" {
			t.Errorf("after %d passes, log (-want +got):\n%s", passes, diff)
		}
		kernel.Break(nil)
		if tb.patrolled(want, nil) != 1 || !tb.repairAt.IsZero() {
			t.Errorf("after %d passes: no repair", passes)
		}
	}
}
