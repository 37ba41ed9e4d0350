// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vipward/internal/lab"
)

// TestExampleRouter starts the two routers: all addresses, of IPv4 and IPv6 and on both
// sides, and the routes follow whichever of the three trackers speaks against a node.
func TestExampleRouter(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	inside, site := lab.NewNet(t), lab.NewNet(t)
	for i, h := range p.lb {
		inside.Join(h, fmt.Sprintf("198.51.100.%d/24", 11+i))
		site.Join(h, fmt.Sprintf("10.9.0.%d/24", 11+i))
		h.Sysctl("net.ipv4.ip_forward", "1")
	}
	dirs := p.startExample("router", masterBackup)
	p.waitRouter(0)
	file := func(text string) func() {
		return func() {
			if err := os.WriteFile(filepath.Join(dirs[0], "maintenance"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for what, step := range map[string]struct{ off, on func() }{
		"forwarding": {
			func() { p.lb[0].Sysctl("net.ipv4.ip_forward", "0") },
			func() { p.lb[0].Sysctl("net.ipv4.ip_forward", "1") },
		},
		"maintenance":        {file("-60\n"), file("0\n")},
		"way to the site":    {func() { p.lb[0].Unplug("eth2") }, func() { p.lb[0].Plug("eth2") }},
		"cable of one group": {func() { p.lb[0].Unplug("eth1") }, func() { p.lb[0].Plug("eth1") }},
	} {
		t.Log(what)
		step.off()
		p.waitRouter(1)
		step.on()
		p.waitRouter(0)
	}
	p.daemon[0].Stop()
	p.waitRouter(1)
	if out := p.lb[0].Run("ip", "-o", "link"); strings.Contains(out, "vrrp") {
		t.Errorf("left behind: %s", out)
	}
}

// waitRouter waits until one node alone has all that the router example moves.
func (p *pair) waitRouter(node int) {
	p.t.Helper()
	lab.Wait(p.t, patient, p.lb[node].Name+" alone is the router", func() error {
		for _, addr := range []string{vip, "198.51.100.1", "fe80::1", "2001:db8:1::1"} {
			if !p.lb[node].HasAddr(addr) || p.lb[1-node].HasAddr(addr) {
				return errors.New(addr + " is elsewhere")
			}
		}
		for _, route := range []string{"default via 192.0.2.1 ", "203.0.113.0/24 via 10.9.0.1 "} {
			for i, h := range p.lb {
				if strings.Contains(h.Run("ip", "route"), route) != (i == node) {
					return fmt.Errorf("%q on %s", route, h.Name)
				}
			}
		}
		return nil
	})
}

// TestExampleSigned starts the pair with auth_hmac; a better router with another key changes
// nothing.
func TestExampleSigned(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	dirs := p.startExample("signed", masterBackup)
	mark := p.daemon[1].Mark()
	key := filepath.Join(t.TempDir(), "vrrp.key")
	if err := os.WriteFile(key, []byte(strings.Repeat("x", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dirs[0], "master.conf"))
	if err != nil {
		t.Fatal(err)
	}
	config := strings.NewReplacer(filepath.Join(dirs[0], "vrrp.key"), key, "unicast_src_ip 192.0.2.11", "unicast_src_ip 192.0.2.13",
		"priority 150", "priority 250").Replace(string(text))
	lab.StartDaemon(p.net.Host("intruder", "192.0.2.13/24"), lab.Vipward, config)
	p.daemon[1].WaitLineFrom(mark, `\(VI_1\) auth_hmac: .* from 192\.0\.2\.13`, patient)
	p.daemon[0].Stop()
	p.waitHolder(1)
}

// TestExampleFIFO starts the pair whose changes a program hears by a FIFO, down to the last
// one.
func TestExampleFIFO(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	dirs := p.startExample("fifo", masterBackup)
	states := func(want ...string) {
		t.Helper()
		lab.Wait(t, patient, "states in the files of the nodes", func() error {
			for i, dir := range dirs {
				b, err := os.ReadFile(filepath.Join(dir, "vrrp-states", "VI_1"))
				if got := strings.TrimSpace(string(b)); got != want[i] {
					return fmt.Errorf("%s has %q, want %q (%v)", p.lb[i].Name, got, want[i], err) //nolint:errorlint // it may be nil
				}
			}
			return nil
		})
	}
	states("MASTER 150", "BACKUP 100")
	p.daemon[0].Stop()
	states("STOP 150", "MASTER 100")
}
