// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
)

// linkCase is a configuration that makes links or changes sysctls. Its instances own their
// addresses, so that they are masters at once.
type linkCase struct {
	name    string
	global  string
	vis     []string            // bodies of instances
	sysctls map[string]string   // before the start
	prepare [][]string          // commands before the start
	accept  func(string) string // rewrites a line of keepalived's where vipward differs on purpose
}

// linkHost is a host on two networks, with the same MAC addresses every time.
func linkHost(t *testing.T) *lab.Host {
	t.Helper()
	h := lab.NewNet(t).Host("lb", "10.0.0.1/24")
	lab.NewNet(t).Join(h, "10.1.0.1/24")
	for i := range 2 {
		dev := fmt.Sprintf("eth%d", i)
		h.LinkDown(dev)
		h.Run("ip", "link", "set", "dev", dev, "address", fmt.Sprintf("02:00:00:00:0%d:0a", i))
		h.LinkUp(dev)
	}
	// Only then has the host all its own addresses.
	for i := range 2 {
		lab.Wait(t, patient, "link-local address", func() error {
			if out := h.Run("ip", "-6", "-o", "addr", "show", "dev", fmt.Sprintf("eth%d", i), "scope", "link"); !strings.Contains(out, "fe80::") || strings.Contains(out, "tentative") {
				return fmt.Errorf("only %q", out)
			}
			return nil
		})
	}
	return h
}

// unsteady is what differs between two hosts without a meaning.
var unsteady = regexp.MustCompile(`^\d+: |@if\d+|link-netns \S+|link-netnsid \d+|valid_lft \S+|numtxqueues.*|\\|qlen \d+`)

