// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
)

// labCases need kinds of links that few kernels have.
func labCases() []linkCase {
	const vip = "\n  virtual_ipaddress {\n    10.0.0.100/24\n  }"
	on := func(rest string) []string {
		return []string{"  interface eth0\n  virtual_router_id 51\n  " + rest + vip}
	}
	return []linkCase{
		{name: "ipvlan", vis: on("use_ipvlan ipv1 10.0.0.51/24")},
		{name: "ipvlan without a name", vis: on("use_ipvlan 10.0.0.52/24")},
		{name: "ipvlan of IPv6", vis: []string{"  interface eth0\n  virtual_router_id 51\n  use_ipvlan ip3 fd00::53/64\n  virtual_ipaddress {\n    fe80::77/64\n  }"}},
		{name: "VRF", vis: on("use_vmac"), prepare: [][]string{
			{"ip", "link", "add", "red", "address", "02:00:00:00:0f:0a", "type", "vrf", "table", "10"},
			{"ip", "link", "set", "red", "up"},
			{"ip", "link", "set", "eth0", "master", "red"},
		}},
		{name: "VLAN", vis: []string{"  interface eth0.5\n  virtual_router_id 51\n  use_vmac" + strings.Replace(vip, "10.0.0.100", "10.5.0.100", 1)}, prepare: [][]string{
			{"ip", "link", "add", "link", "eth0", "name", "eth0.5", "type", "vlan", "id", "5"},
			{"ip", "addr", "add", "10.5.0.1/24", "dev", "eth0.5"},
			{"ip", "link", "set", "eth0.5", "up"},
		}},
	}
}

// TestLabLinksAsKeepalived is TestLinksAsKeepalived of ipvlans, VRFs and VLANs.
func TestLabLinksAsKeepalived(t *testing.T) {
	lab.Vipward(t) // is built here, and known inside
	lab.Keepalived(t)
	if !lab.Links(t, "ipvlan", "vrf", "vlan") {
		return // it ran in the lab kernel
	}
	for _, c := range labCases() {
		t.Run(c.name, func(t *testing.T) {
			_, want, _ := c.run(t, lab.Keepalived)
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

// TestVMACFollowsVRF takes the interface of a master out of its VRF: the VMAC goes along.
func TestVMACFollowsVRF(t *testing.T) {
	lab.Vipward(t) // is built here, and known inside
	if !lab.Links(t, "vrf") {
		return // it ran in the lab kernel
	}
	h := linkHost(t)
	for _, args := range labCases()[3].prepare {
		h.Run(args...)
	}
	d := lab.StartDaemon(h, lab.Vipward, vmacConfig)
	waitOn(t, h, "vrrp.51")
	if out := h.Run("ip", "link", "show", "dev", "vrrp.51"); !strings.Contains(out, "master red") {
		t.Errorf("not in the VRF: %s", out)
	}
	h.Run("ip", "link", "set", "eth0", "nomaster")
	d.WaitLine(`vmac: Success changing VRF of VMAC interface vrrp.51 for vrrp_instance VI_1`, patient)
	adverts := h.Capture("eth0") // whether it stepped down meanwhile or was faster than that
	adverts.WaitAdvert("that the master goes on", patient, func(a lab.Advert) bool { return a.Priority == 100 })
	waitOn(t, h, "vrrp.51")
	if out := h.Run("ip", "link", "show", "dev", "vrrp.51"); strings.Contains(out, "master") {
		t.Errorf("still in the VRF: %s", out)
	}
}
