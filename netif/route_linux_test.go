// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// routed gives an interface addresses of both families and a way to 10.0.0.2 and fd00::2.
func routed(t testing.TB) (a, b int) {
	t.Helper()
	a, b = namespace(t)
	ip(t, "link set lo up")
	ip(t, "addr add 10.0.0.1/24 dev a")
	ip(t, "addr add 10.1.0.1/24 dev b")
	ip(t, "addr add fd00::1/64 dev a nodad")
	return a, b
}

// listed is what ip(8) lists with our protocol, the ways of a route behind it, sorted.
func listed(t testing.TB, args string) []string {
	t.Helper()
	var lines []string
	text := strings.ReplaceAll(ip(t, args), "\n\t", " ")
	for line := range strings.Lines(text) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	slices.Sort(lines)
	return lines
}

func ourRoutes(t testing.TB) []string {
	t.Helper()
	return append(listed(t, "-d -4 route show table all proto 18"), listed(t, "-d -6 route show table all proto 18")...)
}

func ourRules(t testing.TB) []string {
	t.Helper()
	lines := append(listed(t, "-d -4 rule"), listed(t, "-d -6 rule")...)
	return slices.DeleteFunc(lines, func(l string) bool { return strings.HasSuffix(l, " proto kernel") })
}

func route(dst string, hops ...NextHop) Route {
	return Route{Dst: netip.MustParsePrefix(dst), Table: unix.RT_TABLE_MAIN, Type: unix.RTN_UNICAST, Protocol: Protocol, Hops: hops}
}

func with(r Route, f func(*Route)) Route {
	f(&r)
	return r
}

func via(gateway string, index int) NextHop {
	return NextHop{Via: netip.MustParseAddr(gateway), Index: index}
}

