// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
	"vipward/netif"
)

// fakeWatch is an ARPWatch that hears what a test says.
type fakeWatch struct {
	set  chan []netip.Addr
	hear chan []netif.Sighting
	fail chan error // ends Run
}

func newFakeWatch() *fakeWatch {
	return &fakeWatch{make(chan []netip.Addr, 10), make(chan []netif.Sighting), make(chan error)}
}

func (w *fakeWatch) Set(ips []netip.Addr) error {
	w.set <- slices.Clone(ips)
	return nil
}

func (w *fakeWatch) Run(ctx context.Context, emit func([]netif.Sighting)) error {
	for {
		select {
		case list := <-w.hear:
			emit(list)
		case err := <-w.fail:
			return err
		case <-ctx.Done():
			return nil
		}
	}
}

func (w *fakeWatch) option() func(*kernel) { return func(k *kernel) { k.watch = w } }

func sighting(index int, ip, mac string) netif.Sighting {
	hw, _ := net.ParseMAC(mac)
	return netif.Sighting{Index: index, IP: netip.MustParseAddr(ip), MAC: hw}
}

// TestMasterAnswersClaims: another host that claims an address by ARP makes the master
// announce again, with a line that names the host; what is none of its business does not.
func TestMasterAnswersClaims(t *testing.T) {
	t.Parallel()
	w := newFakeWatch()
	vi := calmInstance()
	vi.VIPs = addresses("10.0.0.100/24", "10.0.0.101/24")
	c := startChild(t, oneInstance(vi), &memStore{}, w.option())
	if diff := cmp.Diff([]string{"10.0.0.100", "10.0.0.101"}, texts(<-w.set)); diff != "" {
		t.Errorf("watched (-want +got)\n%s", diff)
	}
	w.hear <- []netif.Sighting{sighting(2, "10.0.0.100", "02:00:00:00:00:01")} // it is a backup yet
	c.eventually("MASTER", func() bool { return len(c.announcements()) == 6 })
	w.hear <- []netif.Sighting{
		sighting(3, "10.0.0.100", "02:00:00:00:00:02"), // on another link
		sighting(2, "10.0.0.102", "02:00:00:00:00:03"), // for another address
		sighting(2, "10.0.0.101", "02:00:00:00:00:04"),
		sighting(2, "10.0.0.100", "02:00:00:00:00:05"), // too soon after that one
	}
	c.eventually("another set", func() bool { return len(c.announcements()) == 10 })
	if n := strings.Count(c.log.String(), "ARP for"); n != 1 || !c.logged(`(VI_1) ARP for 10.0.0.101 from 02:00:00:00:00:04`)() {
		t.Errorf("%d lines of claims in\n%s", n, c.log)
	}
}

func texts(list []netip.Addr) []string {
	var out []string
	for _, ip := range list {
		out = append(out, ip.String())
	}
	return out
}

func TestContests(t *testing.T) {
	t.Parallel()
	l := &loop{}
	l.links = newLinks(l)
	mac := func(s string) net.HardwareAddr { hw, _ := net.ParseMAC(s); return hw }
	l.picture.Apply(netif.Resync{Links: []netif.Link{
		{Name: "eth0", Index: 2, MAC: mac("02:00:00:00:00:0a")},
		{Name: "eth1", Index: 3, MAC: mac("02:00:00:00:01:0a")},
		{Name: "vrrp.51", Index: 4, Parent: 2, Kind: netif.KindMACVLAN, MAC: mac("00:00:5e:00:01:33")},
		{Name: "eth0.7", Index: 5, Parent: 2, Kind: "vlan", MAC: mac("02:00:00:00:00:0a")},
	}})
	plain, vlan, vmac := testInstance(100), testInstance(100), testInstance(100)
	vlan.VIPs = addresses("10.0.0.100/24 eth0.7")
	vmac.VIPs = addresses("10.0.0.100/24 vrrp.51", "10.0.0.100/24 gone", "fe80::5/64 eth1")
	const foreign = "02:00:00:00:00:0b"
	for _, c := range []struct {
		name string
		vi   *conf.Instance
		s    netif.Sighting
		want bool
	}{
		{"another host", plain, sighting(2, "10.0.0.100", foreign), true},
		{"on another link", plain, sighting(3, "10.0.0.100", foreign), false},
		{"another address", plain, sighting(2, "10.0.0.101", foreign), false},
		{"a host that says no address", plain, sighting(2, "10.0.0.100", ""), true},
		{"our own, reflected", plain, sighting(2, "10.0.0.100", "02:00:00:00:00:0a"), false},
		{"below the VLAN", vlan, sighting(2, "10.0.0.100", foreign), false},
		{"on the VLAN", vlan, sighting(5, "10.0.0.100", foreign), true},
		{"on the VMAC", vmac, sighting(4, "10.0.0.100", foreign), true},
		{"below the VMAC", vmac, sighting(2, "10.0.0.100", foreign), true},
		{"with the virtual MAC address", vmac, sighting(2, "10.0.0.100", "00:00:5e:00:01:33"), false},
		{"on the link of another address", vmac, sighting(3, "10.0.0.100", foreign), false},
		{"on that link for that address", vmac, sighting(3, "fe80::5", foreign), true},
	} {
		if got := l.contests(&instance{cfg: c.vi}, c.s); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestWithoutTheWatch: claims that cannot be heard any more are no reason to end.
func TestWithoutTheWatch(t *testing.T) {
	t.Parallel()
	w := newFakeWatch()
	c := startChild(t, oneInstance(calmInstance()), &memStore{}, w.option())
	w.fail <- errors.New("socket is broken")
	c.eventually("a warning", c.logged("socket is broken"))
	before := len(c.port.adverts())
	c.eventually("more adverts", func() bool { return len(c.port.adverts()) > before+2 })
	if err := c.finish(); err != nil {
		t.Error(err)
	}
}
