// SPDX-License-Identifier: Apache-2.0

package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/checker"
	"vipward/vrrp"
	"vipward/watchdog"
)

func discard() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// fromOne makes a server count its events from 1.
func fromOne(s *Server) { s.hub = newHub(time.UnixMicro(0)) }

func ids(list []Event) []uint64 {
	var out []uint64
	for _, e := range list {
		out = append(out, e.ID)
	}
	return out
}

func TestHubSince(t *testing.T) {
	t.Parallel()
	h := newHub(time.UnixMicro(1000))
	if list, missed, _ := h.since(0); len(list) != 0 || missed != (gap{}) || h.newest() != 0 {
		t.Errorf("a new hub has %v, missed %v, newest %d", ids(list), missed, h.newest())
	}
	for range 5 {
		h.publish("phase", "", nil, time.Time{})
	}
	tests := []struct {
		name   string
		id     uint64
		want   []uint64
		missed gap
	}{
		{"all", 0, []uint64{1001, 1002, 1003, 1004, 1005}, gap{}},
		{"from the start", 1000, []uint64{1001, 1002, 1003, 1004, 1005}, gap{}},
		{"some", 1003, []uint64{1004, 1005}, gap{}},
		{"none", 1005, nil, gap{}},
		{"of an earlier daemon", 3, []uint64{1001, 1002, 1003, 1004, 1005}, gap{Restarted: true}},
		{"of an earlier one with a later clock", 1006, []uint64{1001, 1002, 1003, 1004, 1005}, gap{Restarted: true}},
	}
	for _, tt := range tests {
		list, missed, _ := h.since(tt.id)
		if diff := cmp.Diff(tt.want, ids(list)); diff != "" || missed != tt.missed {
			t.Errorf("%s: missed %v (-want +got):\n%s", tt.name, missed, diff)
		}
	}
	if h.newest() != 1005 {
		t.Errorf("newest %d", h.newest())
	}
}

// An id of one daemon is foreign to the next one, however much happened in both; a double
// holds it, and a clock before 1970 does no harm.
func TestHubBase(t *testing.T) {
	t.Parallel()
	at := time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
	old, next := newHub(at), newHub(at.Add(time.Second))
	for range 3 * eventsKept {
		old.publish("phase", "", nil, at)
		next.publish("phase", "", nil, at)
	}
	if _, missed, _ := next.since(old.newest()); missed != (gap{2 * eventsKept, true}) {
		t.Errorf("missed %v", missed)
	}
	if id := next.newest(); id >= 1<<53 || uint64(float64(id)) != id {
		t.Errorf("id %d", id)
	}
	if h := newHub(time.Unix(-5, 0)); h.base != 0 {
		t.Errorf("base %d before 1970", h.base)
	}
}

// Who reads too slowly misses events and is told how many; the memory stays the same.
func TestHubLoses(t *testing.T) {
	t.Parallel()
	h := newHub(time.UnixMicro(0))
	for range eventsKept + 10 {
		h.publish("phase", "", nil, time.Time{})
	}
	list, missed, _ := h.since(3)
	if missed != (gap{Lost: 7}) || len(list) != eventsKept || list[0].ID != 11 || list[len(list)-1].ID != eventsKept+10 {
		t.Errorf("missed %v, %d events from %d to %d", missed, len(list), list[0].ID, list[len(list)-1].ID)
	}
	if cap(h.ring) > 2*eventsKept {
		t.Errorf("room for %d events", cap(h.ring))
	}
}

func TestHubTellsOfMore(t *testing.T) {
	t.Parallel()
	h := newHub(time.UnixMicro(0))
	_, _, more := h.since(0)
	select {
	case <-more:
		t.Error("there is more before anything happened")
	default:
	}
	h.publish("phase", "", nil, time.Time{})
	select {
	case <-more:
	default:
		t.Error("nobody tells of an event")
	}
}

