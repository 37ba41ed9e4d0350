// SPDX-License-Identifier: Apache-2.0

package netif

import "testing"

// TestMonitorSeesDuplicates: another host on the link has an address that is tested, so that
// the kernel does not use it. Deleted and added without a test it works.
func TestMonitorSeesDuplicates(t *testing.T) {
	a, _ := namespace(t)
	ip(t, "link set dev b addrgenmode none")
	ip(t, "addr add fd00::77/64 dev b nodad")
	k := openKernel(t)
	l := listening(t, openMonitor(t))
	tested := addr(a, "fd00::77/64")
	tested.DAD = true
	must(t, k, []Op{{Add: true, Addr: &tested}})
	l.until("the duplicate is told", func() bool {
		for _, ev := range l.heard {
			if c, ok := ev.(AddrChange); ok && c.Index == a && c.DADFailed {
				return true
			}
		}
		return false
	})
	untested := addr(a, "fd00::77/64")
	must(t, k, []Op{{Addr: &tested}, {Add: true, Addr: &untested}})
	l.until("it is usable", func() bool {
		last, _ := l.heard[len(l.heard)-1].(AddrChange)
		return last.Index == a && last.Added && !last.Tentative && !last.DADFailed
	})
}
