// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"vipward/netif"
	"vipward/netif/netiffake"
)

// bench is a keeper whose work the test starts.
type bench struct {
	*keeper
	t      *testing.T
	kernel *grudge
	log    *logBuffer
	now    time.Time
}

// grudge is a kernel that refuses some items.
type grudge struct {
	*netiffake.Kernel
	refuse map[string]bool // commands
	calls  int
}

func (g *grudge) Apply(ops []netif.Op) []error {
	g.calls++
	errs := make([]error, len(ops))
	for i, op := range ops {
		if errs[i] = unix.EINVAL; !g.refuse[op.String()] {
			errs[i] = g.Kernel.Apply([]netif.Op{op})[0]
		}
	}
	return errs
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, kernel: &grudge{Kernel: &netiffake.Kernel{Tolerant: true}, refuse: map[string]bool{}}, log: &logBuffer{}, now: time.Unix(1000, 0)}
	b.keeper = newKeeper(b.kernel, b.kernel, nil, slog.New(slog.NewTextHandler(b.log, nil)))
	return b
}

// does works and gives what was done to the kernel.
func (b *bench) does() []string {
	b.kernel.Said()
	b.work(b.now)
	return b.kernel.Said()
}

func (b *bench) want(what string, want ...string) {
	b.t.Helper()
	if diff := cmp.Diff(want, b.does()); diff != "" {
		b.t.Errorf("%s: (-want +got)\n%s", what, diff)
	}
}

// foreign puts something there behind the keeper's back.
func (b *bench) foreign(op netif.Op) { b.kernel.Kernel.Apply([]netif.Op{op}) }

func address(s string) netif.Addr { return netif.Addr{Prefix: netip.MustParsePrefix(s), Index: 2} }

func route(dst string, protocol uint8) netif.Route {
	return netif.Route{Dst: netip.MustParsePrefix(dst), Table: 254, Type: 1, Protocol: protocol, Hops: []netif.NextHop{{Index: 2}}}
}

func rule(priority uint32) netif.Rule {
	return netif.Rule{Family: 4, Priority: priority, Protocol: netif.Protocol, Action: 1, Table: 100}
}

func holds(items ...any) netif.Holdings {
	var h netif.Holdings
	for _, v := range items {
		switch v := v.(type) {
		case netif.Addr:
			h.Addrs = append(h.Addrs, v)
		case netif.Route:
			h.Routes = append(h.Routes, v)
		case netif.Rule:
			h.Rules = append(h.Rules, v)
		}
	}
	return h
}

const (
	addA    = "ip addr add 10.0.0.100/24 dev if2"
	delA    = "ip addr del 10.0.0.100/24 dev if2"
	addR    = "ip route prepend unicast 203.0.113.0/28 proto 18 dev if2"
	delR    = "ip route del unicast 203.0.113.0/28 proto 18 dev if2"
	addRule = "ip rule add pref 1000 from all lookup 100 proto 18"
	delRule = "ip rule del pref 1000 from all lookup 100 proto 18"
)

func TestKeeperOrder(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.set("vi", holds(rule(1000), route("203.0.113.0/28", 18), address("10.0.0.100/24")))
	b.announce("vi", []netif.Target{{Index: 2, IP: netip.MustParseAddr("10.0.0.100")}}, 2)
	b.want("set", addA, addR, addRule, "arping -U 10.0.0.100 dev if2", "arping -U 10.0.0.100 dev if2")
	b.want("nothing to do")
	b.set("vi", netif.Holdings{})
	b.announce("vi", []netif.Target{{Index: 2, IP: netip.MustParseAddr("10.0.0.100")}}, 2)
	b.set("vi", netif.Holdings{})
	b.want("given up, announcements too", delRule, delR, delA)
}

// TestKeeperCountsHolders: an item goes with its last holder, and may move between two.
func TestKeeperCountsHolders(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := holds(address("10.0.0.100/24"), route("203.0.113.0/28", 18))
	b.set("one", a)
	b.set("two", a)
	b.want("both", addA, addR)
	b.set("one", netif.Holdings{})
	b.want("one gave it up")
	b.set("two", netif.Holdings{})
	b.set("three", a)
	b.want("moved in one batch")
	b.set("three", netif.Holdings{})
	b.set("three", a)
	b.want("the newest wish counts")
	b.set("three", netif.Holdings{})
	b.want("the last one", delR, delA)
}

