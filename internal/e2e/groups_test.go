// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"vipward/internal/lab"
)

// groupConfig is two instances on two networks that move together.
func groupConfig(node int) string {
	var b strings.Builder
	b.WriteString("global_defs {\n  router_id LB\n}\nvrrp_sync_group G1 {\n  group {\n    VI_1\n    VI_2\n  }\n}\n")
	for i := range 2 {
		fmt.Fprintf(&b, "vrrp_instance VI_%d {\n  interface eth%d\n  virtual_router_id %d\n  priority %d\n  version 3\n  advert_int 0.5\n"+
			"  virtual_ipaddress {\n    %s/24\n  }\n}\n", i+1, i, 51+i, priorities[node], groupVIPs[i])
	}
	return b.String()
}

// groupVIPs are the addresses of the two instances.
var groupVIPs = [2]string{vip, "198.51.100.100"}

// TestSyncGroup pulls one of two cables of the master: both addresses move to the other node,
// whichever daemon runs where, and both come back with the cable.
func TestSyncGroup(t *testing.T) {
	t.Parallel()
	for name, kinds := range map[string][2]lab.Kind{
		"two vipwards":      twoVipwards,
		"vipward better":    {lab.Vipward, lab.Keepalived},
		"keepalived better": {lab.Keepalived, lab.Vipward},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPair(t)
			inner := lab.NewNet(t)
			for i, h := range p.lb {
				inner.Join(h, fmt.Sprintf("198.51.100.%d/24", 11+i))
				p.daemon[i] = lab.StartDaemon(h, kinds[i], groupConfig(i))
			}
			p.waitGroup(0)
			p.lb[0].Unplug("eth1")
			p.waitGroup(1)
			p.lb[0].Plug("eth1")
			p.waitGroup(0)
			p.daemon[0].KillTree()
			for i, a := range groupVIPs {
				p.lb[0].DelAddr(fmt.Sprintf("eth%d", i), a+"/24")
			}
			p.waitGroup(1)
			for i, kind := range kinds {
				if i == 0 || kind(t) != lab.Vipward(t) {
					continue
				}
				lab.Wait(t, patient, "the group is master twice", func() error { // lines come after the addresses
					if n := p.daemon[i].Count(0, `VRRP_Group\(G1\) Syncing instances to MASTER state`); n < 2 {
						return fmt.Errorf("it became master %d times", n)
					}
					return nil
				})
			}
		})
	}
}

// waitGroup waits until a node alone has both addresses.
func (p *pair) waitGroup(node int) {
	p.t.Helper()
	lab.Wait(p.t, patient, p.lb[node].Name+" alone has both addresses", func() error {
		for _, a := range groupVIPs {
			switch {
			case !p.lb[node].HasAddr(a):
				return errors.New("it lacks " + a)
			case p.lb[1-node].HasAddr(a):
				return errors.New("the other one has " + a)
			}
		}
		return nil
	})
}
