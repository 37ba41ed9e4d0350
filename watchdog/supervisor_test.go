// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

var both = Plan{Snapshot: []byte("one"), Roles: []Role{Checker, VRRP}}

func wantLines(t *testing.T, w *world, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, w.takeLines()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func wantNil(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("Run: %v, want nil", err)
	}
}

func TestStartAndStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, both, nil)
		wantLines(t, w,
			"Starting Healthcheck child process, pid=1",
			"Starting VRRP child process, pid=2")
		w.ready(2)
		wantLines(t, w)
		w.ready(1)
		wantLines(t, w, "Startup complete")
		for pid, role := range map[int]Role{1: Checker, 2: VRRP} {
			if p := w.proc(pid); p.role != role || p.snapshot != "one" {
				t.Errorf("process %d is %s with %q, want %s with one", pid, p.role, p.snapshot, role)
			}
		}
		wantNil(t, w.stop())
		wantLines(t, w, "Stopping")
		if diff := cmp.Diff([]Phase{Starting, Running, Stopping}, w.phases); diff != "" {
			t.Errorf("phases (-want +got):\n%s", diff)
		}
	})
}

// Without a child the daemon is up at once, and a reload can bring the first.
func TestNothingToRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Plan{}, nil)
		wantLines(t, w, "Startup complete")
		w.load = func() (Plan, error) { return Plan{Snapshot: []byte("two"), Roles: []Role{VRRP}}, nil }
		w.request(RequestReload)
		wantLines(t, w, "Reloading ...", "Starting VRRP child process, pid=1")
		w.ready(1)
		wantLines(t, w, "Reload complete")
		wantNil(t, w.stop())
	})
}

func TestRespawn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, both, nil)
		w.ready(1, 2)
		w.takeLines()
		w.proc(2).end(Exit{Signal: 9})
		wantLines(t, w,
			"pid 2 exited due to signal 9 (Killed)",
			"VRRP child process(2) died: Respawning",
			"Restart of VRRP process delayed 0 seconds to limit respawn rate",
			"Starting VRRP child process, pid=3")
		w.ready(3)
		w.proc(3).end(Exit{})
		wantLines(t, w,
			"VRRP child process(3) died: Respawning",
			"Restart of VRRP process delayed 1 seconds to limit respawn rate")
		if diff := cmp.Diff([]Orphan{{Role: VRRP, Plan: both, Delay: time.Second}}, w.orphans); diff != "" {
			t.Errorf("orphans (-want +got):\n%s", diff)
		}
		time.Sleep(999 * time.Millisecond)
		wantLines(t, w)
		time.Sleep(time.Millisecond)
		wantLines(t, w, "Starting VRRP child process, pid=4")
		w.ready(4)
		time.Sleep(61 * time.Second)
		w.proc(4).end(Exit{Signal: 6, Trace: "panic: a bug\nmain.go:3\n"})
		wantLines(t, w,
			"pid 4 exited due to signal 6 (Aborted)",
			"  panic: a bug",
			"  main.go:3",
			"VRRP child process(4) died: Respawning",
			"Starting VRRP child process, pid=5")
		if kinds := w.proc(1).kinds(); len(kinds) != 0 {
			t.Errorf("the other child was told %v, want nothing", kinds)
		}
		wantNil(t, w.stop())
	})
}

// A child that is ready has no permanent errors any more.
func TestPermanentError(t *testing.T) {
	t.Parallel()
	for _, code := range []int{ExitFatal, ExitConfig, ExitPermission} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, both, nil)
			w.ready(1)
			w.takeLines()
			w.proc(2).end(Exit{Code: code})
			wantLines(t, w, linePermanent(2, code), "Stopping")
			w.proc(1).end(Exit{})
			var exit *ExitError
			if err := w.wait(); !errors.As(err, &exit) || exit.Code != code || exit.Role != VRRP {
				t.Errorf("Run: %v, want an ExitError of vrrp with %d", err, code)
			}
		})
	}
}

func TestPermanentCodeLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, both, nil)
		w.ready(1, 2)
		w.takeLines()
		w.proc(1).end(Exit{Code: ExitConfig})
		w.proc(3).end(Exit{Code: ExitConfig}) // not even ready: the vrrp child must not suffer
		wantLines(t, w,
			"pid 1 exited with status 2",
			"Healthcheck child process(1) died: Respawning",
			"Restart of Healthcheck process delayed 0 seconds to limit respawn rate",
			"Starting Healthcheck child process, pid=3",
			"pid 3 exited with status 2",
			"Healthcheck child process(3) died: Respawning",
			"Restart of Healthcheck process delayed 1 seconds to limit respawn rate")
		wantNil(t, w.stop())
	})
}

func TestNoRespawn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, both, func(o *Options) { o.NoRespawn = true })
		w.ready(1, 2)
		w.takeLines()
		w.proc(2).end(Exit{Signal: 9})
		wantLines(t, w,
			"pid 2 exited due to signal 9 (Killed)",
			"VRRP child process(2) died: Exiting",
			"Stopping")
		w.proc(1).end(Exit{})
		wantNil(t, w.wait())
		if diff := cmp.Diff([]Orphan{{Role: VRRP, Plan: both}}, w.orphans); diff != "" {
			t.Errorf("orphans (-want +got):\n%s", diff)
		}
	})
}

// What a child said before it died counts, even if its death is seen right after.
func TestReadyThenDead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Plan{Roles: []Role{VRRP}}, nil)
		p := w.proc(1)
		p.say(Message{Kind: Ready})
		p.end(Exit{Code: ExitFatal})
		wantLines(t, w,
			"Starting VRRP child process, pid=1",
			"Startup complete",
			"pid 1 exited with status 1",
			"VRRP child process(1) died: Respawning",
			"Restart of VRRP process delayed 0 seconds to limit respawn rate",
			"Starting VRRP child process, pid=2")
		wantNil(t, w.stop())
	})
}

