// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"testing"
)

func u32p(n uint32) *uint32 { return &n }
func yes() *bool            { b := true; return &b }
func no() *bool             { return new(bool) }

// routeLine reads one route.
func routeLine(line string, static bool) ([]Route, []string) {
	c := newCollector()
	d := newDecoder(c)
	d.draft.trackGroups = []*TrackGroup{{Name: "g"}}
	got := d.routes([]*Node{nodeOf(c, line)}, static)
	for i := range got {
		got[i].Pos = Pos{}
	}
	return got, said(c.list)
}

func TestRoute(t *testing.T) {
	t.Parallel()
	p, a := netip.MustParsePrefix, netip.MustParseAddr
	base := func(f func(*Route)) *Route {
		r := Route{Family: IPv4, Dst: p("10.1.0.0/16"), Protocol: Named{ID: 18}}
		f(&r)
		return &r
	}
	six := func(f func(*Route)) *Route {
		r := Route{Family: IPv6, Dst: p("fd00::/64"), Protocol: Named{ID: 18}}
		f(&r)
		return &r
	}
	tests := []struct {
		in    string
		want  *Route // nil: dropped
		codes []string
	}{
		{in: "10.1.0.0/16", want: base(func(*Route) {})},
		{in: "to 10.1.0.0/16 via 10.0.0.1 dev eth0", want: base(func(r *Route) { r.Via, r.Dev = a("10.0.0.1"), "eth0" })},
		{in: "default via 10.0.0.1", want: base(func(r *Route) { r.Dst, r.Via = p("0.0.0.0/0"), a("10.0.0.1") })},
		{in: "any via fd00::1", want: six(func(r *Route) { r.Dst, r.Via = p("::/0"), a("fd00::1") })},
		{in: "inet6 to default", want: six(func(r *Route) { r.Dst = p("::/0") })},
		{in: "default6 dev eth0", want: six(func(r *Route) { r.Dst, r.Dev = p("::/0"), "eth0" }), codes: []string{"1:1 note deprecated"}},
		{in: "inet 10.1.0.0/16", want: base(func(*Route) {}), codes: []string{"1:1 note deprecated"}},
		{in: "blackhole 10.1.0.0/16", want: base(func(r *Route) { r.Type = "blackhole" })},
		{in: "7 10.1.0.0/16", want: base(func(r *Route) { r.Type = "7" })},
		{in: "to unreachable 10.1.0.0/16", want: base(func(r *Route) { r.Type = "unreachable" })},
		{in: "10.1.0.0/33", want: base(func(r *Route) { r.Dst = p("10.1.0.0/32") }), codes: []string{"1:1 error number"}},
		{in: "10.1.0.0/16 table 100 scope link tos 0x10 metric 5", want: base(func(r *Route) {
			r.Table, r.Scope, r.TOS, r.Metric = Named{ID: 100}, &Named{"link", 253}, Named{ID: 16}, u32p(5)
		})},
		{in: "10.1.0.0/16 table main", want: base(func(r *Route) { r.Table = Named{"main", 254} })},
		{in: "10.1.0.0/16 table uplink", want: base(func(r *Route) { r.Table = Named{"uplink", unknownID} })},
		{in: "10.1.0.0/16 protocol static no_track", want: base(func(r *Route) { r.Protocol, r.NoTrack = Named{"static", 4}, true })},
		{in: "10.1.0.0/16 protocol static", want: base(func(*Route) {}), codes: []string{"1:13 warning adjusted"}},
		{in: "10.1.0.0/16 mtu lock 1400 advmss 1000 hoplimit 64 initcwnd 10", want: base(func(r *Route) {
			r.Metrics = []RouteMetric{{"mtu", 1400, true}, {"advmss", 1000, false}, {"hoplimit", 64, false}, {"initcwnd", 10, false}}
		})},
		{in: "10.1.0.0/16 rtt 1s rttvar 300ms rto_min 250msecs", want: base(func(r *Route) {
			r.Metrics = []RouteMetric{{"rtt", 8000, false}, {"rttvar", 1200, false}, {"rto_min", 250, false}}
		})},
		{in: "10.1.0.0/16 rto_min 10ms", want: base(func(r *Route) { r.Metrics = []RouteMetric{{"rto_min", 200, false}} }), codes: []string{"1:21 warning adjusted"}},
		{in: "10.1.0.0/16 rtt 2000", want: base(func(r *Route) { r.Metrics = []RouteMetric{{"rtt", 2000, false}} })},
		{in: "10.1.0.0/16 features ecn quickack 1 fastopen_no_cookie 0 ttl-propagate enabled congctl lock cubic", want: base(func(r *Route) {
			r.ECN, r.QuickACK, r.FastOpen, r.TTLProp, r.CongCtl, r.CongLock = true, yes(), no(), yes(), "cubic", true
		})},
		{in: "10.1.0.0/16 realms 1/2 onlink append", want: base(func(r *Route) { r.Realms, r.OnLink, r.Create = "1/2", true, "append" })},
		{in: "fd00::/64 from fd01::/64 expires 5 pref low", want: six(func(r *Route) { r.From, r.Expires, r.Pref = p("fd01::/64"), u32p(5), "low" })},
		{in: "10.1.0.0/16 gw 10.0.0.1", want: base(func(r *Route) { r.Via = a("10.0.0.1") }), codes: []string{"1:13 warning deprecated"}},
		{
			in: "10.1.0.0/16 via 10.0.0.1 or 10.0.0.2 dev eth0", codes: []string{"1:26 warning deprecated"},
			want: base(func(r *Route) {
				r.Dev, r.NextHops = "eth0", []NextHop{{Via: a("10.0.0.1"), Dev: "eth0"}, {Via: a("10.0.0.2"), Dev: "eth0"}}
			}),
		},
		{in: "10.1.0.0/16 nexthop via 10.0.0.1 dev eth0 weight 5 onlink nexthop dev eth1", want: base(func(r *Route) {
			r.NextHops = []NextHop{{Via: a("10.0.0.1"), Dev: "eth0", Weight: 5, OnLink: true}, {Dev: "eth1", Weight: 1}}
		})},
		{in: "10.1.0.0/16 encap ip id 5 dst fd00::1 ttl 9 dev eth0", want: base(func(r *Route) {
			r.Encap, r.Dev = &Encap{Kind: "ip", ID: 5, Dst: a("fd00::1"), TTL: 9}, "eth0"
		})},
		{in: "10.1.0.0/16 encap mpls 100/200", want: base(func(r *Route) { r.Encap = &Encap{Kind: "mpls", Labels: []uint32{100, 200}} })},
		{in: "10.1.0.0/16 encap ila 1:2:3:4", want: base(func(r *Route) { r.Encap = &Encap{Kind: "ila", Locator: "1:2:3:4"} })},

		{in: "via 10.0.0.1", codes: []string{"1:1 error value"}},
		{in: "10.1.0.0/16 vai 10.0.0.1", codes: []string{"1:13 error value"}},
		{in: "10.1.0.0/16 via x", codes: []string{"1:17 error address"}},
		{in: "10.1.0.0/16 via fd00::1", codes: []string{"1:17 error address-family"}},
		{in: "10.1.0.0/16 via", codes: []string{"1:13 fatal missing-argument"}},
		{in: "10.1.0.0/16 metric x", codes: []string{"1:20 error number"}},
		{in: "10.1.0.0/16 hoplimit 256", codes: []string{"1:22 error number"}},
		{in: "10.1.0.0/16 expires 5", codes: []string{"1:1 error address-family"}},
		{in: "10.1.0.0/16 quickack 2", codes: []string{"1:22 error value"}},
		{in: "10.1.0.0/16 rtt 10x", codes: []string{"1:17 error number"}},
		{in: "10.1.0.0/16 nexthop via 10.0.0.1 metric 5", codes: []string{"1:34 error value"}},
		{in: "10.1.0.0/16 nexthop weight 5", codes: []string{"1:13 error value"}},
		{in: "10.1.0.0/16 encap ip src 10.0.0.1", codes: []string{"1:19 error value"}},
		{in: "10.1.0.0/16 encap mpls x", codes: []string{"1:24 error value"}},
		{in: "10.1.0.0/16 encap gre", codes: []string{"1:19 error value"}},
		{in: "10.1.0.0/16 track_group g", codes: []string{"1:13 error value"}},
		{in: "10.1.0.0/16 as to 10.0.0.1", codes: []string{"1:13 error value"}},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			t.Parallel()
			var want []Route
			if tt.want != nil {
				want = []Route{*tt.want}
			}
			got, codes := routeLine(tt.in, false)
			diff(t, "diagnostics", tt.codes, codes)
			diff(t, "route", want, got)
		})
	}
}

func TestStaticRouteGroup(t *testing.T) {
	t.Parallel()
	got, codes := routeLine("10.1.0.0/16 dev eth0 track_group g", true)
	diff(t, "diagnostics", []string{}, codes)
	diff(t, "group", "g", got[0].TrackGroup)
	got, codes = routeLine("10.1.0.0/16 dev eth0 track_group h", true)
	diff(t, "diagnostics", []string{"1:34 error not-found"}, codes)
	diff(t, "routes", 0, len(got))
}
