// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
)

// itemCase is a configuration of addresses, routes and rules. Its instances own their
// addresses, so that they are masters at once.
type itemCase struct {
	name    string
	prepare [][]string // commands before the start
	top     string     // static items
	four    string     // of an IPv4 instance
	six     string     // of an IPv6 instance; empty: there is none
	left    string     // a line that stays after the stop
}

func (c itemCase) config() string {
	text := "global_defs {\n  router_id LB\n}\n" + c.top + "vrrp_instance VI_1 {\n  interface eth0\n  virtual_router_id 51\n  priority 255\n" + c.four + "}\n"
	if c.six != "" {
		text += "vrrp_instance VI_2 {\n  interface eth0\n  virtual_router_id 52\n  priority 255\n" + c.six + "}\n"
	}
	return text
}

// counting is what differs from second to second.
var counting = regexp.MustCompile(`(expires|preferred_lft|valid_lft) \d+sec`)

// itemState lists addresses, routes and rules of a host, those of a kind in order where the
// order means something.
func itemState(h *lab.Host) []string {
	var out []string
	for _, args := range []string{"-o addr", "-d -4 route show table all", "-d -6 route show table all", "-d -4 rule", "-d -6 rule"} {
		text := strings.ReplaceAll(h.Run(append([]string{"ip"}, strings.Fields(args)...)...), "\n\t", " ")
		var lines []string
		for line := range strings.Lines(text) {
			line = counting.ReplaceAllString(line, "$1 counted")
			if !strings.HasSuffix(args, "rule") { // there the number says where it stands
				line = unsteadyIndex.ReplaceAllString(line, "")
			}
			lines = append(lines, strings.Join(strings.Fields(strings.ReplaceAll(line, "\\", " ")), " "))
		}
		if !strings.HasPrefix(args, "-d -4 route") {
			slices.Sort(lines)
		}
		out = append(append(out, "== ip "+args), lines...)
	}
	return out
}

var unsteadyIndex = regexp.MustCompile(`^\d+: `)

// run starts a daemon on a new host and gives what is there before, while all instances are
// masters, and after.
func (c itemCase) run(t *testing.T, kind lab.Kind) (before, during, after []string) {
	t.Helper()
	h := linkHost(t)
	h.Run("ip", "addr", "add", "fd00::1/64", "dev", "eth0", "nodad")
	for _, args := range c.prepare {
		h.Run(args...)
	}
	before = settledItems(t, h)
	d := lab.StartDaemon(h, kind, c.config())
	d.WaitLine(`\(VI_1\) Entering MASTER STATE`, patient)
	if c.six != "" {
		d.WaitLine(`\(VI_2\) Entering MASTER STATE`, patient)
	}
	during = settledItems(t, h)
	if code := d.Stop(); code != 0 {
		t.Errorf("stopped with exit status %d", code)
	}
	return before, during, settledItems(t, h)
}

// settledItems is itemState as soon as it does not change any more: the kernel does a part of
// IPv6 later.
func settledItems(t *testing.T, h *lab.Host) []string {
	t.Helper()
	last := itemState(h)
	lab.Wait(t, patient, "a kernel that has settled", func() error {
		time.Sleep(100 * time.Millisecond) // between two looks, not for something to happen
		now := itemState(h)
		defer func() { last = now }()
		if !slices.Equal(last, now) {
			return fmt.Errorf("%s", cmp.Diff(last, now))
		}
		return nil
	})
	return last
}

// entries is a block of a configuration.
func entries(keyword string, lines ...string) string {
	return "  " + keyword + " {\n    " + strings.Join(lines, "\n    ") + "\n  }\n"
}