// kernelState lists links, addresses and sysctls of a host.
func kernelState(t *testing.T, h *lab.Host) []string {
	t.Helper()
	var out []string
	for _, args := range [][]string{{"-d", "-o", "link"}, {"-o", "addr"}} {
		for line := range strings.Lines(h.Run(append([]string{"ip"}, args...)...)) {
			line = strings.Replace(unsteady.ReplaceAllString(line, " "), "state UNKNOWN", "state UP", 1) // known up to 1 s later
			out = append(out, strings.Join(strings.Fields(line), " "))
		}
	}
	err := h.Do(func() error {
		for _, pattern := range []string{"ipv4/conf/*/*", "ipv6/conf/*/*", "ipv4/igmp*"} {
			files, err := filepath.Glob("/proc/sys/net/" + pattern)
			if err != nil {
				return err
			}
			for _, f := range files {
				if b, err := os.ReadFile(f); err == nil && filepath.Base(f) != "stable_secret" { // some are only to be written
					out = append(out, strings.TrimPrefix(f, "/proc/sys/net/")+" "+strings.TrimSpace(string(b)))
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

func (c linkCase) config() string {
	var b strings.Builder
	fmt.Fprintf(&b, "global_defs {\n  router_id LB\n%s\n}\n", c.global)
	for i, vi := range c.vis {
		fmt.Fprintf(&b, "vrrp_instance VI_%d {\n  priority 255\n%s\n}\n", i+1, vi)
	}
	return b.String()
}

// run starts a daemon on a new host and gives the state of the kernel before, while all
// instances are masters, and after.
func (c linkCase) run(t *testing.T, kind lab.Kind) (before, during, after []string) {
	t.Helper()
	h := linkHost(t)
	for _, args := range c.prepare {
		h.Run(args...)
	}
	for key, value := range c.sysctls {
		h.Sysctl(key, value)
	}
	before = settled(t, h)
	d := lab.StartDaemon(h, kind, c.config())
	for i := range c.vis {
		d.WaitLine(fmt.Sprintf(`\(VI_%d\) Entering MASTER STATE`, i+1), patient)
	}
	during = settled(t, h)
	if code := d.Stop(); code != 0 {
		t.Errorf("stopped with exit status %d", code)
	}
	return before, during, kernelState(t, h)
}

// settled is the state of the kernel as soon as it does not change any more.
func settled(t *testing.T, h *lab.Host) []string {
	t.Helper()
	last := kernelState(t, h)
	lab.Wait(t, patient, "a kernel that has settled", func() error {
		time.Sleep(100 * time.Millisecond) // between two looks, not for something to happen
		now := kernelState(t, h)
		defer func() { last = now }()
		if !slices.Equal(last, now) {
			return fmt.Errorf("%s", cmp.Diff(last, now))
		}
		return nil
	})
	return last
}

func linkCases() []linkCase {
	instance := func(dev string, vrid int, rest string) string {
		return fmt.Sprintf("  interface %s\n  virtual_router_id %d\n  %s", dev, vrid, rest)
	}
	vip := func(a string) string { return "\n  virtual_ipaddress {\n    " + a + "\n  }" }
	plain := instance("eth0", 51, "use_vmac"+vip("10.0.0.100/24"))
	return []linkCase{
		{name: "use_vmac", vis: []string{plain}},
		{name: "name and xmit_base", vis: []string{instance("eth0", 51, "use_vmac vm1\n  vmac_xmit_base"+vip("10.0.0.100/24"))}},
		{name: "unicast", vis: []string{instance("eth0", 51, "use_vmac\n  unicast_peer {\n 10.0.0.2\n }"+vip("10.0.0.100/24"))}},
		{name: "v3", vis: []string{instance("eth0", 51, "version 3\n  use_vmac"+vip("10.0.0.100/24"))}},
		{name: "prefix", global: "vmac_prefix abc", vis: []string{plain}},
		{name: "several", vis: []string{
			plain,
			instance("eth1", 51, "use_vmac"+vip("10.1.0.100/24")),
			instance("eth0", 52, "use_vmac custom0"+vip("10.0.0.110/24")),
		}},
		{name: "use_vmac_addr", vis: []string{instance("eth0", 51, "use_vmac_addr"+vip("10.0.0.100/24\n    10.1.0.100/24 dev eth1"))}},
		{name: "use_vmac of an address", vis: []string{instance("eth0", 52, vip("10.0.0.101/24 use_vmac"))}},
		{name: "the interface named", vis: []string{instance("eth0", 51, "use_vmac"+vip("10.0.0.100/24 dev eth0\n    10.1.0.100/24 dev eth1"))}},
		{name: "its name is taken", vis: []string{plain}, prepare: [][]string{
			{"ip", "link", "add", "vrrp.51", "address", "02:00:00:00:09:0a", "type", "bridge"},
		}},
		{name: "promote_secondaries", vis: []string{instance("eth0", 51, "promote_secondaries"+vip("10.0.0.100/24"))}},
		{name: "disable_local_igmp", global: "disable_local_igmp", vis: []string{plain}},
		{
			name: "rp_filter", vis: []string{plain},
			sysctls: map[string]string{"net.ipv4.conf.all.rp_filter": "1", "net.ipv4.conf.default.rp_filter": "1", "net.ipv4.conf.eth0.rp_filter": "2", "net.ipv4.conf.eth1.rp_filter": "1"},
		},
		{
			name: "rp_filter raised", vis: []string{plain},
			sysctls: map[string]string{"net.ipv4.conf.all.rp_filter": "2", "net.ipv4.conf.default.rp_filter": "0", "net.ipv4.conf.eth0.rp_filter": "0", "net.ipv4.conf.eth1.rp_filter": "1"},
			accept: func(line string) string {
				// What was in effect for eth1 was 2, the higher one, and stays so.
				return strings.Replace(line, "ipv4/conf/eth1/rp_filter 1", "ipv4/conf/eth1/rp_filter 2", 1)
			},
		},
		{name: "IPv6", vis: []string{instance("eth0", 51, "use_vmac"+vip("fe80::100/64\n    fd00::100/64"))}},
		{name: "IPv6 and xmit_base", vis: []string{instance("eth0", 51, "use_vmac\n  vmac_xmit_base"+vip("fe80::100/64"))}},
		{name: "both families on two interfaces", vis: []string{
			plain,
			instance("eth1", 51, "use_vmac"+vip("10.1.0.100/24")),
			instance("eth0", 51, "use_vmac"+vip("fe80::1:1/64")),
			instance("eth1", 51, "use_vmac"+vip("fe80::1:2/64")),
		}},
		{name: "excluded address of IPv6", vis: []string{
			instance("eth0", 53, "use_vmac\n  virtual_ipaddress_excluded {\n    fd00::9/64\n  }"+vip("10.0.0.111/24")),
		}},
	}
}

// TestLinksAsKeepalived compares links, addresses and sysctls with the real keepalived's while
// it runs, and with those of before the start after it.
func TestLinksAsKeepalived(t *testing.T) {
	t.Parallel()
	for _, c := range linkCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, want, _ := c.run(t, lab.Keepalived)
			if c.accept != nil {
				for i := range want {
					want[i] = c.accept(want[i])
				}
			}
			before, during, after := c.run(t, lab.Vipward)
			if diff := cmp.Diff(want, during); diff != "" {
				t.Errorf("running (-keepalived +vipward)\n%s", diff)
			}
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("stopped (-before +after)\n%s", diff)
			}
		})
	}
}
