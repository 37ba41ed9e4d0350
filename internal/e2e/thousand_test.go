// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"vipward/internal/lab"
)

const (
	manyLinks = 4
	manyEach  = 250
)

// manyConfig is a thousand instances on four links.
func manyConfig(node int) string {
	var b strings.Builder
	b.WriteString("global_defs {\n  router_id LB\n}\n")
	for link := range manyLinks {
		for n := 1; n <= manyEach; n++ {
			fmt.Fprintf(&b, "vrrp_instance VI_%d_%d {\n  interface eth%d\n  virtual_router_id %d\n  priority %d\n  advert_int 1\n"+
				"  virtual_ipaddress {\n    %s/16\n  }\n}\n", link, n, link, n, priorities[node], manyVIP(link, n))
		}
	}
	return b.String()
}

func manyVIP(link, n int) string { return fmt.Sprintf("10.%d.1.%d", 100+link, n) }

// TestThousandInstances: a thousand virtual routers on four links move together when their
// master is killed, and stay where they are otherwise.
func TestThousandInstances(t *testing.T) {
	t.Parallel()
	nets := make([]*lab.Net, manyLinks)
	var lb [2]*lab.Host
	for link := range nets {
		nets[link] = lab.NewNet(t)
		for i := range lb {
			addr := fmt.Sprintf("10.%d.0.%d/16", 100+link, i+1)
			if link == 0 {
				lb[i] = nets[0].Host(fmt.Sprintf("lb%d", i+1), addr)
			} else {
				nets[link].Join(lb[i], addr)
			}
		}
	}
	const all = manyLinks * manyEach
	d := [2]*lab.Daemon{}
	for i := range d {
		d[i] = lab.StartDaemon(lb[i], lab.Vipward, manyConfig(i))
	}
	waitHeld(t, lb[0], all)
	waitHeld(t, lb[1], 0)
	lab.Wait(t, patient, "a line of each", func() error { // lines come after the addresses
		if n := d[0].Count(0, `Entering MASTER STATE`); n != all {
			return fmt.Errorf("%d lines", n)
		}
		return nil
	})
	memory := pss(t, d[0].RolePID(lab.VRRP))
	t.Logf("the vrrp process of the master takes %d kB", memory)
	if limit := 40 << 10; memory > limit {
		t.Errorf("the vrrp process takes %d kB, want at most %d", memory, limit)
	}
	marks := [2]int{d[0].Mark(), d[1].Mark()}
	wire := nets[0].Capture()
	lab.Wait(t, patient, "five rounds of adverts", func() error {
		if n := len(wire.Adverts()); n < 5*manyEach {
			return fmt.Errorf("%d adverts on the first link", n)
		}
		return nil
	})
	for i, mark := range marks {
		if n := d[i].Count(mark, `Entering \w+ STATE`); n != 0 {
			t.Errorf("lb%d changed its states %d times without a reason", i+1, n)
		}
	}
	d[0].KillTree()
	waitHeld(t, lb[1], all)
	lab.Wait(t, patient, "a line of each", func() error {
		if n := d[1].Count(marks[1], `Entering MASTER STATE`); n != all {
			return fmt.Errorf("%d of %d", n, all)
		}
		return nil
	})
}

// waitHeld waits until a node has n of the addresses.
func waitHeld(t *testing.T, h *lab.Host, n int) {
	t.Helper()
	lab.Wait(t, 2*patient, fmt.Sprintf("%d addresses on %s", n, h.Name), func() error {
		held := 0
		for _, a := range h.Addrs() {
			if ip := a.Addr(); ip.Is4() && ip.As4()[2] == 1 {
				held++
			}
		}
		if held != n {
			return fmt.Errorf("%d", held)
		}
		return nil
	})
}

// pss is the proportional memory of a process in kB.
func pss(t *testing.T, pid int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "Pss:"); ok {
			kb, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")))
			if err != nil {
				t.Fatal(err)
			}
			return kb
		}
	}
	t.Fatal("no Pss")
	return 0
}
