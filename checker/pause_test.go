// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"encoding/json"
	"errors"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vipward/conf"
)

// view asks the child what it knows.
func (b *bench) view() View {
	reply := make(chan View, 1)
	b.asks <- Ask{Reply: reply}
	return <-reply
}

func (b *bench) order(o Order) {
	b.t.Helper()
	if err := b.command(o); err != nil {
		b.t.Error(err)
	}
}

const (
	firstHost  = "127.0.0.11"
	secondHost = "127.0.0.12"
	twoService = "[10.9.0.1]:tcp:80"
)

// TestPause: a paused server is not probed and stays as it was, over a reload, a crash and,
// with a server_state_file, a restart. Others go on.
func TestPause(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "servers.json")
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two)
		b.cfg.Global.Checker.StateFile = path
		b.start()
		b.order(Order{Server: first, Hold: HoldPause, By: "admin"})
		b.farm.kill(firstHost)
		b.farm.kill(secondHost)
		silent := func(when string) {
			t.Helper()
			b.farm.count(firstHost)
			b.wait(30 * time.Second)
			if n := b.farm.count(firstHost); n != 0 {
				t.Errorf("%s: %d probes of a paused server", when, n)
			}
			b.wantTable("-A -t 10.9.0.1:80 -s rr\n-a -t 10.9.0.1:80 -r 127.0.0.11:80 -m -w 2")
		}
		silent("after the order")
		if rs := b.view().Virtuals[0].Reals[0]; rs.Paused == nil || rs.Paused.By != "admin" || !rs.Checks[0].Rests || !rs.Alive {
			t.Errorf("the view: %+v", rs)
		}
		b.switchTo(b.cfg)
		silent("after a reload")
		b.crash()
		b.start()
		silent("after a crash")
		b.stop()
		b.store = &memory{} // the next daemon; what failed before has to fail again
		b.start()
		b.wait(30 * time.Second)
		silent("after a restart")

		b.order(Order{Server: first, Hold: HoldResume})
		b.wait(30 * time.Second)
		b.wantTable("-A -t 10.9.0.1:80 -s rr")
		if rs := b.view().Virtuals[0].Reals[0]; rs.Paused != nil || rs.Checks[0].Rests {
			t.Errorf("the view after the resume: %+v", rs)
		}
		b.stop()
	})
	if list, err := readOrders(path); err != nil || len(list) != 0 {
		t.Errorf("kept after the resume: %v, %v", list, err)
	}
}

// TestPauseOfVirtualServer: all of its checks rest, and go on together. What an operator wants of
// the weights goes beside that.
func TestPauseOfVirtualServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two)
		b.farm.kill(secondHost)
		b.start()
		b.wait(time.Minute)
		b.order(Order{Server: first, Hold: HoldPause})
		b.order(Order{Service: twoService, Hold: HoldPause})
		b.farm.revive(secondHost)
		b.farm.kill(firstHost)
		b.farm.count(firstHost)
		b.farm.count(secondHost)
		b.wait(time.Minute)
		if n, m := b.farm.count(firstHost), b.farm.count(secondHost); n+m != 0 {
			t.Errorf("%d and %d probes", n, m)
		}
		b.order(Order{Server: first, Hold: HoldWeight, Weight: 9})
		b.wantTable("-A -t 10.9.0.1:80 -s rr\n-a -t 10.9.0.1:80 -r 127.0.0.11:80 -m -w 9")
		b.order(Order{Server: first, Hold: HoldNone})
		if rs := b.view().Virtuals[0].Reals[0]; rs.Paused == nil {
			t.Error("to take a weight back ended the pause")
		}
		if err := b.command(Order{Server: first, Hold: HoldResume}); !errors.Is(err, ErrOrder) {
			t.Errorf("one server goes on while all are paused: %v", err)
		}
		b.order(Order{Service: twoService, Hold: HoldResume})
		b.wait(time.Minute)
		b.wantTable("-A -t 10.9.0.1:80 -s rr\n-a -t 10.9.0.1:80 -r 127.0.0.12:80 -m -w 3")
		b.stop()
	})
}

// TestPauseRefused: orders about nothing.
func TestPauseRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two)
		b.start()
		for _, tt := range []struct {
			order Order
			want  error
		}{
			{Order{Hold: HoldPause}, ErrOrder},
			{Order{Hold: HoldResume}, ErrOrder},
			{Order{Service: "nobody", Hold: HoldPause}, ErrNoServer},
			{Order{Server: netip.MustParseAddrPort("127.0.0.77:80"), Hold: HoldPause}, ErrNoServer},
		} {
			if err := b.command(tt.order); !errors.Is(err, tt.want) {
				t.Errorf("%+v: %v, want %v", tt.order, err, tt.want)
			}
		}
		b.stop()
	})
}

// TestPauseWhileProbed: the result of a run that began before the pause is void, and the check
// goes on after the resume.
func TestPauseWhileProbed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "vs 10.9.0.1:80\nrs 127.0.0.11:80 delay=10 timeout=5")
		b.farm.set(&b.farm.mute, firstHost, true)
		b.start() // the first run hangs
		b.order(Order{Server: first, Hold: HoldPause})
		b.wait(time.Minute)
		b.wantTable("-A -t 10.9.0.1:80 -s rr\n-a -t 10.9.0.1:80 -r 127.0.0.11:80 -m -w 1")
		b.order(Order{Server: first, Hold: HoldResume})
		b.wait(time.Minute)
		b.wantTable("-A -t 10.9.0.1:80 -s rr")
		b.stop()
	})
}

// TestPauseOfFile: a check that follows a file keeps its verdict, and hears the file's at the end.
func TestPauseOfFile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two)
		file(b.cfg, 0, conf.FileCheck{File: &conf.TrackedFile{Name: "f", Path: "/f"}, Weight: 1})
		b.files.put("/f", "1")
		b.start()
		b.wait(time.Second)
		before := b.weights()
		b.order(Order{Server: first, Hold: HoldPause})
		b.files.put("/f", "40")
		b.wait(time.Second)
		if got := b.weights(); got != before {
			t.Errorf("weights %s while it is paused, want %s", got, before)
		}
		b.order(Order{Server: first, Hold: HoldResume})
		if got := b.weights(); got == before || !strings.Contains(got, "1:42") {
			t.Errorf("weights %s after the resume, before %s", got, before)
		}
		b.stop()
	})
}

// TestPausesAreKept: the state of a process and the file have pauses beside other orders.
func TestPausesAreKept(t *testing.T) {
	t.Parallel()
	r, _ := follow(&roster{}, parseConfig(t, two), saved{})
	s := r.pools[0].servers[0]
	r.hold(s, Order{Server: first, Hold: HoldDrain}, time.Now())
	for _, o := range []Order{{Server: first, Hold: HoldPause}, {Service: twoService, Hold: HoldPause}} {
		if _, err := r.pause(r.pools[0], o); err != nil {
			t.Fatal(err)
		}
	}
	b, err := json.Marshal(r.heldOrders())
	if err != nil {
		t.Fatal(err)
	}
	var list []heldOrder
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatal(err)
	}
	var holds []Hold
	for _, h := range list {
		holds = append(holds, h.Order.Hold)
	}
	if !slices.Equal(holds, []Hold{HoldPause, HoldDrain, HoldPause}) {
		t.Errorf("kept: %q", holds)
	}
	if got := ordersOf(list); len(got) != 3 {
		t.Errorf("read: %v", got)
	}
}
