// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"vipward/internal/lab"
)

// testConnectionSync cuts the master's power while a client talks to a server: the other
// node knows of the connection, and it goes on.
func testConnectionSync(t *testing.T) {
	f := newNATFarm(t)
	configs := natConfigs("198.51.100.53")
	for i := range configs {
		configs[i] = strings.Replace(configs[i], "global_defs {\n", "global_defs {\n  lvs_sync_daemon eth0 inst VI_1\n", 1)
	}
	f.start(twoVipwards, configs)
	f.waitAnswers("web1", "web2")

	c := f.connect()
	who := c.who()
	port := c.conn.LocalAddr().(*net.TCPAddr).Port
	lab.Wait(t, patient, "the connection at the other node", func() error {
		c.ask(who) // the kernel tells of a connection after some packets
		if table := f.lb[1].Run("cat", "/proc/net/ip_vs_conn"); !strings.Contains(table, fmt.Sprintf(" %04X ", port)) {
			return fmt.Errorf("port %04X is not in\n%s", port, table)
		}
		return nil
	})

	mark := f.daemon[1].Mark()
	f.lb[0].UnplugAll()
	f.daemon[0].KillTree()
	f.daemon[1].WaitLineFrom(mark, `\(VI_1\) Entering MASTER STATE`, patient)
	for range 3 {
		c.ask(who)
	}
}
