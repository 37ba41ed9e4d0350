// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// gone gives the reports of deleted routes and rules heard so far.
func (l *listener) gone() []Event {
	var list []Event
	for _, ev := range l.heard {
		switch ev.(type) {
		case RouteGone, RuleGone:
			list = append(list, ev)
		}
	}
	return list
}

// settle takes events until one comes that is caused now, so that all earlier ones are known.
func (l *listener) settle(dev string) {
	l.t.Helper()
	ip(l.t, "link set dev "+dev+" mtu 1400")
	l.until("the end mark", func() bool {
		link, _ := l.p.Link(dev)
		return link.MTU == 1400
	})
	ip(l.t, "link set dev "+dev+" mtu 1500")
	l.until("after the end mark", func() bool {
		link, _ := l.p.Link(dev)
		return link.MTU == 1500
	})
}

// TestMonitorTellsOurRoutes: only deletions, only ours, only by others, only while asked for.
func TestMonitorTellsOurRoutes(t *testing.T) {
	routed(t)
	k := openKernel(t)
	m, err := OpenMonitor(k)
	if err != nil {
		t.Fatal(err)
	}
	l := listening(t, m)
	h := Holdings{
		Routes: []Route{route("203.0.113.0/28", via("10.0.0.2", 0)), route("fd07::/64", via("fd00::2", 0))},
		Rules: []Rule{
			rule(4, 1000, func(r *Rule) { r.From = netip.MustParsePrefix("10.3.0.0/16") }),
			rule(6, 1001, func(r *Rule) { r.From = netip.MustParsePrefix("fd10::/64") }),
		},
	}
	byHand := func() {
		must(t, k, Plan(Holdings{}, h))
		ip(t, "route add 198.51.100.0/24 via 10.0.0.2 proto static")
		ip(t, "rule add priority 1002 from 10.3.0.0/16 table 100")
		ip(t, "route del 198.51.100.0/24")
		ip(t, "rule del priority 1002")
		ip(t, "route del 203.0.113.0/28")
		ip(t, "-6 route del fd07::/64")
		ip(t, "rule del priority 1000")
		ip(t, "-6 rule del priority 1001")
		l.settle("b")
	}
	byHand()
	if got := l.gone(); got != nil {
		t.Errorf("told without being asked: %v", got)
	}
	if err := m.WatchRoutes(true); err != nil {
		t.Fatal(err)
	}
	byHand()
	want := []Event{
		RouteGone{h.Routes[0].ID()}, RouteGone{h.Routes[1].ID()}, RuleGone{h.Rules[0].ID()}, RuleGone{h.Rules[1].ID()},
	}
	if diff := cmp.Diff(want, l.gone(), sameAddrs...); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	l.heard = nil
	must(t, k, Plan(Holdings{}, h))
	must(t, k, Plan(h, Holdings{}))
	l.settle("b")
	if got := l.gone(); got != nil {
		t.Errorf("told of our own doing: %v", got)
	}
	if err := m.WatchRoutes(false); err != nil {
		t.Fatal(err)
	}
	byHand()
	if got := l.gone(); got != nil {
		t.Errorf("told after the end: %v", got)
	}
}

// TestMonitorKnowsOwnChanges: addresses that a Kernel of ours changes are marked.
func TestMonitorKnowsOwnChanges(t *testing.T) {
	a, _ := namespace(t)
	k := openKernel(t)
	m, err := OpenMonitor(k)
	if err != nil {
		t.Fatal(err)
	}
	l := listening(t, m)
	l.settle("b")
	l.heard = nil
	h := Holdings{Addrs: []Addr{addr(a, "10.0.0.100/24")}}
	must(t, k, Plan(Holdings{}, h))
	must(t, k, Plan(h, Holdings{}))
	ip(t, "addr add 10.0.0.200/24 dev a")
	ip(t, "addr del 10.0.0.200/24 dev a")
	l.settle("b")
	var got []bool
	for _, ev := range l.heard {
		if c, ok := ev.(AddrChange); ok {
			got = append(got, c.Own)
		}
	}
	if diff := cmp.Diff([]bool{true, true, false, false}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestMonitorIsDeafToForeignRoutes: thousands of foreign routes neither wake it nor fill its
// queue.
func TestMonitorIsDeafToForeignRoutes(t *testing.T) {
	a, _ := routed(t)
	m := openMonitor(t)
	defer m.Close()
	if err := m.WatchRoutes(true); err != nil {
		t.Fatal(err)
	}
	k := openKernel(t)
	var h Holdings
	for i := range 5000 {
		dst := netip.PrefixFrom(netip.AddrFrom4([4]byte{198, 18, byte(i >> 8), byte(i)}), 32)
		h.Routes = append(h.Routes, Route{Dst: dst, Table: 1000, Type: unix.RTN_UNICAST, Protocol: 186, Hops: []NextHop{{Index: a}}})
	}
	must(t, k, Plan(Holdings{}, h))
	must(t, k, Plan(h, Holdings{}))
	for {
		b, err := m.nl.receive()
		if errors.Is(err, unix.EAGAIN) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for msg := range messages(b) {
			if msg.Type == unix.RTM_NEWROUTE || msg.Type == unix.RTM_DELROUTE {
				t.Fatal("a foreign route was told")
			}
		}
	}
}
