// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
)

const lostConfig = `global_defs {
  router_id LB
}
static_ipaddress {
  192.0.2.1/24 dev eth0
  192.0.2.9/24 dev eth0 no_track
}
static_routes {
  198.51.100.0/24 via 10.0.0.2 dev eth0
  198.51.101.0/24 dev eth0 src 192.0.2.1
}
static_rules {
  from 198.51.100.0/24 table 50 priority 500
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority %d
  virtual_ipaddress {
    10.0.0.100/24
    10.0.0.101/24 no_track
  }
  virtual_ipaddress_excluded {
    10.6.0.1/32
    fd06::1/64
  }
  virtual_routes {
    203.0.113.0/28 via 10.0.0.2 dev eth0
    203.0.113.16/28 dev eth0 src 10.0.0.100
    203.0.113.32/28 via 10.0.0.2 no_track
    fd07::/64 dev eth0 metric 3
  }
  virtual_rules {
    from 10.3.0.0/16 table 100 priority 1000
    from fd10::/64 table 100 priority 1001
    from 10.4.0.0/16 table 100 priority 1002 no_track
  }
}
`

// TestDeletedItemsComeBack deletes one item after another on a master, which stays master. What
// is not tracked stays away.
func TestDeletedItemsComeBack(t *testing.T) {
	t.Parallel()
	h := linkHost(t)
	d := lab.StartDaemon(h, lab.Vipward, fmt.Sprintf(lostConfig, 255))
	d.WaitLine(`\(VI_1\) Entering MASTER STATE`, patient)
	all := settledItems(t, h)
	untracked := []string{"addr del 10.0.0.101/24 dev eth0", "route del 203.0.113.32/28", "rule del priority 1002", "addr del 192.0.2.9/24 dev eth0"}
	for _, args := range untracked {
		h.Run(append([]string{"ip"}, strings.Fields(args)...)...)
	}
	tests := []struct{ del, line string }{
		{"addr del 10.0.0.100/24 dev eth0", `\(VI_1\) somebody else deleted address 10.0.0.100/24: put back`},
		{"addr del 10.6.0.1/32 dev eth0", `\(VI_1\) somebody else deleted address 10.6.0.1/32: put back`},
		{"addr del fd06::1/64 dev eth0", `\(VI_1\) somebody else deleted address fd06::1/64: put back`},
		{"route del 203.0.113.0/28", `\(VI_1\) somebody else deleted route unicast 203.0.113.0/28 .*: put back`},
		{"-6 route del fd07::/64", `\(VI_1\) somebody else deleted route unicast fd07::/64 .*: put back`},
		{"rule del priority 1000", `\(VI_1\) somebody else deleted rule pref 1000 .*: put back`},
		{"-6 rule del priority 1001", `\(VI_1\) somebody else deleted rule pref 1001 .*: put back`},
		{"addr del 192.0.2.1/24 dev eth0", `Restoring deleted static address 192.0.2.1/24 dev eth0 scope global set`},
		{"route del 198.51.100.0/24", `Restoring deleted static route unicast 198.51.100.0/24 `},
		{"rule del priority 500", `Restoring deleted static rule pref 500 `},
	}
	for _, tt := range tests {
		mark := d.Mark()
		h.Run(append([]string{"ip"}, strings.Fields(tt.del)...)...)
		d.WaitLineFrom(mark, tt.line, patient)
	}
	want := slices.DeleteFunc(all, func(line string) bool {
		return slices.ContainsFunc([]string{" 10.0.0.101", "203.0.113.32/28", "1002:", " 192.0.2.9"}, func(s string) bool { return strings.Contains(" "+line, s) })
	})
	sorted := func(lines []string) []string { return slices.Sorted(slices.Values(lines)) }
	if diff := cmp.Diff(sorted(want), sorted(settledItems(t, h))); diff != "" {
		t.Errorf("afterwards (-want +got)\n%s", diff)
	}
	for _, line := range d.All() {
		if strings.Contains(line, "Entering BACKUP STATE") {
			t.Errorf("it stepped down: %s", line)
		}
	}
}

