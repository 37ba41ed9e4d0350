// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"testing"

	"vipward/internal/lab"
)

// TestKilledVRRPChildInEveryForm kills the master's vrrp child in every form of VRRP, beside
// a keepalived that would take over: the successor goes on where it was, on the same link,
// with the address, and the neighbour hears nothing that it had to object to.
func TestKilledVRRPChildInEveryForm(t *testing.T) {
	t.Parallel()
	for _, c := range cells() {
		t.Run(c.String(), func(t *testing.T) {
			t.Parallel()
			c.slow = true // a busy machine may take longer than 0.6 s to start a process
			p := newInterop(t, c)
			p.broken = "" // and than a tracked script has
			p.startNode(0, lab.Vipward)
			p.startNode(1, lab.Keepalived)
			p.must(p.waitHolder(0))
			p.daemon[1].WaitLine(`Entering BACKUP STATE`, patient)
			p.nextAdvert()
			holder := watch(t, func() error {
				if !p.lb[0].HasAddr(p.vip()) {
					return fmt.Errorf("lb1 lost %s", p.vip())
				}
				return nil
			})
			marks := [2]int{p.daemon[0].Mark(), p.daemon[1].Mark()}
			before := len(p.wire.Adverts())
			dead := p.daemon[0].KillRole(lab.VRRP)
			p.daemon[0].RunningRole(lab.VRRP, dead, 3*back)
			for range 4 { // longer than the neighbour waits
				p.nextAdvert()
			}
			holder()
			for i, mark := range marks {
				if n := p.daemon[i].Count(mark, `Entering \w+ STATE|received an invalid|not present|checksum|sequence`); n != 0 {
					t.Errorf("lb%d noticed:\n%q", i+1, p.daemon[i].From(mark))
				}
			}
			for _, a := range p.wire.Adverts()[before:] {
				if a.Priority != uint8(priorities[0]) {
					t.Errorf("advert of %v with priority %d", a.Src, a.Priority)
				}
			}
		})
	}
}
