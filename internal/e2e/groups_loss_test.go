// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"testing"

	"vipward/internal/lab"
)

// TestSyncGroupDeafOnOneLink lets the adverts of one member not reach the other node: that
// node's member wants to be master, and waits for the other one, so that nothing moves. When
// the master dies nothing more needs to be heard; when it returns, the link that works is
// enough to give both addresses back.
func TestSyncGroupDeafOnOneLink(t *testing.T) {
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
			from := p.daemon[1].Mark()
			p.deafen(1, "eth1")
			for range 4 { // it asks again after each master-down time
				mark := p.daemon[1].Mark()
				p.daemon[1].WaitLineFrom(mark, `\(VI_2\) Receive advertisement timeout`, patient)
			}
			p.waitGroup(0)
			if n := p.daemon[1].Count(from, `Entering MASTER STATE`); n > 0 {
				t.Errorf("the deaf node became master %d times", n)
			}
			p.daemon[0].KillTree()
			for i, a := range groupVIPs {
				p.lb[0].DelAddr(fmt.Sprintf("eth%d", i), a+"/24")
			}
			p.waitGroup(1)
			p.daemon[0].Start()
			p.waitGroup(0)
		})
	}
}

// deafen lets a node hear no more adverts on an interface.
func (p *pair) deafen(node int, ifname string) {
	p.t.Helper()
	h := p.lb[node]
	h.Run("nft", "add table ip deaf")
	h.Run("nft", "add chain ip deaf in { type filter hook input priority 0; }")
	h.Run("nft", fmt.Sprintf("add rule ip deaf in iifname %s ip protocol 112 drop", ifname))
}