// TestRoutesAreAsIPShowsThem adds each route, looks at it with ip(8), adds it again, and
// deletes it.
func TestRoutesAreAsIPShowsThem(t *testing.T) {
	a, b := routed(t)
	k := openKernel(t)
	high := uint8(1)
	on := true
	tests := []struct {
		name  string
		route Route
		want  string
	}{
		{"gateway", route("203.0.113.0/28", via("10.0.0.2", 0)), "unicast 203.0.113.0/28 via 10.0.0.2 dev a table main scope global"},
		{"interface", with(route("203.0.113.0/28", NextHop{Index: a}), func(r *Route) { r.Scope, r.Table = unix.RT_SCOPE_LINK, 100 }), "unicast 203.0.113.0/28 dev a table 100 scope link"},
		{"table beyond 255", with(route("203.0.113.0/28", NextHop{Index: a}), func(r *Route) { r.Table = 4711 }), "unicast 203.0.113.0/28 dev a table 4711 scope global"},
		{"default", with(route("0.0.0.0/0", via("10.0.0.2", a)), func(r *Route) { r.Metric = 1000 }), "unicast default via 10.0.0.2 dev a table main scope global metric 1000"},
		{"source, class, metric", with(route("203.0.113.0/28", via("10.0.0.2", a)), func(r *Route) {
			r.Src, r.TOS, r.Metric = netip.MustParseAddr("10.0.0.1"), 0x10, 77
		}), "unicast 203.0.113.0/28 tos 0x10 via 10.0.0.2 dev a table main scope global src 10.0.0.1 metric 77"},
		{"blackhole", with(route("203.0.113.0/28"), func(r *Route) { r.Type = unix.RTN_BLACKHOLE }), "blackhole 203.0.113.0/28 table main scope global"},
		{"local", with(route("203.0.113.0/28", NextHop{Index: a}), func(r *Route) { r.Type, r.Scope = unix.RTN_LOCAL, unix.RT_SCOPE_HOST }), "local 203.0.113.0/28 dev a table main scope host"},
		{"on link", route("203.0.113.0/28", NextHop{Via: netip.MustParseAddr("10.9.9.9"), Index: a, OnLink: true}), "unicast 203.0.113.0/28 via 10.9.9.9 dev a table main scope global onlink"},
		{"gateway of the other family", route("203.0.113.0/28", via("fe80::2", a)), "unicast 203.0.113.0/28 via inet6 fe80::2 dev a table main scope global"},
		{"several ways", route("203.0.113.0/28",
			NextHop{Via: netip.MustParseAddr("10.0.0.2"), Index: a, Weight: 2},
			NextHop{Via: netip.MustParseAddr("10.9.0.2"), Index: b, Weight: 256, OnLink: true, Realms: 7},
		), "unicast 203.0.113.0/28 table main scope global nexthop via 10.0.0.2 dev a weight 2 nexthop via 10.9.0.2 realm 7 dev b weight 256 onlink"},
		{"metrics", with(route("203.0.113.0/28", NextHop{Via: netip.MustParseAddr("10.0.0.2"), Realms: 3<<16 | 4}), func(r *Route) {
			for id, v := range map[uint16]uint32{
				unix.RTAX_MTU: 1400, unix.RTAX_WINDOW: 1000, unix.RTAX_RTT: 1600, unix.RTAX_RTTVAR: 800, unix.RTAX_SSTHRESH: 20,
				unix.RTAX_CWND: 10, unix.RTAX_ADVMSS: 1300, unix.RTAX_REORDERING: 4, unix.RTAX_HOPLIMIT: 33, unix.RTAX_INITCWND: 12,
				unix.RTAX_FEATURES: 1, unix.RTAX_RTO_MIN: 200, unix.RTAX_INITRWND: 14, unix.RTAX_QUICKACK: 1, unix.RTAX_FASTOPEN_NO_COOKIE: 1,
			} {
				r.Metrics = append(r.Metrics, Metric{ID: id, Value: v, Lock: id == unix.RTAX_CWND || id == unix.RTAX_ADVMSS})
			}
			r.CongCtl = "reno"
		}), "unicast 203.0.113.0/28 via 10.0.0.2 dev a table main scope global realms 3/4 mtu 1400 window 1000 rtt 200ms rttvar 200ms " +
			"ssthresh 20 cwnd lock 10 advmss lock 1300 reordering 4 hoplimit 33 initcwnd 12 features ecn rto_min 200ms initrwnd 14 quickack 1 congctl reno fastopen_no_cookie 1"},
		{"IPv6 gateway", route("fd07::/64", via("fd00::2", 0)), "unicast fd07::/64 via fd00::2 dev a table main scope global metric 1024 pref medium"},
		{"IPv6 with all", with(route("fd08::/64", NextHop{Index: a}), func(r *Route) {
			r.Metric, r.Pref, r.TTLPropagate = 33, &high, &on
			r.Metrics = []Metric{{ID: unix.RTAX_MTU, Value: 1300, Lock: true}}
		}), "unicast fd08::/64 dev a table main scope global metric 33 mtu lock 1300 pref high"},
		{"IPv6 blackhole", with(route("fd09::/64"), func(r *Route) { r.Type = unix.RTN_BLACKHOLE }), "blackhole fd09::/64 dev lo table main scope global metric 1024 pref medium"},
		{"IPv6 default", route("::/0", via("fe80::2", a)), "unicast default via fe80::2 dev a table main scope global metric 1024 pref medium"},
		{"IPv6 from a prefix", with(route("fd0a::/64", via("fd00::2", 0)), func(r *Route) { r.From = netip.MustParsePrefix("fd01::/64") }), "unicast fd0a::/64 from fd01::/64 via fd00::2 dev a table main scope global metric 1024 pref medium"},
		{"IPv6 with several ways", route("fd0b::/64", via("fd00::2", a), via("fd00::3", a)), "unicast fd0b::/64 table main scope global metric 1024 pref medium nexthop via fd00::2 dev a weight 1 nexthop via fd00::3 dev a weight 1"},
		{"tunnel", route("203.0.113.0/28", NextHop{Index: a, Encap: &Encap{
			Type: unix.LWTUNNEL_ENCAP_IP, ID: 7, Dst: netip.MustParseAddr("192.0.2.1"), Src: netip.MustParseAddr("192.0.2.2"), TOS: 4, TTL: 9,
		}}), "unicast 203.0.113.0/28 encap ip id 7 src 192.0.2.2 dst 192.0.2.1 ttl 9 tos 4 dev a table main scope global"},
	}
	for _, tt := range tests {
		ops := Plan(Holdings{}, Holdings{Routes: []Route{tt.route}})
		if err := k.Apply(ops)[0]; err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff([]string{tt.want}, ourRoutes(t)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
		must(t, k, ops) // again: it is there
		must(t, k, Plan(Holdings{Routes: []Route{tt.route}}, Holdings{}))
		if left := ourRoutes(t); len(left) > 0 {
			t.Errorf("%s: left behind: %v", tt.name, left)
			ip(t, "route flush proto 18")
			ip(t, "-6 route flush proto 18")
		}
	}
}

// TestRouteExpires: the rest of the time is shown, so that the number is not compared.
func TestRouteExpires(t *testing.T) {
	a, _ := routed(t)
	k := openKernel(t)
	r := with(route("fd08::/64", NextHop{Index: a}), func(r *Route) { r.Expires = 600 })
	must(t, k, Plan(Holdings{}, Holdings{Routes: []Route{r}}))
	if got := ourRoutes(t); len(got) != 1 || !strings.Contains(got[0], " expires ") {
		t.Errorf("got %v, want one that expires", got)
	}
	must(t, k, Plan(Holdings{Routes: []Route{r}}, Holdings{}))
	if left := ourRoutes(t); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestRouteIsPutBeside: an equal route of somebody else stays, before or behind ours, and after
// it.
func TestRouteIsPutBeside(t *testing.T) {
	tests := []struct {
		name   string
		create Create
		want   []string
	}{
		{"prepend", Prepend, []string{"203.0.113.0/28 via 10.0.0.2 dev a proto 18", "203.0.113.0/28 via 10.0.0.2 dev a"}},
		{"append", Append, []string{"203.0.113.0/28 via 10.0.0.2 dev a", "203.0.113.0/28 via 10.0.0.2 dev a proto 18"}},
		{"add", AddOnly, []string{"203.0.113.0/28 via 10.0.0.2 dev a"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			routed(t)
			k := openKernel(t)
			ip(t, "route add 203.0.113.0/28 via 10.0.0.2")
			r := with(route("203.0.113.0/28", via("10.0.0.2", 0)), func(r *Route) { r.Create = tt.create })
			must(t, k, Plan(Holdings{}, Holdings{Routes: []Route{r}}))
			show := func() []string {
				return strings.Split(strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(ip(t, "route show 203.0.113.0/28"), "keepalived", "18"), " \n", "\n")), "\n")
			}
			if diff := cmp.Diff(tt.want, show()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			must(t, k, Plan(Holdings{Routes: []Route{r}}, Holdings{}))
			if diff := cmp.Diff([]string{"203.0.113.0/28 via 10.0.0.2 dev a"}, show()); diff != "" {
				t.Errorf("afterwards (-want +got)\n%s", diff)
			}
		})
	}
}

func rule(family int, priority uint32, f func(*Rule)) Rule {
	r := Rule{Family: family, Priority: priority, Protocol: Protocol, Action: unix.FR_ACT_TO_TBL, Table: 100}
	f(&r)
	return r
}

func ptr[T any](v T) *T { return &v }

func TestRulesAreAsIPShowsThem(t *testing.T) {
	routed(t)
	k := openKernel(t)
	tests := []struct {
		name string
		rule Rule
		want string
	}{
		{"from", rule(4, 1000, func(r *Rule) { r.From = netip.MustParsePrefix("10.3.0.0/16") }), "1000: from 10.3.0.0/16 lookup 100 proto 18"},
		{"to, large table", rule(4, 1001, func(r *Rule) { r.To, r.Table = netip.MustParsePrefix("10.4.0.0/16"), 4711 }), "1001: from all to 10.4.0.0/16 lookup 4711 proto 18"},
		{"not, with all selectors", rule(4, 1002, func(r *Rule) {
			r.Not, r.From, r.TOS, r.IIF, r.OIF = true, netip.MustParsePrefix("10.5.0.0/16"), 0x10, "a", "b"
			r.Mark, r.Mask = ptr[uint32](7), ptr[uint32](0xff)
		}), "1002: not from 10.5.0.0/16 tos 0x10 fwmark 0x7/0xff iif a oif b lookup 100 proto 18"},
		{"blackhole", rule(4, 1003, func(r *Rule) { r.Action, r.Table = unix.FR_ACT_BLACKHOLE, 0 }), "1003: from all blackhole proto 18"},
		{"unreachable", rule(4, 1004, func(r *Rule) { r.Action, r.Table = unix.FR_ACT_UNREACHABLE, 0 }), "1004: from all unreachable proto 18"},
		{"prohibit", rule(4, 1005, func(r *Rule) { r.Action, r.Table = unix.FR_ACT_PROHIBIT, 0 }), "1005: from all prohibit proto 18"},
		{"goto", rule(4, 1006, func(r *Rule) { r.Action, r.Table, r.Goto = unix.FR_ACT_GOTO, 0, 32766 }), "1006: from all goto 32766 proto 18"},
		{"nop", rule(4, 1007, func(r *Rule) { r.Action, r.Table = unix.FR_ACT_NOP, 0 }), "1007: from all nop proto 18"},
		{"ports, protocol, users", rule(4, 1008, func(r *Rule) {
			r.IPProto, r.SPorts, r.DPorts, r.UIDs = ptr[uint8](6), &Range{10, 20}, &Range{80, 80}, &Range{5, 6}
		}), "1008: from all uidrange 5-6 ipproto tcp sport 10-20 dport 80 lookup 100 proto 18"},
		{"suppressors and realms", rule(4, 1009, func(r *Rule) {
			r.SuppressLen, r.SuppressGroup, r.Realms, r.Table = ptr[uint32](8), ptr[uint32](3), 5<<16|6, 1000
		}), "1009: from all lookup 1000 suppress_prefixlength 8 suppress_ifgroup 3 realms 5/6 proto 18"},
		{"tunnel", rule(4, 1010, func(r *Rule) { r.TunnelID = ptr[uint64](1 << 40) }), "1010: from all tun_id 1099511627776 lookup 100 proto 18"},
		{"l3mdev", rule(4, 1011, func(r *Rule) { r.L3MDev, r.Table = true, 0 }), "1011: from all lookup [l3mdev-table] proto 18"},
		{"IPv6", rule(6, 2000, func(r *Rule) { r.From = netip.MustParsePrefix("fd10::/64") }), "2000: from fd10::/64 lookup 100 proto 18"},
	}
	for _, tt := range tests {
		ops := Plan(Holdings{}, Holdings{Rules: []Rule{tt.rule}})
		if err := k.Apply(ops)[0]; err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff([]string{tt.want}, renumbered(ourRules(t))); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
		must(t, k, ops) // again: it is there
		if got := ourRules(t); len(got) != 1 {
			t.Errorf("%s: added twice: %v", tt.name, got)
		}
		must(t, k, Plan(Holdings{Rules: []Rule{tt.rule}}, Holdings{}))
		if left := ourRules(t); len(left) > 0 {
			t.Fatalf("%s: left behind: %v", tt.name, left)
		}
	}
}

// renumbered undoes a name that rt_protos may give our number.
func renumbered(lines []string) []string {
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], "proto keepalived", "proto 18")
	}
	return lines
}