// TestKeeperCleans: what an earlier run left goes first, and what others hold stays.
func TestKeeperCleans(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	left := address("10.0.0.100/24")
	left.Label = "old"
	b.foreign(netif.Op{Add: true, Addr: &left})
	b.clean("vi", holds(address("10.0.0.100/24"), route("203.0.113.0/28", 18)))
	b.set("vi", holds(address("10.0.0.100/24")))
	b.want("cleaned and set", delR, delA, addA)
	b.clean("other", holds(address("10.0.0.100/24")))
	b.want("held by another")
}

// TestKeeperAdopts: what an earlier process put there is made sure of, and what is no longer
// wanted goes.
func TestKeeperAdopts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, a := range []netif.Addr{address("10.0.0.100/24"), address("10.0.0.101/24")} {
		b.foreign(netif.Op{Add: true, Addr: &a})
	}
	b.adopt("vi", holds(address("10.0.0.100/24"), address("10.0.0.101/24"), rule(1000)))
	b.set("vi", holds(address("10.0.0.100/24"), rule(1000)))
	b.want("adopted", "ip addr del 10.0.0.101/24 dev if2", addA, addA, addRule)
	b.adopt("gone", holds(address("10.0.0.102/24")))
	b.set("gone", netif.Holdings{})
	b.want("an orphan", "ip addr del 10.0.0.102/24 dev if2", addA)
	b.set("vi", netif.Holdings{})
	b.want("given up", delRule, delA)
}

// TestKeeperLeavesWhatIsForeign: a static address that is there, and routes that do not carry
// our number, are somebody else's.
func TestKeeperLeavesWhatIsForeign(t *testing.T) {
	t.Parallel()
	foreign := holds(address("192.0.2.1/24"), route("203.0.113.0/28", 99))
	b := newBench(t)
	b.foreign(netif.Op{Add: true, Addr: &foreign.Addrs[0]})
	b.foreign(netif.Op{Add: true, Route: &foreign.Routes[0]})
	b.set(staticKey, foreign)
	b.does()
	if got := b.mine(foreign); !got.Empty() {
		t.Errorf("taken for ours: %v", got)
	}
	if !b.listen().foreign {
		t.Error("the loop was not told")
	}
	b.set(staticKey, netif.Holdings{})
	b.want("stop")
	// As a virtual address it is nobody else's.
	b.set("vi", holds(address("192.0.2.1/24")))
	b.does()
	b.set("vi", netif.Holdings{})
	b.want("stop", "ip addr del 192.0.2.1/24 dev if2")
}

func removed(a netif.Addr) netif.AddrChange {
	return netif.AddrChange{Index: a.Index, Prefix: a.Prefix, Peer: a.Peer}
}

// TestKeeperPutsBack: what somebody else deletes and what goes with it, and the loop is told
// what was missing.
func TestKeeperPutsBack(t *testing.T) {
	t.Parallel()
	a, other, r := address("10.0.0.100/24"), address("10.9.0.100/24"), route("203.0.113.0/28", 18)
	other.NoTrack = true
	r.Src = a.Prefix.Addr()
	addR := strings.Replace(addR, "proto 18", "proto 18 src 10.0.0.100", 1)
	tests := []struct {
		name   string
		del    netif.Op
		report netif.Event
		done   []string
		told   []string
	}{
		{"address with its route", netif.Op{Addr: &a}, removed(a), []string{addA, addR}, []string{"address 10.0.0.100/24", "route " + r.String()}},
		{"route", netif.Op{Route: &r}, netif.RouteGone{ID: r.ID()}, []string{addR}, []string{"route " + r.String()}},
		{"rule", netif.Op{Rule: ptr(rule(1000))}, netif.RuleGone{ID: rule(1000).ID()}, []string{addRule}, []string{"rule " + rule(1000).String()}},
		{"a report that is not true", netif.Op{Rule: ptr(rule(7))}, netif.RuleGone{ID: rule(1000).ID()}, []string{addRule}, nil},
		{"not tracked", netif.Op{Addr: &other}, removed(other), nil, nil},
		{"not ours", netif.Op{Addr: ptr(address("10.8.0.1/24"))}, removed(address("10.8.0.1/24")), nil, nil},
		{"all, after lost reports", netif.Op{Rule: ptr(rule(1000))}, netif.Resync{}, []string{addA, addR, addRule}, []string{"rule " + rule(1000).String()}},
		{"the link was down", netif.Op{Route: &r}, netif.LinkChange{Link: netif.Link{Index: 2}}, []string{addA, addR}, []string{"route " + r.String()}},
		{"another link was down", netif.Op{Route: &r}, netif.LinkChange{Link: netif.Link{Index: 3}}, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.set("vi", holds(a, other, r, rule(1000)))
			b.does()
			b.foreign(tt.del)
			b.missing(tt.report)
			b.want("put back", tt.done...)
			var told []string
			for _, item := range b.listen().restored {
				told = append(told, itemText(item.op, func(int) string { return "if2" }))
				if item.holder != "vi" {
					t.Errorf("told for %q", item.holder)
				}
			}
			if diff := cmp.Diff(tt.told, told); diff != "" {
				t.Errorf("told: (-want +got)\n%s", diff)
			}
		})
	}
}

