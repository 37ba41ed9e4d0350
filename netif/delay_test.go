// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// filterRig drives a LinkFilter through time and writes what is believed.
type filterRig struct {
	f   LinkFilter
	now time.Time
	out []string
}

func newFilterRig(down, up time.Duration, polled ...string) *filterRig {
	r := &filterRig{now: time.Unix(0, 0)}
	r.f.Configure(map[string]LinkDelay{"eth0": {Down: down, Up: up}}, polled)
	return r
}

const (
	flagsDown = 0x1003
	flagsUp   = 0x11043
)

func (r *filterRig) link(name string, up bool) Link {
	l := Link{Name: name, Index: 2, Up: up, Flags: flagsDown}
	if up {
		l.Flags = flagsUp
	}
	return l
}

// kernel says the state of eth0.
func (r *filterRig) kernel(up bool) {
	ev, held := r.f.Event(r.now, LinkChange{Link: r.link("eth0", up)})
	r.note(ev.(LinkChange), held)
}

func (r *filterRig) note(ev LinkChange, held []HeldChange) {
	at := r.now.Sub(time.Unix(0, 0))
	for _, h := range held {
		r.out = append(r.out, fmt.Sprintf("%s held %#x->%#x for %s", at, h.From, h.To, h.Delay))
	}
	r.out = append(r.out, fmt.Sprintf("%s up=%v", at, ev.Link.Up))
}

// pass lets time pass, and what is due happen when it is.
func (r *filterRig) pass(d time.Duration) {
	end := r.now.Add(d)
	for due := r.f.Deadline(); !due.IsZero() && !due.After(end); due = r.f.Deadline() {
		if got := r.f.Due(due.Add(-1)); got != nil {
			panic("believed too early")
		}
		r.now = due
		for _, ev := range r.f.Due(due) {
			r.note(ev, nil)
		}
	}
	r.now = end
}

func TestLinkFilter(t *testing.T) {
	t.Parallel()
	const s = time.Second
	tests := []struct {
		name string
		do   func(r *filterRig)
		want []string
	}{
		{"a change that lasts", func(r *filterRig) {
			r.kernel(true)
			r.pass(s)
			r.kernel(false)
			r.pass(2 * s)
			r.kernel(true)
			r.pass(3 * s)
		}, []string{
			"0s up=true", "1s held 0x11043->0x1003 for 1.5s", "1s up=true", "2.5s up=false",
			"3s held 0x1003->0x11043 for 2s", "3s up=false", "5s up=true",
		}},
		{"one that does not", func(r *filterRig) {
			r.kernel(true)
			r.kernel(false)
			r.pass(s)
			r.kernel(true)
			r.pass(9 * s)
		}, []string{"0s up=true", "0s held 0x11043->0x1003 for 1.5s", "0s up=true", "1s up=true"}},
		{"said twice it is not put off", func(r *filterRig) {
			r.kernel(true)
			r.kernel(false)
			r.pass(s)
			r.kernel(false)
			r.pass(s)
		}, []string{"0s up=true", "0s held 0x11043->0x1003 for 1.5s", "0s up=true", "1s up=true", "1.5s up=false"}},
		{"not up yet", func(r *filterRig) {
			r.kernel(false)
			r.pass(s)
			r.kernel(true)
			r.pass(s)
			r.kernel(false)
		}, []string{"0s up=false", "1s up=true", "2s held 0x11043->0x1003 for 1.5s", "2s up=true"}},
		{"made again", func(r *filterRig) {
			r.kernel(true)
			r.kernel(false)
			ev, _ := r.f.Event(r.now, LinkChange{Link: r.link("eth0", false), Gone: true})
			r.note(ev.(LinkChange), nil)
			r.pass(5 * s)
			r.kernel(false)
		}, []string{"0s up=true", "0s held 0x11043->0x1003 for 1.5s", "0s up=true", "0s up=false", "5s up=false"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newFilterRig(1500*time.Millisecond, 2*s)
			tt.do(r)
			if diff := cmp.Diff(tt.want, r.out); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A link without a delay, and all that is not about links, passes.
func TestLinkFilterPasses(t *testing.T) {
	t.Parallel()
	r := newFilterRig(time.Second, time.Second)
	for _, up := range []bool{true, false, true} {
		ev, held := r.f.Event(r.now, LinkChange{Link: r.link("eth1", up)})
		if ev.(LinkChange).Link.Up != up || held != nil {
			t.Errorf("%v became %+v, held %v", up, ev, held)
		}
	}
	if ev, _ := r.f.Event(r.now, AddrChange{Index: 2}); ev != (AddrChange{Index: 2}) {
		t.Errorf("became %+v", ev)
	}
	if !r.f.Deadline().IsZero() {
		t.Error("something is held back")
	}
}

// Over a new picture of everything what is held back stays held back, and no longer.
func TestLinkFilterResync(t *testing.T) {
	t.Parallel()
	r := newFilterRig(time.Second, time.Second)
	all := func(up bool) Resync { return Resync{Links: []Link{r.link("eth0", up)}} }
	r.f.Event(r.now, all(true))
	r.pass(time.Minute)
	ev, held := r.f.Event(r.now, all(false))
	if !ev.(Resync).Links[0].Up || len(held) != 1 {
		t.Errorf("got %+v, held %v", ev, held)
	}
	r.pass(time.Second / 2)
	if ev, held = r.f.Event(r.now, all(false)); !ev.(Resync).Links[0].Up || held != nil {
		t.Errorf("got %+v, held %v", ev, held)
	}
	r.pass(time.Second / 2)
	if diff := cmp.Diff([]string{"1m1s up=false"}, r.out); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if ev, _ = r.f.Event(r.now, Resync{}); len(ev.(Resync).Links) != 0 || !r.f.Deadline().IsZero() {
		t.Errorf("got %+v", ev)
	}
}

// What polling says counts, for the links that are polled only, and through the delays.
func TestLinkFilterPolls(t *testing.T) {
	t.Parallel()
	r := newFilterRig(time.Second, 0, "eth0")
	if _, _, ok := r.f.Beat(r.now, "eth0", true); ok {
		t.Error("a link that is not there changed")
	}
	r.kernel(false) // polled as up
	if _, _, ok := r.f.Beat(r.now, "eth0", true); ok {
		t.Error("nothing changed")
	}
	ev, held, ok := r.f.Beat(r.now, "eth0", false)
	if ok || len(held) != 1 || !ev.Link.Up {
		t.Errorf("not held back: %+v %v", ev, held)
	}
	r.pass(time.Second)
	r.kernel(true) // and still polled as down
	if ev, _, ok = r.f.Beat(r.now, "eth0", true); !ok || !ev.Link.Up {
		t.Errorf("got %+v, %v", ev, ok)
	}
	want := []string{"0s up=true", "1s up=false", "1s up=false"}
	if diff := cmp.Diff(want, r.out); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r.f.Configure(nil, nil)
	r.kernel(false)
	if r.out[3] != "1s up=false" || r.f.Polled("eth0") {
		t.Errorf("polled no more, but %s", r.out[3])
	}
}