// TestRuleIsPutBeside: an equal rule of somebody else stays.
func TestRuleIsPutBeside(t *testing.T) {
	routed(t)
	k := openKernel(t)
	ip(t, "rule add from 10.3.0.0/16 table 100 priority 1000")
	r := rule(4, 1000, func(r *Rule) { r.From = netip.MustParsePrefix("10.3.0.0/16") })
	must(t, k, Plan(Holdings{}, Holdings{Rules: []Rule{r}}))
	if got := ourRules(t); len(got) != 2 {
		t.Errorf("got %v, want two rules", got)
	}
	must(t, k, Plan(Holdings{Rules: []Rule{r}}, Holdings{}))
	if got := ourRules(t); len(got) != 1 || strings.HasSuffix(renumbered(got)[0], "proto 18") {
		t.Errorf("got %q, want the other's rule", got)
	}
}

// TestAddressesOfAllKinds adds, looks at and deletes each; a peer must be named for that.
func TestAddressesOfAllKinds(t *testing.T) {
	a, _ := namespace(t)
	k := openKernel(t)
	tests := []struct {
		name string
		addr func(*Addr)
		at   string
		want string
	}{
		{"peer", func(a *Addr) { a.Peer = netip.MustParseAddr("10.0.9.1") }, "10.0.0.107/32", "inet 10.0.0.107 peer 10.0.9.1/32 scope global a valid_lft forever preferred_lft forever"},
		{"no prefix route", func(a *Addr) { a.NoPrefixRoute = true }, "10.0.0.1/24", "inet 10.0.0.1/24 scope global noprefixroute a valid_lft forever preferred_lft forever"},
		{"IPv6", func(*Addr) {}, "fd00::1/64", "inet6 fd00::1/64 scope global nodad valid_lft forever preferred_lft forever"},
		{"IPv6 peer", func(a *Addr) { a.Peer = netip.MustParseAddr("fd00::2") }, "fd00::1/128", "inet6 fd00::1 peer fd00::2/128 scope global nodad valid_lft forever preferred_lft forever"},
		{"deprecated", func(a *Addr) { a.Deprecated = true }, "fd00::1/128", "inet6 fd00::1/128 scope global nodad deprecated valid_lft forever preferred_lft 0sec"},
		{"flags", func(a *Addr) { a.Home, a.MngTmpAddr, a.NoPrefixRoute = true, true, true }, "fd00::1/64", "inet6 fd00::1/64 scope global nodad home mngtmpaddr noprefixroute valid_lft forever preferred_lft forever"},
		{"auto join", func(a *Addr) { a.AutoJoin = true }, "ff05::77/128", "inet6 ff05::77/128 scope site nodad autojoin valid_lft forever preferred_lft forever"},
		{"link-local", func(*Addr) {}, "fe80::100/64", "inet6 fe80::100/64 scope link nodad valid_lft forever preferred_lft forever"},
	}
	for _, tt := range tests {
		item := addr(a, tt.at)
		tt.addr(&item)
		h := Holdings{Addrs: []Addr{item}}
		ops := Plan(Holdings{}, h)
		if err := k.Apply(ops)[0]; err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff([]string{tt.want}, longAddrs(t, "a")); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
		must(t, k, ops) // again: it is there
		must(t, k, Plan(h, Holdings{}))
		if left := longAddrs(t, "a"); len(left) > 0 {
			t.Fatalf("%s: left behind: %v", tt.name, left)
		}
	}
}

