// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"net/netip"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vipward/conf"
	"vipward/vrrp/packet"
)

// addrs parses a list of addresses.
func addrs(list ...string) []netip.Addr {
	var out []netip.Addr
	for _, a := range list {
		out = append(out, netip.MustParseAddr(a))
	}
	return out
}

func TestWireOf(t *testing.T) {
	t.Parallel()
	ttl := uint8(9)
	base := func(change func(c *conf.Instance)) *conf.Instance {
		c := testInstance(100)
		c.Family = conf.IPv4
		change(c)
		return c
	}
	plain := packet.Config{
		Version: 3, VRID: 51, AdvertInt: 10 * time.Millisecond, TTL: 255,
		Addrs: addrs("10.0.0.100"), Group: addrs("224.0.0.18")[0],
	}
	with := func(change func(c *packet.Config)) packet.Config {
		c := plain
		change(&c)
		return c
	}
	tests := []struct {
		name string
		of   *conf.Instance
		want packet.Config
		hops int
	}{
		{"plain", base(func(*conf.Instance) {}), plain, 255},
		{"options", base(func(c *conf.Instance) {
			c.V3ChecksumAsV2, c.SkipCheckAdvAddr, c.CheckUnicastSrc, c.OldUnicastChecksum = true, true, true, conf.ChecksumNever
		}), with(func(c *packet.Config) {
			c.SumAsV2, c.SkipAddrs, c.OnlyPeers, c.OldSum = true, true, true, packet.OldSumNever
		}), 255},
		{"password", base(func(c *conf.Instance) { c.AuthType, c.AuthPass = conf.AuthAH, "abc" }), with(func(c *packet.Config) {
			c.Auth, c.Password = packet.AuthAH, [8]byte{'a', 'b', 'c'}
		}), 255},
		{"unicast", base(func(c *conf.Instance) {
			c.Peers, c.PeerTTLs, c.UnicastTTL, c.OldUnicastChecksum = addrs("10.0.0.2"), []conf.TTLRange{{Min: 3, Max: 4}}, &ttl, conf.ChecksumOld
		}), with(func(c *packet.Config) {
			c.Group, c.Peers, c.TTL, c.OldSum = netip.Addr{}, []packet.Peer{{Addr: addrs("10.0.0.2")[0], MinTTL: 3, MaxTTL: 4}}, 9, packet.OldSumOn
		}), 9},
		{"unicast of IPv6", base(func(c *conf.Instance) { c.Family, c.Peers = conf.IPv6, addrs("fd00::2") }), with(func(c *packet.Config) {
			c.IPv6, c.Group, c.Peers = true, netip.Addr{}, []packet.Peer{{Addr: addrs("fd00::2")[0], MaxTTL: 255}}
		}), -1},
		{"owner that ignores adverts", base(func(c *conf.Instance) { c.Priority, c.OwnerIgnoreAdverts = 255, true }), with(func(c *packet.Config) { c.IgnoreAll = true }), 255},
		{"no owner", base(func(c *conf.Instance) { c.OwnerIgnoreAdverts = true }), plain, 255},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := gocmp.Diff(tt.want, wireOf(tt.of, nil), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got := hopsOf(tt.of); got != tt.hops {
				t.Errorf("hop limit %d, want %d", got, tt.hops)
			}
		})
	}
}

// TestSocketLine: as 2.2.7 lists its sockets, the comma before unicast included.
func TestSocketLine(t *testing.T) {
	t.Parallel()
	for want, key := range map[string]sockKey{
		"VRRP sockpool: [ifindex(  2), family(IPv4), proto(112), fd(12,13) multicast, address(224.0.0.18)]": {false, 2, addrs("224.0.0.18")[0]},
		"VRRP sockpool: [ifindex(  2), family(IPv4), proto(51), fd(12,13) multicast, address(224.0.0.18)]":  {true, 2, addrs("224.0.0.18")[0]},
		"VRRP sockpool: [ifindex(123), family(IPv6), proto(112), fd(12,13) multicast, address(ff02::12)]":   {false, 123, addrs("ff02::12")[0]},
		"VRRP sockpool: [ifindex(  0), family(IPv6), proto(112), fd(12,13) , unicast, address(fd00::1)]":    {false, 0, addrs("fd00::1")[0]},
		"VRRP sockpool: [ifindex(  2), family(IPv4), proto(112), fd(12,13) , unicast, address(10.0.0.1)]":   {false, 2, addrs("10.0.0.1")[0]},
	} {
		if got, detail := socketLine(key, 12, 13); got != want || !detail {
			t.Errorf("line %q, want %q", got, want)
		}
	}
}

// TestSockKeyOf: which instances share a socket.
func TestSockKeyOf(t *testing.T) {
	t.Parallel()
	l := &loop{}
	l.links = newLinks(l)
	key := func(change func(vi *instance)) sockKey {
		c := testInstance(100)
		vi := &instance{loop: l, cfg: c, source: addrs("10.0.0.1")[0]}
		vi.link.Index = 2
		change(vi)
		return l.sockKeyOf(vi)
	}
	group := addrs("224.0.0.18")[0]
	for name, tt := range map[string]struct{ got, want sockKey }{
		"multicast":        {key(func(*instance) {}), sockKey{false, 2, group}},
		"AH":               {key(func(vi *instance) { vi.cfg.AuthType = conf.AuthAH }), sockKey{true, 2, group}},
		"another group":    {key(func(vi *instance) { vi.cfg.Multicast = addrs("224.0.0.88")[0] }), sockKey{false, 2, addrs("224.0.0.88")[0]}},
		"unicast":          {key(func(vi *instance) { vi.cfg.Peers = addrs("10.0.0.2") }), sockKey{false, 2, addrs("10.0.0.1")[0]}},
		"no source as yet": {key(func(vi *instance) { vi.cfg.Peers, vi.source = addrs("10.0.0.2"), netip.Addr{} }), sockKey{false, 2, netip.Addr{}}},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %v, want %v", name, tt.got, tt.want)
		}
	}
}