func ptr[T any](v T) *T { return &v }

// TestKeeperRenewsDuplicates: an address that the kernel found to be a duplicate is made anew,
// but not all the time.
func TestKeeperRenewsDuplicates(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := address("fd00::1/64")
	b.set("vi", holds(a))
	b.does()
	report := netif.AddrChange{Index: 2, Prefix: a.Prefix, Added: true, DADFailed: true}
	renew := []string{"ip addr del fd00::1/64 dev if2", "ip addr add fd00::1/64 dev if2 nodad"}
	b.missing(report)
	b.want("at once", renew...)
	b.missing(report)
	b.want("again")
	b.now = b.now.Add(fightSpan)
	b.want("a second later", renew...)
}

// TestKeeperDoesNotFightForEver: who deletes an address as often as it comes back gets a pause.
func TestKeeperDoesNotFightForEver(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := address("10.0.0.100/24")
	b.set("vi", holds(a))
	b.does()
	var times int
	for range 100 {
		b.foreign(netif.Op{Addr: &a})
		b.missing(removed(a))
		times += len(b.does())
	}
	if times != maxRestores {
		t.Errorf("put back %d times in a moment, want %d", times, maxRestores)
	}
	if !b.retryAt.After(b.now) {
		t.Error("no later try")
	}
	for range 9 {
		b.now = b.now.Add(fightSpan / 10)
		b.set("another", holds(address("10.0.0.101/24")))
		b.does()
	}
	b.now = b.now.Add(fightSpan / 10)
	b.want("a second later, whatever was done for others", addA)
}

// TestKeeperTriesAgain: what the kernel refuses is logged once, tried again with growing
// pauses, and given up with the wish.
func TestKeeperTriesAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.kernel.refuse[addA] = true
	b.set("vi", holds(address("10.0.0.100/24")))
	b.does()
	var pauses []time.Duration
	for range 10 {
		pauses = append(pauses, b.retryAt.Sub(b.now))
		b.now = b.retryAt
		b.does()
	}
	want := []time.Duration{200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000}
	for i := range want {
		want[i] *= time.Millisecond
	}
	if diff := cmp.Diff(want, pauses); diff != "" {
		t.Errorf("pauses (-want +got)\n%s", diff)
	}
	if n := strings.Count(b.log.String(), "invalid argument"); n != 1 {
		t.Errorf("logged %d times:\n%s", n, b.log)
	}
	b.kernel.refuse = nil
	b.retry()
	b.want("at once when something has changed", addA)
	if !b.retryAt.IsZero() {
		t.Error("still trying")
	}
	b.kernel.refuse = map[string]bool{addR: true}
	b.set("vi", holds(route("203.0.113.0/28", 18)))
	b.does()
	b.set("vi", netif.Holdings{})
	b.does()
	b.now = b.now.Add(time.Minute)
	b.want("not wanted any more")
}

