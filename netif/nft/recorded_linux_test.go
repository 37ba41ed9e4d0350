// SPDX-License-Identifier: Apache-2.0

package nft

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// recorded are configurations that keepalived 2.4.3 was watched with (its rulesets are in
// testdata), and what they mean for a Firewall. IPv4 tables are the same in 2.2.7.
var recorded = []struct {
	name  string
	vmacs []vmacOf
	rules func(devices func(string) int) Rules
}{
	{"strict", nil, func(dev func(string) int) Rules {
		return Rules{Options: defaults, Filter4: true, Drop: []VIP{vip("10.0.0.100", "eth0", dev("eth0"))}}
	}},
	{"vmac-ipv4", []vmacOf{{"vrrp.51", "eth0", "00:00:5e:00:01:33"}}, func(dev func(string) int) Rules {
		return Rules{Options: defaults, VMACs: []VMAC{
			{Name: "vrrp.51", Index: dev("vrrp.51"), ParentName: "eth0", Parent: dev("eth0"), IPv4: true},
		}}
	}},
	{"vmac-ipv6", []vmacOf{{"vrrp.51", "eth0", "00:00:5e:00:02:33"}}, func(dev func(string) int) Rules {
		return Rules{Options: defaults, VMACs: []VMAC{{
			Name: "vrrp.51", Index: dev("vrrp.51"), ParentName: "eth0", Parent: dev("eth0"), IPv6: true,
			ParentLinkLocal: netip.MustParseAddr("fe80::ff:fe00:a"),
		}}}
	}},
	{"vmac-no-accept-backup", []vmacOf{{"vrrp.51", "eth0", "00:00:5e:00:01:33"}}, func(dev func(string) int) Rules {
		return Rules{Options: defaults, VMACs: []VMAC{
			{Name: "vrrp.51", Index: dev("vrrp.51"), ParentName: "eth0", Parent: dev("eth0"), IPv4: true},
		}}
	}},
	{"vmac-no-accept-master", []vmacOf{{"vrrp.51", "eth0", "00:00:5e:00:01:33"}}, func(dev func(string) int) Rules {
		return Rules{
			Options: defaults,
			VMACs:   []VMAC{{Name: "vrrp.51", Index: dev("vrrp.51"), ParentName: "eth0", Parent: dev("eth0"), IPv4: true}},
			Filter4: true, Filter6: true,
			Drop: []VIP{
				vip("10.0.0.100", "vrrp.51", dev("vrrp.51")), vip("10.0.0.101", "vrrp.51", dev("vrrp.51")),
				vip("fe80::77", "eth0", dev("eth0")), vip("fd00::77", "eth0", dev("eth0")),
			},
		}
	}},
	{"vmac-two-interfaces", []vmacOf{
		{"vrrp.51", "eth0", "00:00:5e:00:01:33"},
		{"vrrp1.51", "eth1", "00:00:5e:00:01:33"},
		{"vrrp6.51", "eth0", "00:00:5e:00:02:33"},
		{"vrrp2.51", "eth1", "00:00:5e:00:02:33"},
		{"vrrp.52", "eth0", "00:00:5e:00:01:34"},
		{"vrrp.53", "eth0", "00:00:5e:00:01:35"},
	}, func(dev func(string) int) Rules {
		of := func(name, parent string, v4, v6 bool) VMAC {
			return VMAC{Name: name, Index: dev(name), ParentName: parent, Parent: dev(parent), IPv4: v4, IPv6: v6}
		}
		list := []VMAC{
			of("vrrp.51", "eth0", true, false), of("vrrp1.51", "eth1", true, false),
			of("vrrp6.51", "eth0", false, true), of("vrrp2.51", "eth1", false, true),
			of("vrrp.52", "eth0", true, false), of("vrrp.53", "eth0", true, true),
		}
		for i, a := range map[int]string{2: "fe80::ff:fe00:a", 3: "fe80::ff:fe00:10a", 5: "fe80::ff:fe00:a"} {
			list[i].ParentLinkLocal = netip.MustParseAddr(a)
		}
		return Rules{Options: defaults, VMACs: list}
	}},
	{"options", nil, func(dev func(string) int) Rules {
		return Rules{
			Options: Options{Table: "mytable", Priority: 5, Counters: true, IfIndex: true},
			Filter4: true, Filter6: true,
			Drop: []VIP{vip("10.0.0.100", "eth0", dev("eth0")), vip("fe80::77", "eth0", dev("eth0"))},
		}
	}},
}

// vmacOf is a VMAC that a recording had.
type vmacOf struct{ name, parent, mac string }

var defaults = Options{Table: DefaultTable, Priority: -1}

// TestTablesAreKeepaliveds compares what we would make with the recordings, without a kernel.
func TestTablesAreKeepaliveds(t *testing.T) {
	t.Parallel()
	for _, c := range recorded {
		indices := map[string]int{}
		r := c.rules(func(name string) int {
			if indices[name] == 0 {
				indices[name] = len(indices) + 1
			}
			return indices[name]
		})
		if diff := cmp.Diff(plain(recording(t, c.name)), plain(written(r.tables()))); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, diff)
		}
	}
}

// TestKernelHasKeepalivedsTables makes them, and lets nft read them back.
func TestKernelHasKeepalivedsTables(t *testing.T) {
	for _, c := range recorded {
		t.Run(c.name, func(t *testing.T) {
			namespace(t)
			for _, v := range c.vmacs {
				vmac(t, v.name, v.parent, v.mac)
			}
			f := open(t)
			r := c.rules(func(name string) int { return index(t, name) })
			mustSet(t, f, r)
			want := plain(recording(t, c.name))
			if diff := cmp.Diff(want, plain(ruleset(t))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			mustSet(t, f, Rules{Options: r.Options})
			if got := ruleset(t); got != "" {
				t.Errorf("left behind:\n%s", got)
			}
		})
	}
}