// longAddrs is what ip(8) shows of addresses, with the life times.
func longAddrs(t testing.TB, dev string) []string {
	t.Helper()
	var lines []string
	for line := range strings.Lines(ip(t, "-o addr show dev "+dev)) {
		lines = append(lines, strings.Join(strings.Fields(strings.ReplaceAll(line, "\\", " "))[2:], " "))
	}
	return lines
}

// TestPreferredLifetime counts down, so that the number is not compared; DAD is asked for.
func TestPreferredLifetime(t *testing.T) {
	a, _ := namespace(t)
	k := openKernel(t)
	item := addr(a, "fd00::1/64")
	item.Preferred, item.DAD = 600, true
	must(t, k, []Op{{Add: true, Addr: &item}})
	got := strings.Join(longAddrs(t, "a"), "\n")
	if !strings.Contains(got, "preferred_lft 6") && !strings.Contains(got, "preferred_lft 5") || strings.Contains(got, "nodad") {
		t.Errorf("got %q", got)
	}
}

// TestAddressCarriesOurNumber reads IFA_PROTO back.
func TestAddressCarriesOurNumber(t *testing.T) {
	a, _ := namespace(t)
	k := openKernel(t)
	must(t, k, []Op{{Add: true, Addr: at(addr(a, "10.0.0.100/24"))}})
	l := listening(t, openMonitor(t))
	l.until("all", func() bool { return l.p.Marked(addr(a, "10.0.0.100/24")) })
}

