// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

// listener runs a Monitor and keeps what it tells.
type listener struct {
	t     testing.TB
	batch chan []Event
	p     Picture
	heard []Event // since the last forget
}

func listening(t testing.TB, m *Monitor) *listener {
	t.Helper()
	l := &listener{t: t, batch: make(chan []Event)}
	ctx, cancel := context.WithCancel(context.Background())
	var g errgroup.Group
	g.Go(func() error {
		return m.Run(ctx, func(evs []Event) {
			select {
			case l.batch <- evs:
			case <-ctx.Done():
			}
		})
	})
	t.Cleanup(func() {
		cancel()
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func openMonitor(t testing.TB) *Monitor {
	t.Helper()
	m, err := OpenMonitor(nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// until takes events into the picture until it holds.
func (l *listener) until(what string, holds func() bool) {
	l.t.Helper()
	timeout := time.After(10 * time.Second)
	for !holds() {
		select {
		case evs := <-l.batch:
			for _, ev := range evs {
				l.p.Apply(ev)
				l.heard = append(l.heard, ev)
			}
		case <-timeout:
			l.t.Fatalf("not within 10 s: %s; heard %v", what, l.heard)
		}
	}
}

func (l *listener) has(index int, prefix string) func() bool {
	return func() bool { return l.p.Has(addr(index, prefix)) }
}

func not(f func() bool) func() bool { return func() bool { return !f() } }

func TestMonitorBeginsWithAll(t *testing.T) {
	a, _ := namespace(t)
	ip(t, "addr add 10.0.0.1/24 dev a")
	ip(t, "addr add 10.0.0.2/24 dev a")
	ip(t, "addr add 2001:db8::1/64 dev a nodad")
	ip(t, "addr add 172.16.0.1/16 brd + dev b")
	m := openMonitor(t)
	ip(t, "link set dev b mtu 1400") // heard before Run: must do no harm
	l := listening(t, m)
	l.until("first event", func() bool { return len(l.heard) > 0 })
	first, ok := l.heard[0].(Resync)
	if !ok {
		t.Fatalf("the first event is %T", l.heard[0])
	}
	want := []Link{
		{Name: "lo", Index: 1, MTU: 65536, MAC: net.HardwareAddr{0, 0, 0, 0, 0, 0}, Loopback: true},
		{Name: "a", Index: a, MTU: 1500, MAC: net.HardwareAddr{2, 0, 0, 0, 0, 10}, Up: true, Multicast: true},
		{Name: "b", Index: index(t, "b"), MTU: 1400, MAC: net.HardwareAddr{2, 0, 0, 0, 0, 11}, Up: true, Multicast: true},
	}
	got := map[string]Link{}
	for _, l := range first.Links {
		l.Flags, l.Kind, l.Parent, l.Ethernet = 0, "", 0, false // of another test
		got[l.Name] = l
	}
	for _, w := range want {
		if diff := cmp.Diff(w, got[w.Name]); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
	var addrs []string
	for _, a := range first.Addrs {
		addrs = append(addrs, fmt.Sprintf("%s added=%v secondary=%v ours=%v scope=%d", a.Prefix, a.Added, a.Secondary, a.Ours, a.Scope))
	}
	wantAddrs := map[string][]string{"a": {
		"10.0.0.1/24 added=true secondary=false ours=false scope=0",
		"10.0.0.2/24 added=true secondary=true ours=false scope=0",
		"2001:db8::1/64 added=true secondary=false ours=false scope=0",
	}, "b": {"172.16.0.1/16 added=true secondary=false ours=false scope=0"}}
	both := append(wantAddrs["a"], wantAddrs["b"]...)
	if a > index(t, "b") {
		both = append(wantAddrs["b"], wantAddrs["a"]...)
	}
	if diff := cmp.Diff(both, addrs); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestMonitorHearsLinks(t *testing.T) {
	a, _ := namespace(t)
	l := listening(t, openMonitor(t))
	isUp := func(name string) func() bool {
		return func() bool {
			link, ok := l.p.Link(name)
			return ok && link.Up
		}
	}
	exists := func(name string) func() bool {
		return func() bool {
			_, ok := l.p.Link(name)
			return ok
		}
	}
	l.until("a is up", isUp("a"))
	ip(t, "link set dev b down")
	l.until("a has no carrier", not(isUp("a")))
	ip(t, "link set dev b up")
	l.until("a is up again", isUp("a"))
	ip(t, "link set dev a down")
	l.until("a is down", not(isUp("a")))
	ip(t, "link set dev a name renamed")
	l.until("renamed", func() bool { return exists("renamed")() && !exists("a")() })
	ip(t, "link set dev renamed arp off mtu 1300 address 02:00:00:00:00:0f")
	l.until("changed", func() bool {
		link, _ := l.p.Link("renamed")
		return link.NoARP && link.MTU == 1300 && link.MAC.String() == "02:00:00:00:00:0f"
	})
	ip(t, "link del dev renamed")
	l.until("gone", func() bool { return !exists("renamed")() && !exists("b")() })
	ip(t, "link add name a type veth peer name b")
	l.until("there again", exists("a"))
	if link, _ := l.p.Link("a"); link.Index == a {
		t.Errorf("a has its old index %d", a)
	}
}

func TestMonitorHearsAddresses(t *testing.T) {
	a, _ := namespace(t)
	l := listening(t, openMonitor(t))
	ip(t, "addr add 10.0.0.1/24 dev a")
	l.until("address", l.has(a, "10.0.0.1/24"))
	if src := l.p.Source(a, false, func(a AddrChange) bool { return a.Ours }); src != netip.MustParseAddr("10.0.0.1") {
		t.Errorf("source: got %v", src)
	}
	ip(t, "addr add 192.0.2.1 peer 192.0.2.2/32 dev a")
	peer := Addr{Index: a, Prefix: netip.MustParsePrefix("192.0.2.1/32"), Peer: netip.MustParseAddr("192.0.2.2")}
	l.until("point to point", func() bool { return l.p.Has(peer) })
	ip(t, "addr add 2001:db8::1/64 dev a nodad")
	l.until("IPv6", l.has(a, "2001:db8::1/64"))
	ip(t, "addr del 10.0.0.1/24 dev a")
	l.until("deleted", not(l.has(a, "10.0.0.1/24")))
	ip(t, "addr flush dev a")
	l.until("flushed", func() bool {
		return !l.p.Has(peer) && !l.has(a, "2001:db8::1/64")()
	})
}

// TestMonitorKnowsOurAddresses: what Addrs adds carries the mark, and what a user adds does
// not, so that a virtual address is never taken for the primary one.
func TestMonitorKnowsOurAddresses(t *testing.T) {
	a, _ := namespace(t)
	addrs := openKernel(t)
	must(t, addrs, []Op{{Add: true, Addr: at(addr(a, "10.0.0.100/32"))}, {Add: true, Addr: at(addr(a, "2001:db8::100/64"))}})
	ip(t, "addr add 10.0.0.1/24 dev a")
	l := listening(t, openMonitor(t))
	l.until("all", l.has(a, "10.0.0.1/24"))
	if src := l.p.Source(a, false, func(a AddrChange) bool { return a.Ours }); src != netip.MustParseAddr("10.0.0.1") {
		t.Errorf("source: got %v", src)
	}
	for c := range l.p.addrs[a].all() {
		if want := c.Prefix != netip.MustParsePrefix("10.0.0.1/24"); c.Ours != want {
			t.Errorf("%s: ours is %v, want %v", c.Prefix, c.Ours, want)
		}
	}
}

// TestMonitorBatches: changes that come while nobody listens are told together.
func TestMonitorBatches(t *testing.T) {
	a, _ := namespace(t)
	addrs := openKernel(t)
	l := listening(t, openMonitor(t))
	l.until("resync", func() bool { return len(l.heard) > 0 })
	var want []Addr
	for i := range 100 {
		want = append(want, Addr{Index: a, Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 32)})
	}
	must(t, addrs, Plan(Holdings{}, Holdings{Addrs: want}))
	seen := 0
	batches := 0
	for seen < len(want) {
		select {
		case evs := <-l.batch:
			batches++
			seen += len(evs)
		case <-time.After(10 * time.Second):
			t.Fatalf("heard %d of %d", seen, len(want))
		}
	}
	// The first datagram may be told alone; the kernel had sent the others by then.
	if batches > len(want)/2 {
		t.Errorf("%d changes came in %d batches", seen, batches)
	}
}

// TestMonitorSurvivesLostMessages lets the kernel drop most of what happens. The picture
// must be true in the end all the same.
func TestMonitorSurvivesLostMessages(t *testing.T) {
	a, _ := namespace(t)
	addrs := openKernel(t)
	m := openMonitor(t)
	err := m.nl.rc.Control(func(fd uintptr) {
		if err := unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 4096); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	l := listening(t, m)
	l.until("resync", func() bool { return len(l.heard) > 0 })
	l.heard = nil
	var all []Addr
	for i := range 300 {
		all = append(all, Addr{Index: a, Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 32)})
	}
	must(t, addrs, Plan(Holdings{}, Holdings{Addrs: all})) // nobody reads
	must(t, addrs, Plan(Holdings{Addrs: all}, Holdings{Addrs: all[250:]}))
	ip(t, "link set dev a mtu 1234")
	l.until("the truth", func() bool {
		link, _ := l.p.Link("a")
		return link.MTU == 1234 && len(l.p.addrs[a].at) == 50
	})
	resyncs := 0
	for _, ev := range l.heard {
		if _, ok := ev.(Resync); ok {
			resyncs++
		}
	}
	if resyncs == 0 {
		t.Error("nothing was lost: the test tests nothing")
	}
	ip(t, "addr add 192.0.2.1/32 dev a")
	l.until("it goes on", l.has(a, "192.0.2.1/32"))
}

func TestMonitorEndsWithItsContext(t *testing.T) {
	namespace(t)
	tests := []struct {
		name   string
		cancel func(cancel context.CancelFunc, emitted <-chan struct{})
	}{
		{"before", func(cancel context.CancelFunc, _ <-chan struct{}) { cancel() }},
		{"while it waits", func(cancel context.CancelFunc, emitted <-chan struct{}) { <-emitted; cancel() }},
	}
	for _, tt := range tests { // no subtests: they would leave the thread and its namespace
		m := openMonitor(t)
		ctx, cancel := context.WithCancel(t.Context())
		emitted := make(chan struct{}, 1)
		var g errgroup.Group
		g.Go(func() error { return m.Run(ctx, func([]Event) { emitted <- struct{}{} }) })
		tt.cancel(cancel, emitted)
		if err := g.Wait(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		cancel()
	}
}

func TestMonitorClosed(t *testing.T) {
	m := openMonitor(t)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := m.Run(t.Context(), func([]Event) {}); err == nil {
		t.Error("Run on a closed Monitor succeeded")
	}
}
