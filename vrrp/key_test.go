// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
)

// TestInstanceKey: what an instance is on the wire decides, and nothing else.
func TestInstanceKey(t *testing.T) {
	t.Parallel()
	unicast := func(c *conf.Instance) {
		c.Multicast, c.Peers = netip.Addr{}, []netip.Addr{netip.MustParseAddr("10.0.0.2")}
	}
	six := func(c *conf.Instance) { c.Family = conf.IPv6 }
	source := func(c *conf.Instance) { c.Source = netip.MustParseAddr("10.0.0.1") }
	peer := func(c *conf.Instance) { c.Peers = append(c.Peers, netip.MustParseAddr("10.0.0.3")) }
	rename := func(c *conf.Instance) { c.Name, c.Priority = "other", 7 }
	key := func(changes ...func(*conf.Instance)) string {
		c := testInstance(100)
		c.Family = conf.IPv4
		for _, change := range changes {
			change(c)
		}
		return instanceKey(c)
	}
	for name, tt := range map[string]struct {
		one, two string
		same     bool
	}{
		"name and priority":      {key(), key(rename), true},
		"VRID":                   {key(), key(func(c *conf.Instance) { c.VRID++ }), false},
		"group":                  {key(), key(func(c *conf.Instance) { c.Multicast = netip.MustParseAddr("224.0.0.19") }), false},
		"unicast":                {key(), key(unicast), false},
		"peers":                  {key(unicast), key(unicast, peer), true},
		"source":                 {key(unicast), key(unicast, source), false},
		"family without source":  {key(unicast), key(unicast, six), false},
		"VMAC":                   {key(), key(func(c *conf.Instance) { c.VMAC = &conf.VMAC{} }), false},
		"multicast with source":  {key(), key(source), true},
		"unicast, other than v4": {key(unicast, six), key(unicast, six, rename), true},
	} {
		if (tt.one == tt.two) != tt.same {
			t.Errorf("%s: %q and %q", name, tt.one, tt.two)
		}
	}
}

// TestTwins: instances that differ in their peers only go on as the one with the same peers,
// wherever they stand in the file.
func TestTwins(t *testing.T) {
	t.Parallel()
	list := func(text string) []netip.Addr {
		var ips []netip.Addr
		for _, b := range text {
			ips = append(ips, netip.AddrFrom4([4]byte{10, 0, 0, byte(b)}))
		}
		return ips
	}
	const base = "eth0 51 unicast 10.0.0.1"
	tests := []struct {
		name   string
		before []string // peers, then a space and the number of the twin
		now    []string // peers
		want   []string // the numbers
	}{
		{"at the start", nil, []string{"a", "b", "c"}, []string{"", " #2", " #3"}},
		{"in the same order", []string{"a", "b #2"}, []string{"a", "b"}, []string{"", " #2"}},
		{"in another order", []string{"a", "b #2"}, []string{"b", "a"}, []string{" #2", ""}},
		{"the first one goes", []string{"a", "b #2"}, []string{"b"}, []string{" #2"}},
		{"the first one goes and a new one comes", []string{"a", "b #2"}, []string{"b", "c"}, []string{" #2", ""}},
		{"one comes before it", []string{"b #2"}, []string{"a", "b"}, []string{"", " #2"}},
		{"peers in another order", []string{"abc", "def #2"}, []string{"fed", "bca"}, []string{" #2", ""}},
		{"most of the peers", []string{"abc", "def #2"}, []string{"dez", "abz"}, []string{" #2", ""}},
		{"all of them rather than most", []string{"abc", "ab #2"}, []string{"ab", "abc"}, []string{" #2", ""}},
		{"other peers alone", []string{"a"}, []string{"b"}, []string{""}},
		{"other peers, several", []string{"a", "b #2"}, []string{"c", "d"}, []string{"", " #2"}},
		{"a number is free", []string{"a", "c #3"}, []string{"a", "b", "c"}, []string{"", " #2", " #3"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var before []keyed
			for _, b := range tt.before {
				peers, twin, there := strings.Cut(b, " ")
				if there {
					twin = " " + twin
				}
				before = append(before, keyed{base + twin, list(peers)})
			}
			cfg := &conf.Config{}
			for _, peers := range tt.now {
				c := testInstance(100)
				c.Multicast, c.Source, c.Peers = netip.Addr{}, netip.MustParseAddr("10.0.0.1"), list(peers)
				cfg.Instances = append(cfg.Instances, c)
			}
			got := instanceKeys(cfg, before)
			for i := range got {
				got[i] = strings.TrimPrefix(got[i], base)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