// TestOneBatchOfAllKinds: routes and rules come with the addresses that they need, and go
// before them.
func TestOneBatchOfAllKinds(t *testing.T) {
	a, _ := routed(t)
	k := openKernel(t)
	h := Holdings{
		Addrs:  []Addr{addr(a, "10.0.0.100/24")},
		Routes: []Route{with(route("0.0.0.0/0", via("10.0.0.2", a)), func(r *Route) { r.Src, r.Table = netip.MustParseAddr("10.0.0.100"), 100 })},
		Rules:  []Rule{rule(4, 1000, func(r *Rule) { r.From = netip.MustParsePrefix("10.0.0.100/32") })},
	}
	before := listed(t, "-4 route show table all")
	must(t, k, Plan(Holdings{}, h))
	if got := append(ourRoutes(t), ourRules(t)...); len(got) != 2 {
		t.Errorf("got %v", got)
	}
	must(t, k, Plan(h, Holdings{}))
	if got := append(ourRoutes(t), ourRules(t)...); len(got) != 0 {
		t.Errorf("left behind: %v", got)
	}
	if diff := cmp.Diff(before, listed(t, "-4 route show table all")); diff != "" {
		t.Errorf("(-before +after)\n%s", diff)
	}
}

// TestPlanKeepsRoutesOfAnAddress: the kernel drops IPv4 routes with their source address, and
// Plan adds kept ones again.
func TestPlanKeepsRoutesOfAnAddress(t *testing.T) {
	a, _ := routed(t)
	k := openKernel(t)
	old, now := addr(a, "192.0.2.1/24"), addr(a, "192.0.2.1/25")
	r := with(route("203.0.113.0/28", NextHop{Index: a}), func(r *Route) { r.Src = netip.MustParseAddr("192.0.2.1") })
	have := Holdings{Addrs: []Addr{old}, Routes: []Route{r}}
	must(t, k, Plan(Holdings{}, have))
	must(t, k, Plan(have, Holdings{Addrs: []Addr{now}, Routes: []Route{r}}))
	if got := ourRoutes(t); len(got) != 1 {
		t.Errorf("got %v, want the route", got)
	}
}