// A child that cannot be started is tried again with growing delays; the start of the
// daemon does not wait for it for ever.
func TestStartFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Plan{}, nil)
		w.takeLines()
		w.refuse = errors.New("start vrrp child: out of processes")
		w.load = func() (Plan, error) { return both, nil }
		w.request(RequestReload)
		time.Sleep(time.Millisecond)
		wantLines(t, w,
			"Reloading ...",
			"start vrrp child: out of processes",
			"Restart of Healthcheck process delayed 0 seconds to limit respawn rate",
			"start vrrp child: out of processes",
			"Restart of VRRP process delayed 0 seconds to limit respawn rate",
			"start vrrp child: out of processes",
			"Restart of Healthcheck process delayed 1 seconds to limit respawn rate",
			"start vrrp child: out of processes",
			"Restart of VRRP process delayed 1 seconds to limit respawn rate",
			"Reload complete")
		w.note(func() { w.refuse = nil })
		time.Sleep(time.Second)
		wantLines(t, w,
			"Starting Healthcheck child process, pid=1",
			"Starting VRRP child process, pid=2")
		wantNil(t, w.stop())
	})
}

func TestStopKillsAHungChild(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, both, nil)
		w.ready(1, 2)
		w.takeLines()
		w.proc(2).deaf = true
		start := time.Now()
		w.cancel()
		synctest.Wait()
		w.proc(1).end(Exit{})
		wantNil(t, w.wait())
		wantLines(t, w, "Stopping", "nobody reads", "vrrp process failed to die - forcing termination")
		if ran := time.Since(start); ran != 5*time.Second {
			t.Errorf("stopped after %s, want 5s", ran)
		}
		if !w.proc(2).killed || w.proc(1).killed {
			t.Error("want the hung child killed and the other not")
		}
		if diff := cmp.Diff([]Orphan{{Role: VRRP, Plan: both}}, w.orphans); diff != "" {
			t.Errorf("orphans (-want +got):\n%s", diff)
		}
	})
}

// A child that waits for its restart is not started any more.
func TestStopWhileDelayed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Plan{Roles: []Role{VRRP}}, nil)
		w.ready(1)
		w.proc(1).end(Exit{Signal: 11})
		w.proc(2).end(Exit{Signal: 11})
		synctest.Wait()
		wantNil(t, w.stop())
		plan := Plan{Roles: []Role{VRRP}}
		want := []Orphan{{Role: VRRP, Plan: plan, Delay: time.Second}, {Role: VRRP, Plan: plan}}
		if diff := cmp.Diff(want, w.orphans); diff != "" {
			t.Errorf("orphans (-want +got):\n%s", diff)
		}
		time.Sleep(time.Hour)
		if got := w.started(); got != 2 {
			t.Errorf("%d processes were started, want 2", got)
		}
	})
}

// A child whose stop makes progress gets more time, up to a limit; one that says nothing does
// not, whatever the others say.
func TestStopWaitsForProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		plan := both
		plan.StopTimeout = 2 * time.Second
		w := newWorld(t, plan, nil)
		w.ready(1, 2)
		w.takeLines()
		start := time.Now()
		w.cancel()
		synctest.Wait()
		for range 3 {
			time.Sleep(1500 * time.Millisecond)
			w.proc(2).say(Message{Kind: Progress})
			synctest.Wait()
		}
		wantLines(t, w, "Stopping", "checker process failed to die - forcing termination")
		w.proc(2).end(Exit{})
		wantNil(t, w.wait())
		if ran := time.Since(start); ran != 4500*time.Millisecond {
			t.Errorf("stopped after %s, want 4.5s", ran)
		}
		if w.proc(2).killed || !w.proc(1).killed {
			t.Error("want the silent child killed and the other not")
		}
	})
}

func TestStopOfAChildThatOnlyPromises(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Plan{Roles: []Role{VRRP}}, nil)
		w.ready(1)
		w.takeLines()
		start := time.Now()
		w.cancel()
		synctest.Wait()
		for time.Since(start) < 59*time.Second {
			time.Sleep(time.Second)
			w.proc(1).say(Message{Kind: Progress})
			synctest.Wait()
		}
		wantNil(t, w.wait())
		wantLines(t, w, "Stopping", "vrrp process failed to die - forcing termination")
		if ran := time.Since(start); ran != time.Minute {
			t.Errorf("stopped after %s, want 1m", ran)
		}
	})
}

// A child that needs a part of the configuration gets that, at the start, at a reload and when
// it comes back.
func TestPartOfTheSnapshot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		plan := func(n string) Plan {
			p := both
			p.Snapshot, p.Parts = []byte("all "+n), map[Role][]byte{VRRP: []byte("part " + n)}
			return p
		}
		w := newWorld(t, plan("1"), nil)
		w.ready(1, 2)
		w.load = func() (Plan, error) { return plan("2"), nil }
		w.request(RequestReload)
		synctest.Wait()
		for _, pid := range []int{1, 2} {
			w.proc(pid).say(Message{Kind: Reloaded})
		}
		synctest.Wait()
		w.proc(2).end(Exit{Signal: 9})
		synctest.Wait()
		got := []string{w.proc(1).snapshot, w.proc(2).snapshot, w.proc(3).snapshot}
		for _, pid := range []int{1, 2} {
			for _, m := range w.proc(pid).sent {
				got = append(got, string(m.Payload))
			}
		}
		if diff := cmp.Diff([]string{"all 1", "part 1", "part 2", "all 2", "part 2"}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		wantNil(t, w.stop())
	})
}
