// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"iter"
	"slices"
	"testing"
	"time"

	"vipward/ipvs"
	"vipward/ipvs/ipvsfake"

	"github.com/google/go-cmp/cmp"
)

// opsOf are the operations that a kernel was asked for, as ipvsadm's commands.
func opsOf(kernel *ipvsfake.Kernel) []string {
	var all []string
	for _, op := range kernel.Ops() {
		all = append(all, op.String())
	}
	return all
}

// onePiece is a table that is wanted in one piece.
type onePiece ipvs.Table

func (w onePiece) table() ipvs.Table { return ipvs.Table(w) }

func (w onePiece) pieces() iter.Seq[ipvs.Table] { return slices.Values([]ipvs.Table{w.table()}) }

func (w onePiece) keys() map[ipvs.Key]bool {
	keys := map[ipvs.Key]bool{}
	for _, e := range w {
		keys[e.Service.Key] = true
	}
	return keys
}

// A reload sends what has changed, and the look at the whole table follows at once.
func TestFollowSendsChangesOnly(t *testing.T) {
	t.Parallel()
	foreign := wanted(t, "vs 10.9.0.77:80")
	kernel := ipvsfake.New(foreign)
	tb, log := newTestTable(kernel)
	tb.follow(start, onePiece(wanted(t, two+"\nvs 10.9.0.2:80\nrs 127.0.0.11:80")))
	kernel.Ops()
	now := start.Add(time.Second)
	next := wanted(t, two+"\nvs 10.9.0.3:80\nrs 127.0.0.12:80")
	tb.follow(now, onePiece(next))
	want := []string{
		"-D -t 10.9.0.2:80",
		"-A -t 10.9.0.3:80 -s rr",
		"-a -t 10.9.0.3:80 -r 127.0.0.12:80 -m -w 1",
	}
	if diff := cmp.Diff(want, opsOf(kernel)); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
	if !tb.due().Equal(now) {
		t.Errorf("the look at the table is due at %v, want %v", tb.due(), now)
	}
	log.take()
	tb.sync(now, next)
	if lines := log.take(); len(lines) > 0 {
		t.Errorf("after a look: %q", lines)
	}
	if got := tb.due().Sub(now); got != auditEvery {
		t.Errorf("the next look is in %v", got)
	}
}

// What cannot be done is told and tried again.
func TestFollowWithErrors(t *testing.T) {
	t.Parallel()
	kernel := ipvsfake.New(nil)
	tb, log := newTestTable(kernel)
	tb.follow(start, onePiece(wanted(t, two)))
	log.take()
	kernel.Break(errors.New("broken"))
	next := wanted(t, "vs 10.9.0.3:80\nrs 127.0.0.11:80")
	tb.follow(start, onePiece(next))
	if tb.repairAt.IsZero() {
		t.Error("no other attempt is planned")
	}
	kernel.Break(nil)
	tb.follow(tb.repairAt, onePiece(next))
	if diff := cmp.Diff(next.String(), kernel.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	if !tb.repairAt.IsZero() {
		t.Errorf("another attempt at %v", tb.repairAt)
	}
}

// The stop is one request for each service, also of what an earlier process left, and
// nothing of others.
func TestClearByServices(t *testing.T) {
	t.Parallel()
	foreign := wanted(t, "vs 10.9.0.77:80")
	left := wanted(t, "vs 10.9.0.9:80\nrs 127.0.0.11:80")
	kernel := ipvsfake.New(append(left, foreign...))
	tb, _ := newTestTable(kernel)
	tb.follow(start, onePiece(wanted(t, two)))
	tb.have[left[0].Service.Key] = ipvs.Entry{}
	kernel.Ops()
	tb.end(start, clearOurs)
	if diff := cmp.Diff([]string{"-D -t 10.9.0.1:80", "-D -t 10.9.0.9:80"}, opsOf(kernel)); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(foreign.String(), kernel.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

// Company makes no probe earlier than by half a percent of its interval.
func TestTick(t *testing.T) {
	t.Parallel()
	for delay, want := range map[time.Duration]time.Duration{
		time.Minute: longestTick, 5 * time.Second: longestTick, time.Second: 5 * time.Millisecond, 10 * time.Millisecond: 50 * time.Microsecond,
	} {
		cfg := parseConfig(t, "vs 10.9.0.1:80\nrs 127.0.0.11:80\nrs 127.0.0.12:80")
		cfg.VirtualServers[0].RealServers[1].Checkers[0].DelayLoop = delay
		cfg.VirtualServers[0].RealServers[0].Checkers[0].DelayLoop = time.Hour
		r, _ := follow(&roster{}, cfg, saved{})
		if got := r.tick(); got != want {
			t.Errorf("every %v: %v, want %v", delay, got, want)
		}
	}
}