// TestRouteErrorNamesIt: the log must say which line of the configuration it is.
func TestRouteErrorNamesIt(t *testing.T) {
	routed(t)
	k := openKernel(t)
	err := k.Apply(Plan(Holdings{}, Holdings{Routes: []Route{route("203.0.113.0/28", via("172.16.0.1", 0))}}))[0]
	if err == nil || !strings.HasPrefix(err.Error(), "add route unicast 203.0.113.0/28 proto 18 via 172.16.0.1: network is unreachable") {
		t.Errorf("got %v", err)
	}
}

// A route that the kernel refuses is named with its interfaces.
func TestRefusedRouteIsNamed(t *testing.T) {
	a, _ := namespace(t)
	r := Route{
		Dst: netip.MustParsePrefix("198.51.100.0/24"), Type: unix.RTN_UNICAST, Table: unix.RT_TABLE_MAIN, Protocol: Protocol,
		Hops: []NextHop{{Via: netip.MustParseAddr("203.0.113.9"), Index: a}},
	}
	errs := openKernel(t).Apply([]Op{{Add: true, Route: &r}})
	if errs[0] == nil || !strings.Contains(errs[0].Error(), "via 203.0.113.9 dev a: ") {
		t.Errorf("%v, want the name of the interface", errs[0])
	}
}
