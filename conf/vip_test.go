// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"strings"
	"testing"
)

func TestVIP(t *testing.T) {
	t.Parallel()
	addr := func(prefix string) *Address { return &Address{Prefix: netip.MustParsePrefix(prefix)} }
	tests := []struct {
		name, in string
		want     *Address // nil: refused
		codes    []string
	}{
		{name: "bare", in: "10.0.0.1", want: addr("10.0.0.1/32")},
		{name: "prefix keeps its host part", in: "10.0.0.1/24", want: addr("10.0.0.1/24")},
		{name: "prefix 0", in: "10.0.0.1/0", want: addr("10.0.0.1/0")},
		{name: "IPv6", in: "fd00::1", want: addr("fd00::1/128")},
		{name: "IPv6 prefix", in: "fd00::1/64", want: addr("fd00::1/64")},
		{name: "prefix too long", in: "10.0.0.1/33", want: addr("10.0.0.1/32"), codes: []string{"1:1 error number"}},
		{name: "prefix no number", in: "10.0.0.1/x", want: addr("10.0.0.1/32"), codes: []string{"1:1 error number"}},
		{name: "dotted mask is no prefix", in: "10.0.0.1/255.255.255.0", want: addr("10.0.0.1/32"), codes: []string{"1:1 error number"}},
		{name: "bad address", in: "10.0.0.300/24", codes: []string{"1:1 error address"}},
		{name: "name", in: "vip.example", codes: []string{"1:1 error address"}},

		{name: "dev", in: "10.0.0.1 dev eth1", want: &Address{Prefix: netip.MustParsePrefix("10.0.0.1/32"), Dev: "eth1"}},
		{name: "dev twice", in: "10.0.0.1 dev eth1 dev eth2", codes: []string{"1:23 error duplicate"}},
		{name: "dev without name", in: "10.0.0.1 dev", codes: []string{"1:10 error value"}},
		{name: "label", in: "10.0.0.1 label eth0:1", want: &Address{Prefix: netip.MustParsePrefix("10.0.0.1/32"), Label: "eth0:1"}},
		{name: "label too long", in: "10.0.0.1 label 1234567890123456", codes: []string{"1:16 error value"}},
		{name: "scope by name", in: "10.0.0.1 scope link", want: &Address{Prefix: netip.MustParsePrefix("10.0.0.1/32"), Scope: 253}},
		{name: "scope global", in: "10.0.0.1 scope global", want: addr("10.0.0.1/32")},
		{name: "scope by number", in: "10.0.0.1 scope 200", want: &Address{Prefix: netip.MustParsePrefix("10.0.0.1/32"), Scope: 200}},
		{name: "scope unknown", in: "10.0.0.1 scope foo", want: addr("10.0.0.1/32"), codes: []string{"1:16 error value"}},
		{name: "scope out of range", in: "10.0.0.1 scope 256", want: addr("10.0.0.1/32"), codes: []string{"1:16 error value"}},

		{name: "broadcast", in: "10.0.0.1/24 brd 10.0.0.255", want: broadcast("10.0.0.1/24", "10.0.0.255")},
		{name: "broadcast in full", in: "10.0.0.1/24 broadcast 10.0.0.255", want: broadcast("10.0.0.1/24", "10.0.0.255")},
		{name: "broadcast +", in: "10.0.0.1/20 brd +", want: broadcast("10.0.0.1/20", "10.0.15.255")},
		{name: "broadcast -", in: "10.0.1.1/20 brd -", want: broadcast("10.0.1.1/20", "10.0.0.0")},
		{name: "broadcast of a host", in: "10.0.0.1 brd +", want: addr("10.0.0.1/32"), codes: []string{"1:14 error value"}},
		{name: "broadcast of /31", in: "10.0.0.1/31 brd +", want: addr("10.0.0.1/31"), codes: []string{"1:17 error value"}},
		{name: "broadcast of IPv6", in: "fd00::1/64 brd +", codes: []string{"1:16 error address-family"}},

		{
			name: "all together, in any order", in: "10.0.0.1/24 label eth0:1 scope link brd + dev eth0",
			want: &Address{
				Prefix: netip.MustParsePrefix("10.0.0.1/24"), Dev: "eth0", Label: "eth0:1", Scope: 253,
				Broadcast: netip.MustParseAddr("10.0.0.255"),
			},
		},
		{name: "unknown option", in: "10.0.0.1 foo dev eth1", want: &Address{Prefix: netip.MustParsePrefix("10.0.0.1/32"), Dev: "eth1"}, codes: []string{"1:10 warning extra-argument"}},
		{name: "second address", in: "10.0.0.1 10.0.0.2", want: addr("10.0.0.1/32"), codes: []string{"1:10 warning extra-argument"}},
		{
			name: "peer", in: "10.0.0.1 peer 10.0.0.2 dev eth1",
			want: &Address{Prefix: netip.MustParsePrefix("10.0.0.1/32"), Dev: "eth1", Peer: netip.MustParseAddr("10.0.0.2")},
		},
		{
			name: "peer and a prefix", in: "10.0.0.1/24 peer 10.0.0.2", codes: []string{"1:1 warning conflict"},
			want: &Address{Prefix: netip.MustParsePrefix("10.0.0.1/32"), Peer: netip.MustParseAddr("10.0.0.2")},
		},
		{
			name: "peer and broadcast", in: "10.0.0.1 brd 10.0.0.255 peer 10.0.0.2", codes: []string{"1:1 warning conflict"},
			want: &Address{Prefix: netip.MustParsePrefix("10.0.0.1/32"), Peer: netip.MustParseAddr("10.0.0.2")},
		},
		{name: "peer with a prefix", in: "10.0.0.1 peer 10.0.0.2/24", codes: []string{"1:15 error address"}},
		{name: "peer of IPv6", in: "10.0.0.1 peer fd00::2", codes: []string{"1:15 error address-family"}},
		{
			name: "flags", in: "10.0.0.1 home -nodad mngtmpaddr noprefixroute autojoin no_track use_vmac",
			want: &Address{
				Prefix: netip.MustParsePrefix("10.0.0.1/32"), Home: true, DAD: true, MngTmpAddr: true, NoPrefixRoute: true,
				AutoJoin: true, NoTrack: true, UseVMAC: true,
			},
		},
		{
			name: "lifetime", in: "fd00::1 preferred_lft 5",
			want: &Address{Prefix: netip.MustParsePrefix("fd00::1/128"), PreferredLft: lifetime(5)},
		},
		{
			name: "lifetime without end", in: "fd00::1 preferred_lft forever",
			want: &Address{Prefix: netip.MustParsePrefix("fd00::1/128"), PreferredLft: lifetime(Forever)},
		},
		{name: "lifetime too long", in: "fd00::1 preferred_lft 4294967296", want: addr("fd00::1/128"), codes: []string{"1:23 error number"}},
		{name: "label of IPv6", in: "fd00::1 label eth0:1", want: addr("fd00::1/128"), codes: []string{"1:15 error address-family"}},
		{name: "scope of IPv6", in: "fd00::1 scope link", want: addr("fd00::1/128"), codes: []string{"1:15 error address-family"}},
		{name: "group of a static address", in: "10.0.0.1 track_group", want: addr("10.0.0.1/32"), codes: []string{"1:10 warning extra-argument"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newCollector()
			got, ok := (&decoder{c: c}).vip(nodeOf(c, tt.in), virtualAddress)
			diff(t, "diagnostics", tt.codes, said(c.list))
			if ok != (tt.want != nil) {
				t.Fatalf("usable: %v", ok)
			}
			if ok {
				got.Pos = Pos{}
				diff(t, "address", *tt.want, got)
			}
		})
	}
}

