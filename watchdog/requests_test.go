// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// loads makes the next reloads read these snapshots.
func (w *world) loads(snapshots ...string) {
	w.load = func() (Plan, error) {
		next := snapshots[0]
		snapshots = snapshots[1:]
		return Plan{Snapshot: []byte(next), Roles: both.Roles}, nil
	}
}

func TestReload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, both, nil)
		w.ready(1, 2)
		w.takeLines()
		w.loads("two")
		w.request(RequestReload)
		wantLines(t, w, "Reloading ...")
		for pid := 1; pid <= 2; pid++ {
			want := []Message{{Kind: Reload, Payload: []byte("two")}}
			if diff := cmp.Diff(want, w.proc(pid).sent); diff != "" {
				t.Errorf("process %d was sent (-want +got):\n%s", pid, diff)
			}
		}
		w.proc(1).say(Message{Kind: Reloaded})
		wantLines(t, w)
		w.proc(2).say(Message{Kind: Reloaded})
		wantLines(t, w, "Reload complete")
		// A child that dies later comes back with the new configuration.
		w.proc(2).end(Exit{Signal: 9})
		if got := w.proc(3).snapshot; got != "two" {
			t.Errorf("the new child got %q, want two", got)
		}
		wantNil(t, w.stop())
	})
}

// A wrong configuration changes nothing, and is not given to a later child either.
func TestReloadRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, both, nil)
		w.ready(1, 2)
		w.takeLines()
		w.load = func() (Plan, error) { return Plan{Snapshot: []byte("bad")}, errors.New("k.conf:3:5: no brace") }
		w.request(RequestReload)
		wantLines(t, w,
			"Reloading ...",
			"Reload refused, the running configuration stays: k.conf:3:5: no brace")
		if kinds := append(w.proc(1).kinds(), w.proc(2).kinds()...); len(kinds) != 0 {
			t.Errorf("the children were told %v, want nothing", kinds)
		}
		w.proc(2).end(Exit{Signal: 9})
		if got := w.proc(3).snapshot; got != "one" {
			t.Errorf("the new child got %q, want one", got)
		}
		wantNil(t, w.stop())
		want := []Phase{Starting, Running, Reloading, Running, Stopping}
		if diff := cmp.Diff(want, w.phases); diff != "" {
			t.Errorf("phases (-want +got):\n%s", diff)
		}
	})
}

// A reload during start, and during a reload, is queued; several become one.
func TestReloadQueued(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, both, nil)
		w.loads("two", "three")
		w.request(RequestReload)
		w.request(RequestReload)
		w.takeLines()
		w.ready(1, 2)
		wantLines(t, w, "Startup complete", "Reloading ...")
		w.request(RequestReload)
		w.request(RequestReload)
		wantLines(t, w)
		w.proc(1).say(Message{Kind: Reloaded})
		w.proc(2).say(Message{Kind: Reloaded})
		wantLines(t, w, "Reload complete", "Reloading ...")
		w.proc(1).say(Message{Kind: Reloaded})
		w.proc(2).say(Message{Kind: Reloaded})
		wantLines(t, w, "Reload complete")
		if got := string(w.proc(2).sent[1].Payload); got != "three" {
			t.Errorf("the second reload sent %q, want three", got)
		}
		wantNil(t, w.stop())
	})
}

// The files are read beside the loop: a child that dies meanwhile is back at once.
func TestRespawnWhileLoading(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, both, nil)
		w.ready(1, 2)
		w.load = func() (Plan, error) {
			time.Sleep(10 * time.Second)
			return Plan{Snapshot: []byte("two"), Roles: both.Roles}, nil
		}
		w.request(RequestReload)
		w.proc(2).end(Exit{Signal: 9})
		w.ready(3)
		time.Sleep(10 * time.Second)
		if diff := cmp.Diff([]Kind{Reload}, w.proc(3).kinds()); diff != "" {
			t.Errorf("the new child was told (-want +got):\n%s", diff)
		}
		wantNil(t, w.stop())
	})
}

