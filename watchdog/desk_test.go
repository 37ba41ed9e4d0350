// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// deskWorld is a running supervisor with a desk.
func deskWorld(t *testing.T, change func(*Options)) (*world, *Desk) {
	t.Helper()
	d := NewDesk()
	w := newWorld(t, both, func(o *Options) {
		o.Desk = d
		if change != nil {
			change(o)
		}
	})
	w.ready(1, 2)
	w.takeLines()
	return w, d
}

// later runs a call of a desk beside the test.
func later[T any](f func() (T, error)) func() (T, error) {
	type outcome struct {
		v   T
		err error
	}
	c := make(chan outcome, 1)
	go func() {
		v, err := f()
		c <- outcome{v, err}
	}()
	return func() (T, error) { o := <-c; return o.v, o.err }
}

// A question goes to the child that it is for, and its answer to whoever asked.
func TestAsk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, d := deskWorld(t, nil)
		first := later(func() ([]byte, error) { return d.Ask(t.Context(), VRRP, []byte("one?")) })
		synctest.Wait()
		second := later(func() ([]byte, error) { return d.Ask(t.Context(), VRRP, []byte("two?")) })
		synctest.Wait()
		vrrp := w.proc(2)
		want := []Message{{Kind: Ask, ID: 1, Payload: []byte("one?")}, {Kind: Ask, ID: 2, Payload: []byte("two?")}}
		if diff := cmp.Diff(want, vrrp.sent); diff != "" {
			t.Fatalf("the child was sent (-want +got):\n%s", diff)
		}
		vrrp.say(Message{Kind: Ask, ID: 7}) // nobody asked
		vrrp.say(Message{Kind: Ask, ID: 2, Error: "no such instance"})
		vrrp.say(Message{Kind: Ask, ID: 1, Payload: []byte("one.")})
		if b, err := first(); string(b) != "one." || err != nil {
			t.Errorf("first answer %q, %v", b, err)
		}
		if _, err := second(); err == nil || err.Error() != "no such instance" {
			t.Errorf("second answer: %v, want the child's error", err)
		}
		wantNil(t, w.stop())
	})
}

// Whoever asks a child that is not there, dies, does not read or has too many questions
// hears so.
func TestAskWithoutAnswer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		make func(w *world, d *Desk)
		role Role
		want error
	}{
		{"no such child", func(*world, *Desk) {}, "bfd", ErrNotRunning},
		{"dead child", func(w *world, _ *Desk) { w.proc(1).end(Exit{Signal: 9}); w.refuse = errors.New("no memory") }, both.Roles[0], ErrNotRunning},
		{"too many", func(_ *world, d *Desk) {
			for range pendingAsks {
				later(func() ([]byte, error) { return d.Ask(context.Background(), both.Roles[0], nil) })
			}
			synctest.Wait()
		}, both.Roles[0], ErrBusy},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, d := deskWorld(t, nil)
				tt.make(w, d)
				if _, err := d.Ask(t.Context(), tt.role, nil); !errors.Is(err, tt.want) {
					t.Errorf("got %v, want %v", err, tt.want)
				}
				wantNil(t, w.stop())
			})
		})
	}
}

// A child that dies with questions open leaves nobody waiting.
func TestAskOfDyingChild(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, d := deskWorld(t, nil)
		answer := later(func() ([]byte, error) { return d.Ask(t.Context(), both.Roles[0], nil) })
		synctest.Wait()
		w.proc(1).end(Exit{Signal: 9})
		if _, err := answer(); !errors.Is(err, ErrNotRunning) {
			t.Errorf("got %v, want %v", err, ErrNotRunning)
		}
		wantNil(t, w.stop())
	})
}

// A question that nobody waits for any more does not hold the supervisor up.
func TestAskGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, d := deskWorld(t, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := d.Ask(ctx, both.Roles[0], nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the end of the patience", err)
		}
		w.proc(1).say(Message{Kind: Ask, ID: 1})
		if _, err := d.Status(t.Context()); err != nil {
			t.Errorf("status: %v", err)
		}
		wantNil(t, w.stop())
	})
}

// Who is gone before the question asks nothing.
func TestAskOfSomebodyGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, d := deskWorld(t, nil)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 20 { // each of them could be handed over by chance
			if _, err := d.Ask(ctx, both.Roles[0], []byte("?")); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want the end", err)
			}
		}
		if sent := w.proc(1).sent; len(sent) > 0 {
			t.Errorf("the child was sent %+v", sent)
		}
		wantNil(t, w.stop())
	})
}

