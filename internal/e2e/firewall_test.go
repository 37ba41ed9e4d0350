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

// firewallCase is a configuration whose rulesets are compared with the real keepalived's:
// as backup, as master, after the loss of the link, as master again, after a reload, stopped.
type firewallCase struct {
	name   string
	global string
	vis    []string // bodies of instances; advert_int 1, so that a master takes 4 s
}

func firewallCases() []firewallCase {
	instance := func(vrid int, rest string, vips ...string) string {
		return fmt.Sprintf("  interface eth0\n  virtual_router_id %d\n  %s\n  virtual_ipaddress {\n    %s\n  }", vrid, rest, strings.Join(vips, "\n    "))
	}
	return []firewallCase{
		{name: "no_accept", vis: []string{instance(51, "no_accept", "10.0.0.100/24", "10.0.0.101/24")}},
		{name: "no_accept IPv6", vis: []string{instance(51, "no_accept", "fe80::100/64", "fd00::100/64")}},
		{name: "no_accept of both families", vis: []string{
			instance(51, "no_accept\n  virtual_ipaddress_excluded {\n fd00::9/64\n fe80::9/64 dev eth1\n 10.1.0.9/24 dev eth1\n }", "10.0.0.100/24"),
		}},
		{name: "accept", vis: []string{instance(51, "accept", "10.0.0.100/24")}},
		{name: "nftables without need", global: "nftables", vis: []string{instance(51, "accept", "10.0.0.100/24")}},
		{name: "strict", global: "vrrp_strict", vis: []string{instance(51, "", "10.0.0.100/24"), instance(52, "version 3\n accept", "10.0.0.101/24")}},
		{name: "use_vmac", vis: []string{instance(51, "use_vmac", "10.0.0.100/24")}},
		{name: "use_vmac IPv6", vis: []string{instance(51, "use_vmac", "fe80::100/64", "fd00::100/64")}},
		{name: "use_vmac and no_accept", vis: []string{instance(51, "use_vmac\n no_accept", "10.0.0.100/24"), instance(52, "no_accept", "10.0.0.101/24")}},
		{name: "use_vmac and no_accept IPv6", vis: []string{instance(51, "use_vmac\n no_accept", "fe80::100/64", "fd00::100/64")}},
		{name: "VMACs of addresses", vis: []string{instance(51, "use_vmac\n use_vmac_addr", "10.0.0.100/24", "10.1.0.100/24 dev eth1")}},
		{name: "use_vmac_addr alone", vis: []string{instance(51, "use_vmac_addr", "10.0.0.100/24", "10.1.0.100/24 dev eth1")}},
		{name: "excluded IPv6 on a VMAC", vis: []string{instance(51, "use_vmac\n  virtual_ipaddress_excluded {\n fd00::9/64\n }", "10.0.0.100/24")}},
		{
			name: "options", global: "nftables mytable\n  nftables_priority -7\n  nftables_counters\n  nftables_ifindex",
			vis: []string{instance(51, "use_vmac\n no_accept", "10.0.0.100/24"), instance(52, "no_accept", "fe80::100/64")},
		},
		{name: "vrrp_iptables", global: "vrrp_iptables KIN KOUT", vis: []string{instance(51, "no_accept", "10.0.0.100/24")}},
	}
}

func (c firewallCase) config() string {
	var b strings.Builder
	fmt.Fprintf(&b, "global_defs {\n  router_id LB\n  %s\n}\n", c.global)
	for i, vi := range c.vis {
		fmt.Fprintf(&b, "vrrp_instance VI_%d {\n  priority 200\n%s\n}\n", i+1, vi)
	}
	return b.String()
}

// run gives the ruleset at each stage.
func (c firewallCase) run(t *testing.T, kind lab.Kind) map[string][]string {
	t.Helper()
	h := linkHost(t)
	stages := map[string][]string{}
	look := func(stage string) {
		lab.Wait(t, patient, "a ruleset that has settled", func() error {
			stages[stage] = tables(h.Run("nft", "list", "ruleset"))
			time.Sleep(200 * time.Millisecond) // between two looks, not for something to happen
			if again := tables(h.Run("nft", "list", "ruleset")); !slices.Equal(stages[stage], again) {
				return fmt.Errorf("%s", cmp.Diff(stages[stage], again))
			}
			return nil
		})
	}
	d := lab.StartDaemon(h, kind, c.config())
	all := func(mark int, state string) {
		for i := range c.vis {
			d.WaitLineFrom(mark, fmt.Sprintf(`\(VI_%d\) %s`, i+1, state), patient)
		}
	}
	all(0, `Entering BACKUP STATE`)
	look("backup")
	all(0, `setting VIPs`)
	all(0, `Sending/queueing`)
	look("master")
	mark := d.Mark()
	h.LinkDown("eth0")
	all(mark, `Entering FAULT STATE`)
	all(mark, `removing VIPs`)
	look("fault")
	h.LinkUp("eth0")
	h.Run("ip", "addr", "replace", "fe80::1/64", "dev", "eth0", "nodad")
	all(mark, `Sending/queueing`)
	look("again")
	mark = d.Reload(c.config())
	d.WaitLineFrom(mark, "Reload complete|Startup complete", patient)
	look("reloaded")
	if code := d.Stop(); code != 0 {
		t.Errorf("stopped with exit status %d", code)
	}
	look("stopped")
	return stages
}