func itemCases() []itemCase {
	vip := entries("virtual_ipaddress", "10.0.0.100/24")
	vip6 := entries("virtual_ipaddress", "fe80::100/64")
	routes := func(lines ...string) string { return vip + entries("virtual_routes", lines...) }
	routes6 := func(lines ...string) string { return vip6 + entries("virtual_routes", lines...) }
	rules := func(lines ...string) string { return vip + entries("virtual_rules", lines...) }
	addrs := func(lines ...string) string { return entries("virtual_ipaddress", lines...) }
	return []itemCase{
		{name: "addresses", four: addrs("10.0.0.100", "10.0.0.101/24", "10.2.0.100/24")},
		{
			name: "broadcast", four: addrs("10.0.0.102/24 brd +", "10.0.0.103/24 brd 10.0.0.200", "10.0.0.104/24 brd -"),
			left: "broadcast 10.0.0.0 dev eth0 table local proto kernel scope link src 10.0.0.1", // by the kernel, with ip(8) too
		},
		{name: "scope and label", four: addrs("10.3.0.105/24 scope link", "10.0.0.106/24 label eth0:vip", "10.7.0.1/24 scope host no_track")},
		{name: "refused scope", four: addrs("10.0.0.105/24 scope link", "10.0.0.106/24")},
		{name: "peer", four: addrs("10.0.0.107 peer 10.0.9.1")},
		{name: "another interface", four: addrs("10.1.0.100/24 dev eth1")},
		{name: "lifetimes of IPv4", four: addrs("10.0.0.108/24 preferred_lft 60", "10.0.0.109/24 preferred_lft 0", "10.0.0.110/24 noprefixroute", "10.0.0.111/24 home")},
		{name: "excluded", four: vip + entries("virtual_ipaddress_excluded", "10.6.0.1/32", "fd06::1/64")},
		{
			name: "IPv6", four: vip,
			six: addrs("fe80::100", "fd00::101", "fd00::102/64", "fd00::103/64 preferred_lft 100", "fd00::104/128 preferred_lft forever"),
		},
		{
			name: "flags of IPv6", four: vip,
			six: addrs("fe80::100/64", "fd00::105/64 -nodad", "fd00::106/64 noprefixroute home", "fd00::107/64 mngtmpaddr", "fd00::108/64 dev eth1"),
		},
		{
			name: "routes", four: routes(
				"203.0.113.0/28 via 10.0.0.2", "203.0.113.16/28 via 10.0.0.2 dev eth0 metric 77 src 10.0.0.100 tos 0x10",
				"203.0.113.32/28 dev eth0 scope link table 100", "203.0.113.144/28 via 10.9.9.9 dev eth0 onlink",
				"default via 10.0.0.2 metric 1000", "10.0.0.200 dev eth0", "203.0.113.224/28 via 10.0.0.2 append",
			),
		},
		{
			name: "routes to nowhere", four: routes("blackhole 203.0.113.48/28", "unreachable 203.0.113.64/28 metric 5", "prohibit 203.0.113.80/28", "throw 203.0.113.96/28 table 100"),
		},
		{
			name: "metrics", four: routes(
				"203.0.113.112/28 via 10.0.0.2 mtu 1400 advmss lock 1300 window 1000 rtt 100ms rttvar 50ms rto_min 40ms cwnd lock 10 ssthresh 20 initcwnd 12 initrwnd 14 hoplimit 33 reordering 4",
				"203.0.113.160/28 via 10.0.0.2 features ecn quickack 1 congctl reno realms 3/4", "203.0.113.176/28 via 10.0.0.2 mtu lock 1300 fastopen_no_cookie 1",
			),
		},
		{
			name: "several ways", four: routes(
				"203.0.113.128/28 nexthop via 10.0.0.2 dev eth0 weight 2 nexthop via 10.1.0.2 dev eth1 weight 5 onlink", "203.0.113.208/28 via 10.0.0.2 or 10.1.0.2",
			),
		},
		{name: "foreign protocol", four: routes("203.0.113.192/28 via 10.0.0.2 protocol 99 no_track")},
		{
			name: "IPv6 routes", four: vip, six: routes6(
				"fd07::/64 via fd00::2", "fd08::/64 dev eth0 metric 33 mtu 1300 pref high expires 600", "blackhole fd09::/64",
				"default6 via fe80::ff:fe00:b dev eth0", "from fd01::/64 fd0a::/64 via fd00::2",
			),
		},
		{
			name: "IPv6 ways", four: vip, six: routes6("fd07::/64 nexthop via fd00::2 dev eth0 weight 3 nexthop via fd00::3 dev eth0", "unreachable fd09::/64 metric 9", "fd0c::/64 dev eth0 table 100 pref low"),
		},
		{
			name: "tunnels", four: routes("203.0.113.0/28 encap ip id 7 dst 192.0.2.1 src 192.0.2.2 ttl 9 dev eth0"),
		},
		{
			name: "rules", four: rules(
				"from 10.3.0.0/16 table 100 priority 1000", "to 10.4.0.0/16 lookup 100 preference 1001",
				"not from 10.5.0.0/16 table 100 priority 1002 tos 0x10 fwmark 0x7/0xff iif eth0 oif eth1", "from 10.6.0.0/16 blackhole priority 1003",
				"from 10.7.0.0/16 unreachable priority 1004", "from 10.7.1.0/24 prohibit priority 1005", "from 10.8.0.0/16 goto 1007 priority 1006",
				"from 10.8.0.0/16 nop priority 1007",
			),
		},
		{
			name: "selectors of rules", four: rules(
				"ipproto tcp sport 10-20 dport 80-90 uidrange 5-6 table 100 priority 1008",
				"from 10.9.0.0/16 table 100 suppress_prefixlength 8 suppress_ifgroup 3 realms 5/6 priority 1009",
				"from 10.9.3.0/24 tunnel-id 9 table main priority 1010 protocol 55 no_track", "l3mdev priority 1011", "fwmark 9 table 1000 priority 1012",
			),
		},
		{name: "rules without a preference", four: rules("from 10.9.1.0/24 table 100", "from 10.9.2.0/24 table 100"), six: vip6 + entries("virtual_rules", "from fd11::/64 table 100", "from fd12::/64 blackhole priority 3")},
		{
			name: "static items", four: vip, top: entries("static_ipaddress", "192.0.2.1/24 dev eth0 scope global label eth0:st", "192.0.2.2 dev eth1", "fd02::1/64 dev eth0", "192.0.2.9/24 dev eth0 no_track") +
				entries("static_routes", "198.51.100.0/24 via 10.0.0.2 dev eth0", "198.51.101.0/24 dev eth0 scope link src 192.0.2.1", "blackhole 198.51.102.0/24", "198.51.103.0/24 via 10.0.0.2 no_track protocol 77", "fd05::/64 via fd00::2 dev eth0") +
				entries("static_rules", "from 198.51.100.0/24 table 50 priority 500", "to fd05::/64 table 51 preference 501", "from 198.51.101.0/24 table 50"),
		},
		{
			name: "beside equal ones of others", prepare: [][]string{
				{"ip", "route", "add", "203.0.113.0/28", "via", "10.0.0.2"},
				{"ip", "rule", "add", "from", "10.3.0.0/16", "table", "100", "priority", "1000"},
			},
			four: routes("203.0.113.0/28 via 10.0.0.2 dev eth0") + entries("virtual_rules", "from 10.3.0.0/16 table 100 priority 1000"),
		},
		{
			name: "a static address that is there", prepare: [][]string{{"ip", "addr", "add", "192.0.2.1/24", "dev", "eth0"}},
			four: vip, top: entries("static_ipaddress", "192.0.2.1/24 dev eth0"),
		},
	}
}

// TestItemsAsKeepalived compares addresses, routes and rules with the real keepalived's while
// it runs, and with those of before the start after it.
func TestItemsAsKeepalived(t *testing.T) {
	t.Parallel()
	for _, c := range itemCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, want, _ := c.run(t, lab.Keepalived)
			before, during, after := c.run(t, lab.Vipward)
			if diff := cmp.Diff(want, during); diff != "" {
				t.Errorf("running (-keepalived +vipward)\n%s", diff)
			}
			after = slices.DeleteFunc(after, func(line string) bool { return line == c.left })
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("stopped (-before +after)\n%s", diff)
			}
		})
	}
}
