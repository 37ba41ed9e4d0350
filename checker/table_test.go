// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"vipward/ipvs"
	"vipward/ipvs/ipvsfake"

	"github.com/google/go-cmp/cmp"
)

// wanted is the table that a configuration starts with.
func wanted(t *testing.T, config string) ipvs.Table {
	t.Helper()
	r, _ := follow(&roster{}, parseConfig(t, config), saved{})
	return r.table()
}

func newTestTable(kernel *ipvsfake.Kernel) (*table, *journal) {
	log := &journal{}
	return newTable(func() (ipvs.Kernel, error) { return kernel, nil }, slog.New(log), nil), log
}

func TestRepairWaitsLonger(t *testing.T) {
	t.Parallel()
	kernel := ipvsfake.New(nil)
	kernel.Break(errors.New("broken"))
	tb, log := newTestTable(kernel)
	now := start
	var waits []time.Duration
	for range 7 {
		tb.sync(now, wanted(t, two))
		waits = append(waits, tb.repairAt.Sub(now))
		now = tb.repairAt
	}
	want := []time.Duration{1, 2, 4, 8, 16, 30, 30}
	for i := range want {
		want[i] *= time.Second
	}
	if diff := cmp.Diff(want, waits); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
	kernel.Break(nil)
	tb.sync(now, wanted(t, two))
	if !tb.repairAt.IsZero() {
		t.Errorf("another repair at %v", tb.repairAt)
	}
	if diff := cmp.Diff(twoTable+"\n", kernel.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	lines := []string{"error: IPVS: broken", "debug: IPVS: 3 operations", "IPVS: the table is as wanted again"}
	if diff := cmp.Diff(lines, log.take()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

// One virtual server that the kernel refuses does not hold up the others.
func TestRefusedServiceDoesNotHoldUpOthers(t *testing.T) {
	t.Parallel()
	kernel := &picky{Kernel: ipvsfake.New(nil), refuse: "bogus"}
	log := &journal{}
	tb := newTable(func() (ipvs.Kernel, error) { return kernel, nil }, slog.New(log), nil)
	const all = "vs 10.9.0.1:80 sched=bogus\nrs 127.0.0.11:80\nvs 10.9.0.2:80\nrs 127.0.0.11:80\nrs 127.0.0.12:80"
	tb.sync(start, wanted(t, all))
	repair := tb.repairAt
	if repair.IsZero() {
		t.Error("no repair is planned")
	}
	tb.update(start, onePiece(wanted(t, "vs 10.9.0.2:80\nrs 127.0.0.12:80")).pieces())
	if diff := cmp.Diff("-A -t 10.9.0.2:80 -s rr\n-a -t 10.9.0.2:80 -r 127.0.0.12:80 -m -w 1\n", kernel.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	if !tb.repairAt.Equal(repair) {
		t.Errorf("the change moved the repair from %v to %v", repair, tb.repairAt)
	}
	log.take()
	tb.sync(repair, wanted(t, all))
	for _, l := range log.take() {
		if l[:5] == "error" {
			t.Errorf("the same error is logged again: %s", l)
		}
	}
}

// picky is a kernel without one of the schedulers.
type picky struct {
	*ipvsfake.Kernel
	refuse string
}

func (p *picky) Apply(ops []ipvs.Op) []error {
	errs := make([]error, len(ops))
	for i, op := range ops {
		if op.Service.Scheduler == p.refuse {
			errs[i] = errors.New("no such scheduler")
			continue
		}
		errs[i] = errors.Join(p.Kernel.Apply(ops[i : i+1])...)
	}
	return errs
}

func TestUpdateWithoutKernelWaitsForRepair(t *testing.T) {
	t.Parallel()
	tb := newTable(func() (ipvs.Kernel, error) { return nil, ipvs.ErrNoIPVS }, slog.New(&journal{}), nil)
	tb.sync(start, wanted(t, two))
	tb.update(start, onePiece(wanted(t, two)).pieces())
	if got := tb.repairAt.Sub(start); got != firstRepair {
		t.Errorf("repair in %v", got)
	}
	if err := tb.close(); err != nil {
		t.Error(err)
	}
}

// What became ours stays ours over failures, so that a stop removes it.
func TestOursOverFailures(t *testing.T) {
	t.Parallel()
	foreign := wanted(t, "vs 10.9.0.77:80")
	kernel := ipvsfake.New(foreign)
	tb, _ := newTestTable(kernel)
	tb.sync(start, wanted(t, two))
	kernel.Break(errors.New("broken"))
	tb.sync(start, wanted(t, "vs 10.9.0.3:80"))
	kernel.Break(nil)
	tb.sync(start, nil)
	if diff := cmp.Diff(foreign.String(), kernel.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

// What others change of ours is undone at the next look and told once; what is
// theirs stays.
func TestAudit(t *testing.T) {
	t.Parallel()
	want := wanted(t, two)
	kernel := ipvsfake.New(nil)
	tb, log := newTestTable(kernel)
	tb.sync(start, want)
	log.take()
	if got := tb.due().Sub(start); got != auditEvery {
		t.Errorf("the next look is in %v", got)
	}
	now := tb.due()
	tb.sync(now, want)
	if lines := log.take(); len(lines) > 0 {
		t.Errorf("nothing has changed, but the log says %q", lines)
	}
	e := want[0]
	other := e.Dests[0]
	other.Weight = 77
	for _, tt := range []struct {
		name string
		ops  []ipvs.Op
		said string
	}{
		{"weight", []ipvs.Op{{Verb: ipvs.EditDest, Service: &e.Service, Dest: &other}}, lineDrift(1)},
		{"server", []ipvs.Op{{Verb: ipvs.DelDest, Service: &e.Service, Dest: &other}}, lineDrift(1)},
		{"service", []ipvs.Op{{Verb: ipvs.DelService, Service: &e.Service}}, lineDrift(1 + len(e.Dests))},
	} {
		if err := errors.Join(kernel.Apply(tt.ops)...); err != nil {
			t.Fatal(err)
		}
		now = tb.due()
		tb.sync(now, want)
		if !slices.Contains(log.take(), "warn: "+tt.said) {
			t.Errorf("%s: not told", tt.name)
		}
		if diff := cmp.Diff(sortedText(want.String()), sortedText(kernel.String())); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		tb.sync(now, want)
		if lines := log.take(); len(lines) > 0 {
			t.Errorf("%s is told again: %q", tt.name, lines)
		}
	}
	tb.sync(now, nil)
	if !tb.due().IsZero() {
		t.Error("a look at the table is planned though nothing is ours")
	}
}

// A new configuration is no drift.
func TestReloadIsNoDrift(t *testing.T) {
	t.Parallel()
	tb, log := newTestTable(ipvsfake.New(nil))
	tb.sync(start, wanted(t, two))
	tb.sync(start, wanted(t, "vs 10.9.0.3:80\nrs 127.0.0.11:80"))
	for _, l := range log.take() {
		if strings.Contains(l, "another program") {
			t.Errorf("told: %s", l)
		}
	}
}
