// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
	"vipward/netif"
)

// TestAssigned: the lines of -D about the addresses of interfaces, as seen on 2.2.7: at the
// start and at a reload of those of instances, later of tracked ones too, and only of the first
// and the last address of a family. IPv6 means link-local addresses.
func TestAssigned(t *testing.T) {
	t.Parallel()
	vi := calmInstance()
	vi.Tracking.Interfaces = []conf.TrackInterface{{Interface: "eth1"}}
	c := startChild(t, oneInstance(vi), &memStore{})
	address := func(index int, prefix string, added bool) netif.AddrChange {
		return netif.AddrChange{Index: index, Prefix: netip.MustParsePrefix(prefix), Added: added}
	}
	link := func(name string, index int) netif.LinkChange {
		return netif.LinkChange{Link: netif.Link{Name: name, Index: index, Up: true, Multicast: true}}
	}
	c.tell(link("eth1", 3), link("eth2", 4))
	c.tell(address(3, "10.1.0.1/24", true), address(4, "10.2.0.1/24", true), address(4, "10.2.0.1/24", false))
	c.tell(address(2, "10.0.0.7/24", true), address(2, "10.0.0.1/24", false), address(2, "10.0.0.7/24", false))
	c.tell(address(2, "fd00::1/64", true), address(2, "fe80::1/64", true), address(2, "fe80::1/64", false))
	c.tell(address(2, "10.0.0.1/24", true))
	c.eventually("the last address", func() bool {
		return strings.Count(c.log.String(), "Assigned address 10.0.0.1 for") == 2
	})
	c.doReload(oneInstance(vi))
	want := []string{
		"Assigned address 10.0.0.1 for interface eth0", // the start
		"Assigned address 10.1.0.1 for interface eth1",
		"Deassigned address 10.0.0.7 from interface eth0",
		"Assigned address fe80::1 for interface eth0",
		"Deassigned address fe80::1 from interface eth0",
		"Assigned address 10.0.0.1 for interface eth0",
		"Assigned address 10.0.0.1 for interface eth0", // the reload
	}
	var got []string
	for line := range strings.Lines(c.log.String()) {
		if _, text, ok := strings.Cut(line, `msg="`); ok && strings.Contains(text, "ssigned address") {
			got = append(got, strings.TrimSuffix(strings.TrimSpace(text), `"`))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