// TestRoutesComeBackWithTheirLink: the kernel drops them without a word when a link goes down.
func TestRoutesComeBackWithTheirLink(t *testing.T) {
	t.Parallel()
	h := linkHost(t)
	d := lab.StartDaemon(h, lab.Vipward, fmt.Sprintf(lostConfig, 255))
	d.WaitLine(`\(VI_1\) Entering MASTER STATE`, patient)
	all := settledItems(t, h)
	mark := d.Mark()
	h.Run("ip", "link", "set", "eth0", "down")
	d.WaitLineFrom(mark, `\(VI_1\) Entering FAULT STATE`, patient)
	mark = d.Mark()
	h.Run("ip", "link", "set", "eth0", "up")
	d.WaitLineFrom(mark, `\(VI_1\) Entering MASTER STATE`, patient)
	ours := func(lines []string) []string {
		lines = slices.DeleteFunc(slices.Clone(lines), func(l string) bool {
			return strings.Contains(l, "proto kernel") || strings.Contains(l, "scope link") && strings.Contains(l, "inet6")
		})
		return slices.Sorted(slices.Values(lines))
	}
	if diff := cmp.Diff(ours(all), ours(settledItems(t, h))); diff != "" {
		t.Errorf("(-before +after)\n%s", diff)
	}
}

// TestLeftoversOfAKilledRun: what a killed daemon left goes at the next start as a backup;
// equal items of others and all else stay.
func TestLeftoversOfAKilledRun(t *testing.T) {
	t.Parallel()
	h := linkHost(t)
	for _, args := range []string{
		"route add 203.0.113.0/28 via 10.0.0.2", "rule add from 10.3.0.0/16 table 100 priority 1000",
		"route add 198.18.0.0/24 via 10.0.0.2 proto 18", "addr add 10.0.0.7/24 dev eth0",
	} {
		h.Run(append([]string{"ip"}, strings.Fields(args)...)...)
	}
	before := settledItems(t, h)
	d := lab.StartDaemon(h, lab.Vipward, fmt.Sprintf(lostConfig, 255))
	d.WaitLine(`\(VI_1\) Entering MASTER STATE`, patient)
	settledItems(t, h)
	d.KillTree()
	left := settledItems(t, h)
	if !slices.ContainsFunc(left, func(l string) bool { return strings.Contains(l, "10.0.0.100/24") }) {
		t.Fatal("nothing was left to clean up")
	}
	d.Write(fmt.Sprintf(lostConfig, 1)) // it stays a backup for long
	d.Start()
	d.WaitLine(`\(VI_1\) Entering BACKUP STATE`, patient)
	for _, line := range settledItems(t, h) {
		if strings.Contains(line, "10.0.0.100") || strings.Contains(line, "203.0.113.16/28") || strings.HasPrefix(line, "1001:") {
			t.Errorf("left behind: %s", line)
		}
	}
	if code := d.Stop(); code != 0 {
		t.Errorf("stopped with exit status %d", code)
	}
	if diff := cmp.Diff(before, settledItems(t, h)); diff != "" {
		t.Errorf("(-before +after)\n%s", diff)
	}
}

// TestStaticRoutesComeBackWithAnAddress: the kernel drops a route with the address that leads
// to its gateway, without a word.
func TestStaticRoutesComeBackWithAnAddress(t *testing.T) {
	t.Parallel()
	h := linkHost(t)
	d := lab.StartDaemon(h, lab.Vipward, fmt.Sprintf(lostConfig, 255)+"static_routes {\n  198.51.102.0/24 via 10.1.0.2\n}\n")
	d.WaitLine(`\(VI_1\) Entering MASTER STATE`, patient)
	settledItems(t, h)
	h.Run("ip", "addr", "del", "10.1.0.1/24", "dev", "eth1")
	if out := h.Run("ip", "route", "show", "198.51.102.0/24"); out != "" {
		t.Fatalf("the route is still there: %s", out)
	}
	mark := d.Mark()
	h.Run("ip", "addr", "add", "10.1.0.1/24", "dev", "eth1")
	d.WaitLineFrom(mark, `Restoring deleted static route unicast 198.51.102.0/24 `, patient)
}
