// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"vipward/conf"
)

// resolver knows eth0 (2), eth1 (3), the VRF red with table 77, and one name of each table.
func resolver() Resolver {
	links := map[string]Link{"eth0": {Name: "eth0", Index: 2}, "eth1": {Name: "eth1", Index: 3}, "red": {Name: "red", Index: 4, Table: 77}}
	return Resolver{
		Link: func(name string) (Link, bool) { l, ok := links[name]; return l, ok },
		Name: func(kind, name string) (int64, bool) { return 42, name == "my-"+kind },
	}
}

func TestNewAddr(t *testing.T) {
	t.Parallel()
	four, six := netip.MustParsePrefix("10.0.0.1/24"), netip.MustParsePrefix("fd00::1/64")
	one := netip.MustParsePrefix("fd00::1/128")
	tests := []struct {
		name string
		conf conf.Address
		want string
	}{
		{"plain", conf.Address{Prefix: four}, "10.0.0.1/24 dev if2"},
		{"all of IPv4", conf.Address{
			Prefix: four, Label: "eth0:1", Scope: 253, Broadcast: netip.MustParseAddr("10.0.0.255"), NoPrefixRoute: true, AutoJoin: true,
		}, "10.0.0.1/24 dev if2 brd 10.0.0.255 scope 253 label eth0:1 noprefixroute autojoin"},
		{"IPv6 words of IPv4", conf.Address{Prefix: four, Home: true, MngTmpAddr: true, PreferredLft: ptr[uint32](0)}, "10.0.0.1/24 dev if2"},
		{"peer", conf.Address{Prefix: netip.MustParsePrefix("10.0.0.1/32"), Peer: netip.MustParseAddr("10.0.9.1")}, "10.0.0.1 peer 10.0.9.1/32 dev if2"},
		{"IPv6", conf.Address{Prefix: six}, "fd00::1/64 dev if2 nodad"},
		{"a whole one", conf.Address{Prefix: one}, "fd00::1/128 dev if2 preferred_lft 0 nodad"},
		{"a whole one for ever", conf.Address{Prefix: one, PreferredLft: ptr[uint32](conf.Forever)}, "fd00::1/128 dev if2 nodad"},
		{"for a time", conf.Address{Prefix: one, PreferredLft: ptr[uint32](60)}, "fd00::1/128 dev if2 preferred_lft 60 nodad"},
		{"never", conf.Address{Prefix: six, PreferredLft: ptr[uint32](0)}, "fd00::1/64 dev if2 preferred_lft 0 nodad"},
		{"all of IPv6", conf.Address{Prefix: six, DAD: true, Home: true, MngTmpAddr: true, Label: "x", Scope: 253}, "fd00::1/64 dev if2 home mngtmpaddr"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := NewAddr(tt.conf, 2).String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	if !NewAddr(conf.Address{Prefix: four, NoTrack: true}, 2).NoTrack {
		t.Error("no_track is lost")
	}
}

func TestResolverRoute(t *testing.T) {
	t.Parallel()
	dst, dst6 := netip.MustParsePrefix("203.0.113.5/28"), netip.MustParsePrefix("fd07::/64")
	gw, gw2 := netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("10.1.0.2")
	ours := conf.Named{ID: 18}
	tests := []struct {
		name string
		conf conf.Route
		want string // or the error
	}{
		{"gateway", conf.Route{Dst: dst, Via: gw, Protocol: ours}, "unicast 203.0.113.0/28 proto 18 via 10.0.0.2"},
		{"numbers", conf.Route{
			Dst: dst, Via: gw, Dev: "eth0", Protocol: ours, Table: conf.Named{ID: 100}, TOS: conf.Named{ID: 16}, Metric: ptr[uint32](7),
			Scope: &conf.Named{ID: 253}, Src: gw2, OnLink: true, Realms: "3/4",
		}, "unicast 203.0.113.0/28 tos 0x10 table 100 proto 18 scope 253 src 10.1.0.2 metric 7 via 10.0.0.2 dev if2 onlink realms 3/4"},
		{"names", conf.Route{
			Dst: dst, Via: gw, Protocol: conf.Named{Name: "my-protocol", ID: -1}, Table: conf.Named{Name: "my-table", ID: -1}, Realms: "my-realm",
		}, "unicast 203.0.113.0/28 table 42 proto 42 via 10.0.0.2 realms 0/42"},
		{"unknown name", conf.Route{Dst: dst, Protocol: ours, Table: conf.Named{Name: "other", ID: -1}}, "table other: there is no such name"},
		{"to nowhere", conf.Route{Dst: dst, Type: "blackhole", Protocol: ours}, "blackhole 203.0.113.0/28 proto 18"},
		{"type by number", conf.Route{Dst: dst, Type: "7", Protocol: ours}, "unreachable 203.0.113.0/28 proto 18"},
		{"local has the scope that the kernel wants", conf.Route{Dst: dst, Type: "local", Dev: "eth0", Protocol: ours}, "local 203.0.113.0/28 proto 18 scope 254 dev if2"},
		{"broadcast too", conf.Route{Dst: dst, Type: "broadcast", Dev: "eth0", Protocol: ours}, "broadcast 203.0.113.0/28 proto 18 scope 253 dev if2"},
		{"VRF", conf.Route{Dst: dst, Via: gw, VRF: "red", Protocol: ours}, "unicast 203.0.113.0/28 table 77 proto 18 via 10.0.0.2"},
		{"no VRF", conf.Route{Dst: dst, VRF: "eth0", Protocol: ours}, "vrf eth0: there is no such interface"},
		{"no interface", conf.Route{Dst: dst, Dev: "eth9", Protocol: ours}, "dev eth9: there is no such interface"},
		{"several ways", conf.Route{
			Dst: dst, Protocol: ours, Realms: "5",
			NextHops: []conf.NextHop{{Via: gw, Dev: "eth0", Weight: 2}, {Via: gw2, Dev: "eth1", OnLink: true, Realms: "1/2"}},
		}, "unicast 203.0.113.0/28 proto 18 nexthop via 10.0.0.2 dev if2 weight 2 realms 0/5 nexthop via 10.1.0.2 dev if3 weight 1 onlink realms 1/2"},
		{"one nexthop", conf.Route{Dst: dst, Protocol: ours, NextHops: []conf.NextHop{{Via: gw, Weight: 2}}}, "unicast 203.0.113.0/28 proto 18 via 10.0.0.2"},
		{"metrics", conf.Route{
			Dst: dst, Via: gw, Protocol: ours, Metrics: []conf.RouteMetric{{Name: "rto_min", Value: 200}, {Name: "mtu", Value: 1400, Lock: true}},
			QuickACK: ptr(false), FastOpen: ptr(true), ECN: true, CongCtl: "reno", CongLock: true,
		}, "unicast 203.0.113.0/28 proto 18 mtu lock 1400 features 1 rto_min 200 quickack 0 fastopen_no_cookie 1 congctl lock reno via 10.0.0.2"},
		{"IPv6", conf.Route{
			Family: conf.IPv6, Dst: dst6, From: netip.MustParsePrefix("fd01::/64"), Dev: "eth0", Protocol: ours,
			Expires: ptr[uint32](60), Pref: "low", TTLProp: ptr(true), Scope: &conf.Named{ID: 253},
		}, "unicast fd07::/64 from fd01::/64 proto 18 expires 60 pref 3 ttl-propagate enabled dev if2"},
		{"preference by number", conf.Route{Family: conf.IPv6, Dst: dst6, Dev: "eth0", Protocol: ours, Pref: "1"}, "unicast fd07::/64 proto 18 pref 1 dev if2"},
		{"MPLS", conf.Route{Dst: dst, Dev: "eth0", Protocol: ours, Encap: &conf.Encap{Kind: "mpls", Labels: []uint32{100, 200}}}, "unicast 203.0.113.0/28 proto 18 encap mpls 100/200 dev if2"},
		{"ILA", conf.Route{Dst: dst6, Family: conf.IPv6, Dev: "eth0", Protocol: ours, Encap: &conf.Encap{Kind: "ila", Locator: "2001:db8:1:2"}}, "unicast fd07::/64 proto 18 encap ila 20010db800010002 dev if2"},
		{"no locator", conf.Route{Dst: dst6, Family: conf.IPv6, Protocol: ours, Encap: &conf.Encap{Kind: "ila", Locator: "2001:db8"}}, "encap ila 2001:db8: a locator has four groups of hexadecimal digits"},
		{"a locator of something else", conf.Route{Dst: dst6, Family: conf.IPv6, Protocol: ours, Encap: &conf.Encap{Kind: "ila", Locator: "a:b:c:x"}}, "encap ila a:b:c:x: a locator has four groups of hexadecimal digits"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := resolver().Route(tt.conf)
			got := r.String()
			if err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
			if strings.Contains(tt.want, "no such interface") != errors.Is(err, ErrNoLink) {
				t.Errorf("got %v: is it ErrNoLink?", err)
			}
		})
	}
}

func TestResolverRule(t *testing.T) {
	t.Parallel()
	ours := conf.Named{ID: 18}
	tests := []struct {
		name string
		conf conf.Rule
		want string
	}{
		{"table", conf.Rule{Family: conf.IPv4, Preference: 5, From: netip.MustParsePrefix("10.0.0.1/8"), Action: "table", Table: conf.Named{ID: 100}, Protocol: ours}, "pref 5 from 10.0.0.0/8 lookup 100 proto 18"},
		{"names", conf.Rule{Action: "table", Table: conf.Named{Name: "my-table", ID: -1}, SuppressIf: &conf.Named{Name: "my-group", ID: -1}, Protocol: ours}, "pref 0 from all suppress_ifgroup 42 lookup 42 proto 18"},
		{"all selectors", conf.Rule{
			Not: true, To: netip.MustParsePrefix("10.0.0.0/8"), IIF: "a", OIF: "b", TOS: conf.Named{ID: 16}, FWMark: ptr[uint32](7), FWMask: ptr[uint32](255),
			SuppressLen: ptr(8), TunnelID: ptr[uint64](9), UIDs: &conf.Range{From: 5, To: 6}, IPProto: ptr[uint8](6),
			SPorts: &conf.Range{From: 1, To: 2}, DPorts: &conf.Range{From: 3, To: 4}, Realms: "1/2", Action: "goto", Goto: 70, Protocol: ours,
		}, "pref 0 not from all to 10.0.0.0/8 tos 0x10 fwmark 7 mask 255 iif a oif b tun_id 9 uidrange 5-6 ipproto 6 sport 1-2 dport 3-4 suppress_prefixlength 8 realms 1/2 goto 70 proto 18"},
		{"l3mdev", conf.Rule{Action: "l3mdev", Protocol: ours}, "pref 0 from all l3mdev proto 18"},
		{"nop", conf.Rule{Action: "nop", Protocol: ours}, "pref 0 from all nop proto 18"},
		{"blackhole", conf.Rule{Action: "blackhole", Protocol: ours}, "pref 0 from all blackhole proto 18"},
		{"unreachable", conf.Rule{Action: "unreachable", Protocol: ours}, "pref 0 from all unreachable proto 18"},
		{"prohibit", conf.Rule{Action: "prohibit", Protocol: ours}, "pref 0 from all prohibit proto 18"},
		{"unknown name", conf.Rule{Action: "table", Table: conf.Named{Name: "x", ID: -1}, Protocol: ours}, "table x: there is no such name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := resolver().Rule(tt.conf)
			got := r.String()
			if err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestLabelStack(t *testing.T) {
	t.Parallel()
	// Label 100 and 200, the latter at the bottom of the stack (RFC 3032 section 2.1).
	want := []byte{0x00, 0x06, 0x40, 0x00, 0x00, 0x0c, 0x81, 0x00}
	if diff := cmp.Diff(want, labelStack([]uint32{100, 200})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestEncodeTunnels: what this kernel may lack is looked at as bytes.
func TestEncodeTunnels(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		encap Encap
		want  []byte
	}{
		{"mpls", Encap{Type: unix.LWTUNNEL_ENCAP_MPLS, Labels: []uint32{16}}, attr(mplsDst, []byte{0, 1, 1, 0})},
		{"ila", Encap{Type: unix.LWTUNNEL_ENCAP_ILA, Locator: 0x20010db800010002}, attr(ilaLocator, []byte{0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 2})},
		{"flags", Encap{Type: unix.LWTUNNEL_ENCAP_IP, Flags: 0x0102}, attr(lwtFlags, []byte{1, 2})},
	}
	for _, tt := range tests {
		var e encoder
		e.encap(&tt.encap)
		if diff := cmp.Diff(tt.want, e.b); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
	}
}

// TestKeys: what the kernel takes for one thing, and what it does not.
func TestKeys(t *testing.T) {
	t.Parallel()
	four := addr(2, "10.0.0.1/24")
	peer := addr(2, "10.0.0.1/24")
	peer.Peer = netip.MustParseAddr("10.0.9.1")
	r := route("203.0.113.0/28", via("10.0.0.2", 2))
	tests := []struct {
		name string
		a, b Key
		same bool
	}{
		{"attributes of an address", four.Key(), with2(four, func(a *Addr) { a.Label, a.NoTrack = "x", true }).Key(), true},
		{"its length", four.Key(), addr(2, "10.0.0.1/32").Key(), false},
		{"its peer", four.Key(), peer.Key(), false},
		{"its link", four.Key(), addr(3, "10.0.0.1/24").Key(), false},
		{"the length of an IPv6 address", addr(2, "fd00::1/64").Key(), addr(2, "fd00::1/128").Key(), true},
		{"the place of a route", r.Key(), with(r, func(r *Route) { r.Create, r.NoTrack = Append, true }).Key(), true},
		{"its protocol", r.Key(), with(r, func(r *Route) { r.Protocol = 4 }).Key(), false},
		{"its order of metrics", with(r, func(r *Route) { r.Metrics = []Metric{{ID: 2, Value: 1}, {ID: 3, Value: 2}} }).Key(), with(r, func(r *Route) { r.Metrics = []Metric{{ID: 3, Value: 2}, {ID: 2, Value: 1}} }).Key(), true},
		{"the family of a rule", rule(4, 1, func(*Rule) {}).Key(), rule(6, 1, func(*Rule) {}).Key(), false},
	}
	for _, tt := range tests {
		if got := tt.a == tt.b; got != tt.same {
			t.Errorf("%s: same %v, want %v", tt.name, got, tt.same)
		}
	}
}

func with2(a Addr, f func(*Addr)) Addr {
	f(&a)
	return a
}
