// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestBeat: the daemon says that it is alive only while the loops of all children answer, and
// again when they do; a child that comes back, and one that is away, is no reason for silence.
func TestBeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var alive atomic.Int32
		w := newWorld(t, both, func(o *Options) { o.Beat, o.Alive = time.Second, func() { alive.Add(1) } })
		w.ready(1, 2)
		beat := func(name string, want int, pongs ...int) {
			t.Helper()
			time.Sleep(time.Second)
			synctest.Wait()
			w.note(func() {
				if int(alive.Load()) != want {
					t.Errorf("%s: alive %d times, want %d", name, alive.Load(), want)
				}
			})
			for _, pid := range pongs {
				w.proc(pid).say(Message{Kind: Ping})
			}
			synctest.Wait()
		}
		beat("the first", 1, 1, 2)
		beat("all answered", 2, 1)
		beat("one hangs", 2, 1)
		beat("one hangs still", 2, 1, 2)
		beat("it goes on", 3, 1, 2)
		w.proc(2).end(Exit{Signal: 9})
		beat("a new one", 4, 1, 3)
		beat("and all is well", 5, 1)
		if got := len(w.proc(1).kinds()); got != 7 {
			t.Errorf("%d messages to the first child, want one a beat, and none to one that has not answered", got)
		}
		wantNil(t, w.stop())
	})
}

// TestHungChild: one whose loop has been silent for too long is replaced, and the other one
// notices nothing.
func TestHungChild(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var alive atomic.Int32
		w := newWorld(t, both, func(o *Options) { o.Beat, o.Alive = 5*time.Second, func() { alive.Add(1) } })
		w.ready(1, 2)
		for range 4 { // asked after 5 s, silent at 10, 15 and 20 s
			time.Sleep(5 * time.Second)
			synctest.Wait()
			w.proc(1).say(Message{Kind: Ping})
			synctest.Wait()
		}
		w.note(func() {
			if !w.procs[1].killed || w.procs[0].killed {
				t.Errorf("killed: %v, %v, want the second only", w.procs[0].killed, w.procs[1].killed)
			}
		})
		wantNil(t, w.stop())
	})
}

// TestBeatOfADeafChild: one that reads no messages is not alive, and is replaced as well.
func TestBeatOfADeafChild(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var alive atomic.Int32
		w := newWorld(t, Plan{Roles: []Role{VRRP}}, func(o *Options) { o.Beat, o.Alive = time.Second, func() { alive.Add(1) } })
		w.ready(1)
		p := w.proc(1)
		w.note(func() { p.deaf = true })
		time.Sleep(3 * time.Second) // asked after the first
		synctest.Wait()
		w.note(func() {
			if int(alive.Load()) != 0 || p.killed {
				t.Errorf("alive %d times, killed %v", alive.Load(), p.killed)
			}
		})
		time.Sleep(2 * time.Second)
		synctest.Wait()
		w.note(func() {
			if int(alive.Load()) != 1 || !p.killed {
				t.Errorf("alive %d times, killed %v, want once by its successor", alive.Load(), p.killed)
			}
		})
		w.ready(2)
		wantNil(t, w.stop())
	})
}

// TestBeatInAReload: a reload may keep loops busy for as long as it may take. Who has not
// answered when its time is over is replaced as ever.
func TestBeatInAReload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var alive atomic.Int32
		w := newWorld(t, Plan{Roles: []Role{VRRP}}, func(o *Options) { o.Beat, o.Alive = 5*time.Second, func() { alive.Add(1) } })
		w.ready(1)
		p := w.proc(1)
		w.note(func() { w.load = func() (Plan, error) { return Plan{Roles: []Role{VRRP}}, nil } })
		w.requests <- RequestReload
		time.Sleep(29 * time.Second) // of 30 s
		synctest.Wait()
		w.note(func() {
			if int(alive.Load()) != 5 || p.killed {
				t.Errorf("in the reload: alive %d times, want 5; killed %v", alive.Load(), p.killed)
			}
		})
		time.Sleep(10 * time.Second)
		synctest.Wait()
		w.note(func() {
			if p.killed {
				t.Error("killed before it had time to answer after the reload")
			}
		})
		time.Sleep(5 * time.Second)
		synctest.Wait()
		w.note(func() {
			if !p.killed {
				t.Error("still there")
			}
		})
		w.ready(2)
		wantNil(t, w.stop())
	})
}

// TestServePing: there is an answer when the loop comes by, which a reload does not hold up; none
// when it does not, and the stop does not wait for it.
func TestServePing(t *testing.T) {
	t.Parallel()
	loops := make(chan error)
	l := newLink(t, script{
		reload: func(ctx context.Context, _ string) error {
			<-ctx.Done()
			return nil
		},
		alive: func(ctx context.Context) error {
			select {
			case err := <-loops:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		},
	})
	must(t, l.parent.Send(Message{Kind: Reload, Payload: []byte("x")}))
	must(t, l.parent.Send(Message{Kind: Ping}))
	loops <- nil
	if m, err := l.parent.Receive(); err != nil || m.Kind != Ping {
		t.Errorf("%v, %v, want one ping", m, err)
	}
	must(t, l.parent.Send(Message{Kind: Ping}))
	must(t, l.parent.Send(Message{Kind: Stop}))
	if err := l.end(); err != nil {
		t.Errorf("Serve: %v, want nil", err)
	}
}