func lifetime(seconds uint32) *uint32 { return &seconds }

func broadcast(prefix, brd string) *Address {
	return &Address{Prefix: netip.MustParsePrefix(prefix), Broadcast: netip.MustParseAddr(brd)}
}

func TestVIPLists(t *testing.T) {
	t.Parallel()
	block := func(word string, lines ...string) string {
		return word + " {\n" + strings.Join(lines, "\n") + "\n}"
	}
	tests := []struct {
		name, extra    string
		vips, excluded []string
		codes          []string
	}{
		{name: "one", vips: []string{"10.0.0.100/24"}},
		{name: "more blocks append", extra: block("virtual_ipaddress", "10.0.0.101"), vips: []string{"10.0.0.100/24", "10.0.0.101/32"}},
		{
			name: "twice", extra: block("virtual_ipaddress", "10.0.0.100 dev eth1"), vips: []string{"10.0.0.100/24"},
			codes: []string{"9:1 error duplicate"},
		},
		{
			name: "mixed families", extra: block("virtual_ipaddress", "fd00::1/64", "10.0.0.102"), vips: []string{"10.0.0.100/24", "10.0.0.102/32"},
			codes: []string{"9:1 error address-family"},
		},
		{
			name: "excluded", extra: block("virtual_ipaddress_excluded", "10.9.0.1/24", "10.9.0.2"),
			vips: []string{"10.0.0.100/24"}, excluded: []string{"10.9.0.1/24", "10.9.0.2/32"},
		},
		{
			name: "excluded IPv6", extra: block("virtual_ipaddress_excluded", "fd00::1/64"),
			vips: []string{"10.0.0.100/24"}, excluded: []string{"fd00::1/64"},
		},
		{
			name: "block inside", extra: block("virtual_ipaddress", "10.0.0.101 {", "x", "}"),
			vips: []string{"10.0.0.100/24", "10.0.0.101/32"}, codes: []string{"9:12 error brace"},
		},
		{
			name: "words before the brace", extra: "virtual_ipaddress 10.0.0.9 {\n10.0.0.101\n}",
			vips: []string{"10.0.0.100/24", "10.0.0.101/32"}, codes: []string{"8:19 warning extra-argument"},
		},
		{name: "no brace", extra: "virtual_ipaddress", vips: []string{"10.0.0.100/24"}, codes: []string{"8:1 error missing-brace"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := loadText(instanceText(tt.extra))
			diff(t, "diagnostics", tt.codes, said(l.Diagnostics))
			vi := l.Config.Instances[0]
			diff(t, "addresses", tt.vips, prefixes(vi.VIPs))
			diff(t, "excluded", tt.excluded, prefixes(vi.ExcludedVIPs))
		})
	}
}

func prefixes(list []Address) []string {
	var out []string
	for _, a := range list {
		out = append(out, a.Prefix.String())
	}
	return out
}
