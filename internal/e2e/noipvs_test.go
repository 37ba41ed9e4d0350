// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"testing"

	"vipward/internal/lab"
)

// TestKernelWithoutIPVS runs a pair with a virtual server where the kernel cannot balance:
// that is said, and the VRRP side does its work all the same.
func TestKernelWithoutIPVS(t *testing.T) {
	t.Parallel()
	if lab.HasIPVS() {
		t.Log("nothing to see: this kernel has IPVS")
		return
	}
	p := newPair(t)
	configs := both(instance{version: 3, advert: "0.2"})
	for i := range configs {
		configs[i] += service("NAT", "", "198.51.100.50")
	}
	p.start(twoVipwards, configs)
	for _, d := range p.daemon {
		d.WaitLine(`(?i)IPVS`, patient)
	}
	p.moveAndReturn(faults()[0])
}