func TestReloadUnanswered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, both, nil)
		w.ready(1, 2)
		w.takeLines()
		w.loads("two", "three")
		w.request(RequestReload)
		w.proc(1).say(Message{Kind: Reloaded, Error: "no memory"})
		time.Sleep(30 * time.Second)
		wantLines(t, w,
			"Reloading ...",
			"reload of the checker process: no memory",
			"vrrp process did not answer the reload",
			"Reload complete")
		w.request(RequestReload)
		wantLines(t, w, "Reloading ...")
		wantNil(t, w.stop())
	})
}

// A child that stays down is given its chance by a reload, whatever its delay.
func TestReloadWakesDelayed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, both, nil)
		w.ready(1, 2)
		for pid := 3; pid < 8; pid++ {
			w.proc(pid - 1).end(Exit{Signal: 6})
			time.Sleep(time.Second << max(0, pid-4))
		}
		w.proc(7).end(Exit{Signal: 6})
		w.takeLines()
		w.loads("two")
		w.request(RequestReload)
		w.proc(1).say(Message{Kind: Reloaded})
		w.ready(8)
		wantLines(t, w, "Reloading ...", "Starting VRRP child process, pid=8", "Reload complete")
		wantNil(t, w.stop())
	})
}

// Stop wins over everything that is under way.
func TestStopWhileReloading(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, both, nil)
		w.ready(1, 2)
		w.load = func() (Plan, error) { time.Sleep(time.Second); return both, nil }
		w.request(RequestReload)
		w.takeLines()
		w.cancel()
		synctest.Wait()
		w.requests <- RequestReload
		time.Sleep(2 * time.Second)
		w.proc(1).end(Exit{})
		w.proc(2).end(Exit{})
		wantNil(t, w.wait())
		wantLines(t, w, "Stopping")
	})
}

func TestDump(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, both, nil)
		w.ready(1, 2)
		w.proc(2).end(Exit{Signal: 9})
		w.proc(3).end(Exit{Signal: 9}) // now delayed: it has nothing to tell
		synctest.Wait()
		w.request(RequestDump)
		w.proc(1).say(Message{Kind: Dump, View: ViewData, Payload: []byte("all up")})
		synctest.Wait()
		if got := w.dumps[Checker]; got != "data: all up" {
			t.Errorf("the checker's dump is %q, want data: all up", got)
		}
		for _, want := range []string{"Phase = running", "Pid = 1\n", "Not running, restart at = ", "Short runs in a row = 2"} {
			if !strings.Contains(w.dumps[""], want) {
				t.Errorf("the parent's dump lacks %q:\n%s", want, w.dumps[""])
			}
		}
		wantNil(t, w.stop())
	})
}

// TestViewsOfVRRP: what is asked of the vrrp child alone.
func TestViewsOfVRRP(t *testing.T) {
	t.Parallel()
	for ask, view := range map[Request]View{RequestStats: ViewStats, RequestStatsClear: ViewStatsClear, RequestJSON: ViewJSON} {
		t.Run(string(view), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, both, nil)
				w.ready(1, 2)
				w.request(ask)
				synctest.Wait()
				for n, want := range map[int]int{1: 0, 2: 1} { // the checker, vrrp
					got := 0
					for _, m := range w.proc(n).messages() {
						if m.Kind == Dump && m.View == view {
							got++
						}
					}
					if got != want {
						t.Errorf("process %d was asked %d times for %s, want %d", n, got, view, want)
					}
				}
				w.proc(2).say(Message{Kind: Dump, View: view, Payload: []byte("it")})
				synctest.Wait()
				if got, want := w.dumps[VRRP], string(view)+": it"; got != want {
					t.Errorf("dumped %q, want %q", got, want)
				}
				wantNil(t, w.stop())
			})
		})
	}
}

// TestViewWithoutChild: nobody is there to answer, and nothing happens.
func TestViewWithoutChild(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Plan{Roles: []Role{Checker}}, nil)
		w.ready(1)
		w.request(RequestJSON)
		synctest.Wait()
		if got := w.dumps[VRRP]; got != "" {
			t.Errorf("dumped %q", got)
		}
		wantNil(t, w.stop())
	})
}

func TestDumpError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, both, nil)
		w.ready(1, 2)
		w.takeLines()
		w.request(RequestDump)
		w.proc(1).say(Message{Kind: Dump, Error: "busy"})
		wantLines(t, w, "dump of the checker process: busy")
		wantNil(t, w.stop())
	})
}
