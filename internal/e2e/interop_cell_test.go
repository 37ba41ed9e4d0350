// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"vipward/internal/lab"
)

// cell is one form of VRRP that two daemons have to agree about.
type cell struct {
	version int
	six     bool
	unicast bool
	vmac    bool
	auth    string // "", "PASS", "AH"
	slow    bool   // one advert a second in any case
}

// cells is every form that keepalived has: IPv6 has no VRRPv2, and VRRPv3 no authentication.
func cells() []cell {
	var all []cell
	for _, unicast := range []bool{false, true} {
		for _, vmac := range []bool{false, true} {
			for _, auth := range []string{"", "PASS", "AH"} {
				all = append(all, cell{version: 2, unicast: unicast, vmac: vmac, auth: auth})
			}
			all = append(all, cell{version: 3, unicast: unicast, vmac: vmac}, cell{version: 3, six: true, unicast: unicast, vmac: vmac})
		}
	}
	return all
}

func (c cell) String() string {
	words := []string{fmt.Sprintf("v%d", c.version), "IPv4", "multicast", "plain", "no auth"}
	if c.six {
		words[1] = "IPv6"
	}
	if c.unicast {
		words[2] = "unicast"
	}
	if c.vmac {
		words[3] = "VMAC"
	}
	if c.auth != "" {
		words[4] = c.auth
	}
	return strings.Join(words, " ")
}

const (
	vip6      = "fd00::100"
	vip6Local = "fe80::100"
)

// vip is the address that moves.
func (c cell) vip() string {
	if c.six {
		return vip6
	}
	return vip
}

func (c cell) node(i int) string {
	if c.six {
		return nodeAddr6[i]
	}
	return nodeAddr[i]
}

// advert is the interval: short where the protocol has it.
func (c cell) advert() string {
	if c.version == 2 || c.slow {
		return "1"
	}
	return "0.2"
}

// config is the file of one node. While the file broken is there, the first one's priority
// is 60 lower.
func (c cell) config(node int, broken string) string {
	var b strings.Builder
	b.WriteString("global_defs {\n  router_id LB\n  enable_script_security\n  script_user root\n}\n")
	if node == 0 && broken != "" {
		fmt.Fprintf(&b, "vrrp_script chk {\n  script \"/usr/bin/test ! -e %s\"\n  interval 1\n  weight -60\n}\n", broken)
	}
	fmt.Fprintf(&b, "vrrp_instance VI_1 {\n  interface eth0\n  virtual_router_id 51\n  priority %d\n  version %d\n  advert_int %s\n",
		priorities[node], c.version, c.advert())
	if c.unicast {
		fmt.Fprintf(&b, "  unicast_src_ip %s\n  unicast_peer {\n    %s\n  }\n", c.node(node), c.node(1-node))
	}
	if c.vmac {
		b.WriteString("  use_vmac\n")
	}
	if c.auth != "" {
		fmt.Fprintf(&b, "  authentication {\n    auth_type %s\n    auth_pass d0ck3r\n  }\n", c.auth)
	}
	if node == 0 && broken != "" {
		b.WriteString("  track_script {\n    chk\n  }\n")
	}
	b.WriteString("  virtual_ipaddress {\n")
	if c.six {
		fmt.Fprintf(&b, "    %s\n    %s/64\n", vip6Local, vip6)
	} else {
		fmt.Fprintf(&b, "    %s/24\n", vip)
	}
	b.WriteString("  }\n}\n")
	return b.String()
}

// interop is a cell at work.
type interop struct {
	*pair
	cell
	broken string // the file that takes the first node's priority down
}

// newInterop makes the two hosts, with addresses of both families.
func newInterop(t *testing.T, c cell) *interop {
	t.Helper()
	p := newPair(t)
	for i, h := range p.lb {
		h.SetAddrs("eth0", nodeAddr6[i]+"/64")
	}
	return &interop{pair: p, cell: c, broken: t.TempDir() + "/broken"}
}

// waitHolder waits until the address is on one node and not on the other.
func (p *interop) waitHolder(node int) error {
	return eventually(patient, func() error {
		switch {
		case !p.lb[node].HasAddr(p.vip()):
			return fmt.Errorf("lb%d has not got %s", node+1, p.vip())
		case p.lb[1-node].HasAddr(p.vip()):
			return fmt.Errorf("lb%d has %s as well", 2-node, p.vip())
		}
		return nil
	})
}

// waitAnnounced waits until the address was announced since a time.
func (p *interop) waitAnnounced(since time.Time) error {
	want := netip.MustParseAddr(p.vip())
	return eventually(patient, func() error {
		for _, a := range p.seen.ARPs() {
			if a.Gratuitous() && a.Sender == want && a.Time.After(since) {
				return nil
			}
		}
		for _, a := range p.seen.NAs() {
			if a.Target == want && a.Override && a.Time.After(since) {
				return nil
			}
		}
		return fmt.Errorf("%s was not announced", p.vip())
	})
}

// eventually looks until there is no error, or returns the last one.
func eventually(limit time.Duration, look func() error) error {
	for end := time.Now().Add(limit); ; time.Sleep(5 * time.Millisecond) {
		err := look()
		if err == nil || time.Now().After(end) {
			return err
		}
	}
}

// stopNode stops the daemon of a node in order. A keepalived whose child takes too long, on a
// busy machine, gives up and leaves the address: that is taken away for it.
func (p *interop) stopNode(node int) {
	p.t.Helper()
	d := p.daemon[node]
	d.Stop()
	if d.Count(0, "Starting Keepalived") > 0 && d.Count(0, "failed to die") > 0 {
		p.t.Logf("lb%d: keepalived left %s behind", node+1, p.vip())
		_, _ = p.lb[node].TryRun("ip", "addr", "flush", "to", p.vip())
	}
}

// startNode starts the daemon of a node.
func (p *interop) startNode(node int, kind lab.Kind) {
	p.t.Helper()
	p.daemon[node] = lab.StartDaemon(p.lb[node], kind, p.config(node, p.broken))
}
