// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"net/netip"
	"testing"

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
