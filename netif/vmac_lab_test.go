// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
)

// A VMAC is in the VRF of its parent and follows it.
func TestVMACFollowsVRF(t *testing.T) {
	if !lab.Links(t, "vrf") {
		return // it ran in the lab kernel
	}
	namespace(t)
	ip(t, "link add red type vrf table 10")
	up(t, "red")
	ip(t, "link set dev a master red")
	l := openLinks(t, LinkMemory{})
	w := LinkWish{Links: []Virtual{vmac4()}}

	if diff := cmp.Diff([]string{"made vrrp.51"}, done(set(t, l, w))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	in := func() bool { return strings.Contains(ip(t, "-o link show dev vrrp.51"), "master red") }
	if !in() {
		t.Error("not in the VRF of its parent")
	}
	ip(t, "link set dev a nomaster")
	if diff := cmp.Diff([]string{"moved vrrp.51"}, done(set(t, l, w))); diff != "" || in() {
		t.Errorf("in the VRF: %v (-want +got):\n%s", in(), diff)
	}
	ip(t, "link set dev a master red")
	if diff := cmp.Diff([]string{"moved vrrp.51"}, done(set(t, l, w))); diff != "" || !in() {
		t.Errorf("in the VRF: %v (-want +got):\n%s", in(), diff)
	}
	if r := set(t, l, w); len(r.Done) > 0 {
		t.Errorf("nothing to do, but %+v", r.Done)
	}
}

// An ipvlan is as keepalived makes it: layer 2, with its mode and its own address.
func TestIPVLAN(t *testing.T) {
	if !lab.Links(t, "ipvlan") {
		return // it ran in the lab kernel
	}
	namespace(t)
	before := netSysctls(t)
	l := openLinks(t, LinkMemory{})
	four := Virtual{
		Key: "4", Owner: "VI_1", Kind: KindIPVLAN, Parent: "a", Name: "ipv1", Prefix: "vrrp", VRID: 51,
		Addr: netip.MustParsePrefix("10.0.0.51/24"),
	}
	six := Virtual{
		Key: "6", Owner: "VI_2", Kind: KindIPVLAN, Parent: "a", Prefix: "vrrp", VRID: 52, IPv6: true,
		Addr: netip.MustParsePrefix("fd00::53/64"),
	}
	w := LinkWish{Links: []Virtual{four, six}}
	if diff := cmp.Diff([]string{"made ipv1", "made vrrp.52"}, done(set(t, l, w))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want := []string{"ipv6/conf/ipv1/disable_ipv6 0->1"}
	if diff := cmp.Diff(want, changes(before, netSysctls(t))); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	for dev, texts := range map[string][]string{
		"ipv1":    {"inet 10.0.0.51/24 scope global ipv1", "ipvlan  mode l2 bridge"},
		"vrrp.52": {"inet6 fd00::53/64 scope global nodad deprecated", "ipvlan  mode l2 bridge", "UP"},
	} {
		got := ip(t, "-d -o link show dev "+dev) + ip(t, "-o addr show dev "+dev)
		for _, text := range texts {
			if !strings.Contains(got, text) {
				t.Errorf("no %q in %s", text, got)
			}
		}
	}
	if r := set(t, l, w); len(r.Done) > 0 {
		t.Errorf("nothing to do, but %+v", r.Done)
	}

	// A successor without memory finds them by their names.
	next := openLinks(t, LinkMemory{})
	if diff := cmp.Diff([]string{"found ipv1", "found vrrp.52"}, done(set(t, next, w))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	set(t, next, LinkWish{})
	if diff := cmp.Diff(before, netSysctls(t)); diff != "" {
		t.Errorf("settings afterwards (-want +got):\n%s", diff)
	}
}

func TestIPVLANModes(t *testing.T) {
	if !lab.Links(t, "ipvlan") {
		return // it ran in the lab kernel
	}
	for mode, want := range map[uint32]string{IPVLANPrivate: "mode l2 private", IPVLANVEPA: "mode l2 vepa"} {
		namespace(t)
		l := openLinks(t, LinkMemory{})
		v := Virtual{Key: "v", Kind: KindIPVLAN, Mode: mode, Parent: "a", Prefix: "vrrp", VRID: 51}
		set(t, l, LinkWish{Links: []Virtual{v}})
		if got := ip(t, "-d -o link show dev vrrp.51"); !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
		if r := set(t, l, LinkWish{Links: []Virtual{v}}); len(r.Done) > 0 {
			t.Errorf("nothing to do, but %+v", r.Done)
		}
	}
	shareMode(t)
}

// shareMode tests several ipvlans on one interface. The kernel keeps one mode for all of them:
// the last one decides, as with keepalived, and none is made again for it.
func shareMode(t *testing.T) {
	t.Helper()
	namespace(t)
	l := openLinks(t, LinkMemory{})
	want := []Virtual{
		{Key: "a", Kind: KindIPVLAN, Parent: "a", Prefix: "vrrp", VRID: 51},
		{Key: "b", Kind: KindIPVLAN, Mode: IPVLANPrivate, Parent: "a", Prefix: "vrrp", VRID: 52},
		{Key: "c", Kind: KindIPVLAN, Parent: "a", Prefix: "vrrp", VRID: 53},
	}
	set(t, l, LinkWish{Links: want})
	for _, name := range []string{"vrrp.51", "vrrp.52", "vrrp.53"} {
		if got := ip(t, "-d -o link show dev "+name); !strings.Contains(got, "mode l2 bridge") {
			t.Errorf("no bridge in %s", got)
		}
	}
	for range 3 {
		if r := set(t, l, LinkWish{Links: want}); len(r.Done) > 0 {
			t.Errorf("nothing to do, but %+v", r.Done)
		}
	}
}