var (
	setElements = regexp.MustCompile(`elements = \{[^}]*\}`)
	ruleCounts  = regexp.MustCompile(`packets \d+ bytes \d+`)
	// only24 is what keepalived has since 2.4 only: a set and its rule, and a further type.
	only24 = regexp.MustCompile(`(?m)^\tset (parent_link_local|mld-report) \{\n(\t\t.*\n)*\t\}\n\n?|^.*@parent_link_local.*\n`)
)

// tables splits a ruleset into tables, without what differs from run to run and from
// keepalived 2.2.7 to 2.4.
func tables(ruleset string) []string {
	ruleset = only24.ReplaceAllString(ruleset, "")
	ruleset = strings.ReplaceAll(ruleset, "icmpv6 type @mld-report", "icmpv6 type mld2-listener-report")
	ruleset = ruleCounts.ReplaceAllString(ruleset, "packets N bytes N")
	ruleset = setElements.ReplaceAllStringFunc(ruleset, func(s string) string {
		list := strings.Split(strings.TrimSuffix(strings.TrimPrefix(s, "elements = {"), "}"), ",")
		for i := range list {
			list[i] = strings.TrimSpace(list[i])
		}
		slices.Sort(list)
		return "elements = { " + strings.Join(list, ", ") + " }"
	})
	list := strings.Split(strings.TrimSpace(ruleset), "\n}")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	slices.Sort(list)
	return list
}

// TestFirewallAsKeepalived compares rulesets with the real keepalived's at each stage.
func TestFirewallAsKeepalived(t *testing.T) {
	t.Parallel()
	for _, c := range firewallCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			want, got := c.run(t, lab.Keepalived), c.run(t, lab.Vipward)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-keepalived +vipward)\n%s", diff)
			}
			if left := strings.Join(got["stopped"], ""); left != "" {
				t.Errorf("left behind:\n%s", left)
			}
		})
	}
}

// TestFirewallFlushed: what another program deletes is back at once, and a leftover of a
// killed daemon does not stay.
func TestFirewallFlushed(t *testing.T) {
	t.Parallel()
	c := firewallCases()[0]
	h := linkHost(t)
	d := lab.StartDaemon(h, lab.Vipward, c.config())
	d.WaitLine(`\(VI_1\) Sending/queueing`, patient)
	want := []string{"", "dropped"}
	dropped := func() error {
		got := tables(h.Run("nft", "list", "ruleset"))
		if len(got) != len(want) || !strings.Contains(got[1], "10.0.0.100, 10.0.0.101") {
			return fmt.Errorf("%q", got)
		}
		return nil
	}
	lab.Wait(t, patient, "the rules", dropped)
	for _, command := range []string{"flush ruleset", "delete table ip keepalived", "flush table ip keepalived"} {
		mark := d.Mark()
		h.Run(append([]string{"nft"}, strings.Fields(command)...)...)
		d.WaitLineFrom(mark, "another program deleted something of the nftables tables keepalived", patient)
		lab.Wait(t, patient, "the rules after "+command, dropped)
	}
	d.KillTree()
	h.Run("nft", "add", "element", "ip", "keepalived", "vips", "{", "10.0.0.77", "}")
	d.Start()
	d.WaitLine("Deleting old ip keepalived table", patient)
	d.WaitLine(`\(VI_1\) Sending/queueing`, patient)
	lab.Wait(t, patient, "the rules of the new daemon", dropped)
}

// TestFirewallOfAPoorKernel: the lab kernel runs without nf_tables. The log says so, and the
// instance works.
func TestFirewallOfAPoorKernel(t *testing.T) {
	lab.Vipward(t) // is built here, and known inside
	if !lab.Links(t, "ipvlan") || !lab.InLabKernel() {
		return // it ran in the lab kernel, or this one has all
	}
	h := linkHost(t)
	d := lab.StartDaemon(h, lab.Vipward, `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 254
  use_vmac
  no_accept
  virtual_ipaddress {
    10.0.0.100/24
  }
}
`)
	d.WaitLine(`Firewall: set nftables rules: `, patient)
	d.WaitLine(`\(VI_1\) Sending/queueing`, patient)
	if !h.HasAddr("10.0.0.100") {
		t.Error("the address is not there")
	}
	if code := d.Stop(); code != 0 {
		t.Errorf("stopped with exit status %d", code)
	}
}