// TestKeeperTellsWhatIsLost: what was deleted and is refused lets the instance step down.
func TestKeeperTellsWhatIsLost(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := address("10.0.0.100/24")
	b.set("vi", holds(a))
	b.does()
	b.kernel.refuse[addA] = true
	b.foreign(netif.Op{Addr: &a})
	b.missing(removed(a))
	b.does()
	n := b.listen()
	if len(n.lost) != 1 || n.lost[0].holder != "vi" || len(n.restored) != 0 {
		t.Errorf("got %+v", n)
	}
	if n := b.listen(); len(n.lost) != 0 {
		t.Errorf("told twice: %+v", n)
	}
}

// TestKeeperFromAnyToAny lets holders wish at random and others interfere; at rest the kernel
// has what is wanted and what was there before.
func TestKeeperFromAnyToAny(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 0))
	b := newBench(t)
	own := address("10.0.0.1/24")
	b.foreign(netif.Op{Add: true, Addr: &own})
	wishes := map[string]netif.Holdings{}
	for range 2000 {
		for range 1 + rnd.IntN(3) {
			key := fmt.Sprint("vi", rnd.IntN(4))
			wishes[key] = randomWish(rnd)
			b.set(key, wishes[key])
		}
		if has := b.kernel.Addrs(); rnd.IntN(3) == 0 && len(has) > 1 {
			victim := has[1+rnd.IntN(len(has)-1)]
			b.foreign(netif.Op{Addr: &victim})
			b.missing(netif.Resync{})
		}
		b.now = b.now.Add(time.Minute)
		b.work(b.now)
		var all netif.Holdings
		for _, h := range wishes {
			all = join(all, h)
		}
		fresh := &netiffake.Kernel{Tolerant: true}
		fresh.Apply([]netif.Op{{Add: true, Addr: &own}})
		fresh.Apply(netif.Plan(netif.Holdings{}, all))
		if diff := cmp.Diff(fresh.String(), b.kernel.String()); diff != "" {
			t.Fatalf("seed %d: (-want +got)\n%s", seed, diff)
		}
	}
}

// randomWish draws some of a few items, so that holders share them often.
func randomWish(rnd *rand.Rand) netif.Holdings {
	var h netif.Holdings
	for i := range 4 {
		if rnd.IntN(2) == 0 {
			h.Addrs = append(h.Addrs, address(fmt.Sprintf("10.0.%d.10%d/24", i/2, i)))
		}
		if rnd.IntN(3) == 0 {
			r := route(fmt.Sprintf("203.0.113.%d/28", i*16), netif.Protocol)
			if len(h.Addrs) > 0 && rnd.IntN(2) == 0 {
				r.Src = h.Addrs[rnd.IntN(len(h.Addrs))].Prefix.Addr()
			}
			h.Routes = append(h.Routes, r)
		}
		if rnd.IntN(3) == 0 {
			h.Rules = append(h.Rules, rule(uint32(i)))
		}
	}
	rnd.Shuffle(len(h.Addrs), func(i, j int) { h.Addrs[i], h.Addrs[j] = h.Addrs[j], h.Addrs[i] })
	return h
}

// TestKeeperIsOneBatch: whatever many instances wish for is one call.
func TestKeeperIsOneBatch(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i := range 250 {
		b.set(fmt.Sprint(i), holds(address(fmt.Sprintf("10.0.%d.1/32", i))))
	}
	b.work(b.now)
	if b.kernel.calls != 1 || len(b.kernel.Addrs()) != 250 {
		t.Errorf("%d calls for %d addresses", b.kernel.calls, len(b.kernel.Addrs()))
	}
}

// BenchmarkKeeperTakeover: 1,000 instances become master, one after another.
func BenchmarkKeeperTakeover(b *testing.B) {
	for b.Loop() {
		k := newKeeper(nothing{}, nothing{}, nil, slog.New(slog.DiscardHandler))
		for i := range 1000 {
			k.set(fmt.Sprint(i), holds(netif.Addr{Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 32), Index: 2}))
			k.work(time.Unix(0, 0))
		}
		for i := range 1000 {
			k.set(fmt.Sprint(i), netif.Holdings{})
			k.work(time.Unix(0, 0))
		}
	}
}

// nothing is a kernel that says yes to all.
type nothing struct{}

func (nothing) Apply(ops []netif.Op) []error { return make([]error, len(ops)) }

func (nothing) Announce([]netif.Target, int) error { return nil }