func TestDeskReload(t *testing.T) {
	t.Parallel()
	anyTime := cmpopts.IgnoreTypes(time.Time{})
	tests := []struct {
		name    string
		load    error
		answers [2]string // errors of the children
		silent  bool      // the second one does not answer
		want    ReloadResult
	}{
		{name: "done", want: ReloadResult{}},
		{name: "refused", load: errors.New("k.conf:3:5: no brace"), want: ReloadResult{Refused: "k.conf:3:5: no brace"}},
		{name: "partial", answers: [2]string{"cannot", ""}, want: ReloadResult{Problems: []string{"reload of the " + string(both.Roles[0]) + " process: cannot"}}},
		{name: "silent child", silent: true, want: ReloadResult{Problems: []string{string(both.Roles[1]) + " process did not answer the reload"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var heard []ReloadResult
				w, d := deskWorld(t, func(o *Options) { o.Loaded = func(r ReloadResult) { heard = append(heard, r) } })
				w.load = func() (Plan, error) { return Plan{Snapshot: []byte("two"), Roles: both.Roles}, tt.load }
				wait := later(func() (ReloadResult, error) { return d.Reload(t.Context()) })
				synctest.Wait()
				if tt.load == nil {
					w.proc(1).say(Message{Kind: Reloaded, Error: tt.answers[0]})
					if !tt.silent {
						w.proc(2).say(Message{Kind: Reloaded, Error: tt.answers[1]})
					}
				}
				got, err := wait()
				wantNil(t, err)
				if diff := cmp.Diff(tt.want, got, anyTime); diff != "" {
					t.Errorf("result (-want +got):\n%s", diff)
				}
				st, err := d.Status(t.Context())
				wantNil(t, err)
				if diff := cmp.Diff(&got, st.Reloads.Last); diff != "" {
					t.Errorf("last reload (-want +got):\n%s", diff)
				}
				if n := st.Reloads.Done + st.Reloads.Partial + st.Reloads.Refused; n != 1 {
					t.Errorf("%+v counts %d reloads, want 1", st.Reloads, n)
				}
				wantNil(t, w.stop())
				if diff := cmp.Diff([]ReloadResult{got}, heard); diff != "" {
					t.Errorf("hook heard (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A reload that is asked for during another one gets the result of its own.
func TestDeskReloadQueued(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, d := deskWorld(t, nil)
		loads := []error{errors.New("first"), errors.New("second")}
		gate := make(chan struct{})
		w.load = func() (Plan, error) {
			<-gate
			err := loads[0]
			loads = loads[1:]
			return Plan{}, err
		}
		first := later(func() (ReloadResult, error) { return d.Reload(t.Context()) })
		synctest.Wait()
		second := later(func() (ReloadResult, error) { return d.Reload(t.Context()) })
		synctest.Wait()
		close(gate)
		if r, err := first(); r.Refused != "first" || err != nil {
			t.Errorf("first: %+v, %v", r, err)
		}
		if r, err := second(); r.Refused != "second" || err != nil {
			t.Errorf("second: %+v, %v", r, err)
		}
		wantNil(t, w.stop())
	})
}

// The stop answers those who wait.
func TestDeskReloadAtStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, d := deskWorld(t, nil)
		w.loads("two")
		wait := later(func() (ReloadResult, error) { return d.Reload(t.Context()) })
		synctest.Wait()
		wantNil(t, w.stop())
		if r, err := wait(); r.Refused != "the daemon stops" || err != nil {
			t.Errorf("got %+v, %v", r, err)
		}
	})
}

func TestStatusOfProcesses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lives []Life
		w, d := deskWorld(t, func(o *Options) { o.Lived = func(l Life) { lives = append(lives, l) } })
		w.proc(1).end(Exit{Signal: 9})
		w.proc(3)
		st, err := d.Status(t.Context())
		wantNil(t, err)
		want := []ProcessStatus{
			{Role: both.Roles[0], PID: 3, Restarts: 1, LastExit: "signal 9 (Killed)"},
			{Role: both.Roles[1], PID: 2, Ready: true},
		}
		if diff := cmp.Diff(want, st.Processes, cmpopts.IgnoreTypes(time.Time{})); diff != "" {
			t.Errorf("processes (-want +got):\n%s", diff)
		}
		if st.Phase != Running {
			t.Errorf("phase %s, want running", st.Phase)
		}
		wantLives := []Life{
			{Role: both.Roles[0], PID: 1, Starts: 1},
			{Role: both.Roles[1], PID: 2, Starts: 1},
			{Role: both.Roles[0], PID: 1, Starts: 1, Ended: "signal 9 (Killed)"},
			{Role: both.Roles[0], PID: 3, Starts: 2},
		}
		if diff := cmp.Diff(wantLives, lives); diff != "" {
			t.Errorf("lives (-want +got):\n%s", diff)
		}
		wantNil(t, w.stop())
	})
}

func TestNews(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		told := map[Role]string{}
		w, _ := deskWorld(t, func(o *Options) { o.Told = func(r Role, note json.RawMessage) { told[r] = string(note) } })
		w.proc(1).say(Message{Kind: News, Note: json.RawMessage(`{"a":1}`)})
		synctest.Wait()
		wantNil(t, w.stop())
		if diff := cmp.Diff(map[Role]string{both.Roles[0]: `{"a":1}`}, told); diff != "" {
			t.Errorf("news (-want +got):\n%s", diff)
		}
	})
}