// Listeners get what is kept and what comes, with the kinds of the children's news.
// A client hears how many events came too early for it, before the first one that is kept.
func TestEventsLost(t *testing.T) {
	t.Parallel()
	r := start(t, example(), fromOne)
	for range eventsKept + 7 {
		r.server.Phase(watchdog.Running)
	}
	var first []string
	enough := errors.New("enough")
	err := r.Events(t.Context(), 0, func(e Event) error {
		if first = append(first, fmt.Sprint(e.ID, " ", e.Text())); len(first) == 2 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) {
		t.Errorf("it ended with %v", err)
	}
	if diff := cmp.Diff([]string{"0 7 events before this are not kept", "8 daemon running"}, first); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	r := start(t, example(), fromOne)
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	news := func(v any) json.RawMessage {
		b, err := json.Marshal(v)
		must(t, err)
		return b
	}
	r.server.Phase(watchdog.Running)
	r.server.Told(watchdog.VRRP, news(vrrp.News{At: at, Kind: "instance", Name: "VI_1", From: "BACKUP", To: "MASTER"}))
	r.server.Told(watchdog.VRRP, json.RawMessage(`{"no":"kind"}`))
	r.server.Told(watchdog.VRRP, json.RawMessage(`garbage`))
	heard := make(chan Event, 10)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Events(ctx, 0, func(e Event) error { heard <- e; return nil }) }()
	var got []Event
	for range 2 {
		got = append(got, <-heard)
	}
	r.server.Told(watchdog.Checker, news(checker.News{At: at, Kind: "server", Server: "x"}))
	r.server.Lived(watchdog.Life{Role: watchdog.VRRP, PID: 7})
	r.server.Loaded(watchdog.ReloadResult{Refused: "no"})
	for range 3 {
		got = append(got, <-heard)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the listener ended with %v", err)
	}
	type brief struct {
		ID           uint64
		Kind, Source string
	}
	var briefs []brief
	for _, e := range got {
		briefs = append(briefs, brief{e.ID, e.Kind, e.Source})
	}
	want := []brief{{1, "phase", ""}, {2, "instance", "vrrp"}, {3, "server", "checker"}, {4, "process", "vrrp"}, {5, "reload", ""}}
	if diff := cmp.Diff(want, briefs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !got[1].At.Equal(at) {
		t.Errorf("the time of news is %v, want the child's, %v", got[1].At, at)
	}
}

// However many ask within a moment, the child is asked once; then again.
func TestMemo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		m := newMemo(time.Second, func(context.Context) (int, error) {
			calls++
			time.Sleep(100 * time.Millisecond)
			if calls == 3 {
				return 0, errors.New("gone")
			}
			return calls, nil
		})
		got := make(chan int, 100)
		for range 100 {
			go func() { v, _ := m.get(t.Context()); got <- v }()
		}
		synctest.Wait()
		time.Sleep(time.Second / 2)
		for range 100 {
			if v := <-got; v != 1 {
				t.Fatalf("answer %d, want the first one", v)
			}
		}
		m.forget()
		if v, err := m.get(t.Context()); v != 2 || err != nil {
			t.Errorf("after forget: %d, %v", v, err)
		}
		time.Sleep(time.Second)
		if _, err := m.get(t.Context()); err == nil {
			t.Error("the error of the third call is missing")
		}
		if _, err := m.get(t.Context()); err == nil || calls != 3 {
			t.Errorf("an error is kept for the moment too: %v after %d calls", err, calls)
		}
	})
}

// One who is impatient does not spoil the answer for the others.
func TestMemoOutlivesTheFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemo(time.Second, func(ctx context.Context) (string, error) {
			select {
			case <-time.After(time.Second):
				return "answer", nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if v, err := m.get(ctx); v != "answer" || err != nil {
			t.Errorf("%q, %v", v, err)
		}
	})
}

// A child that hangs is given up.
func TestMemoGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemo(time.Second, func(ctx context.Context) (string, error) { <-ctx.Done(); return "", ctx.Err() })
		begun := time.Now()
		if _, err := m.get(t.Context()); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != askTimeout {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
	})
}
