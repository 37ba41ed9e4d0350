// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
	"vipward/netif"
)

// vipList reads "PREFIX [dev DEV] [use_vmac]".
func vipList(texts ...string) []conf.Address {
	var out []conf.Address
	for _, text := range texts {
		words := strings.Fields(text)
		a := conf.Address{Prefix: netip.MustParsePrefix(words[0])}
		for i, w := range words {
			switch w {
			case "dev":
				a.Dev = words[i+1]
			case "use_vmac":
				a.UseVMAC = true
			case "no_track":
				a.NoTrack = true
			}
		}
		out = append(out, a)
	}
	return out
}

// vmacInstance is an instance on eth0 with VRID 51.
func vmacInstance(change func(*conf.Instance), vips ...string) *conf.Instance {
	c := &conf.Instance{Name: "VI_1", Interface: "eth0", VRID: 51, VIPs: vipList(vips...), DownTimerAdverts: 3}
	change(c)
	return c
}

func useVMAC(c *conf.Instance) { c.VMAC = &conf.VMAC{} }

func describe(v netif.Virtual) string {
	text := fmt.Sprintf("%s %s on %s %s %s.%d", v.Key, v.Kind, v.Parent, v.MAC, v.Prefix, v.VRID)
	for i, is := range []bool{v.IPv6, v.LinkLocal, v.Notify, v.IPv6Addrs} {
		if is {
			text += []string{" 6", " lladdr", " notify", " +6"}[i]
		}
	}
	if v.Name != "" {
		text += " name " + v.Name
	}
	if v.Group != nil {
		text += fmt.Sprintf(" group %d", *v.Group)
	}
	if v.Addr.IsValid() {
		text += fmt.Sprintf(" %s mode %d", v.Addr, v.Mode)
	}
	return text
}

func TestVirtualLinks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		c    *conf.Instance
		want []string
	}{
		{"none", vmacInstance(func(*conf.Instance) {}, "10.0.0.1/24"), nil},
		{"use_vmac", vmacInstance(useVMAC, "10.0.0.1/24"), []string{"k macvlan on eth0 00:00:5e:00:01:33 vrrp.51"}},
		{
			"all of it", vmacInstance(func(c *conf.Instance) {
				c.VMAC = &conf.VMAC{Name: "vm1", MAC: "02:aa:bb:cc:dd:ee", Group: "7", LinkNotify: true}
			}, "10.0.0.1/24"),
			[]string{"k macvlan on eth0 02:aa:bb:cc:dd:ee vrrp.51 notify name vm1 group 7"},
		},
		{
			"a MAC address of five octets", vmacInstance(func(c *conf.Instance) { c.VMAC = &conf.VMAC{MAC: "02:aa:bb:cc:dd"} }, "10.0.0.1/24"),
			[]string{"k macvlan on eth0 02:aa:bb:cc:dd:33 vrrp.51"},
		},
		{
			"IPv6", vmacInstance(func(c *conf.Instance) { useVMAC(c); c.Family = conf.IPv6 }, "fe80::1/64"),
			[]string{"k macvlan on eth0 00:00:5e:00:02:33 vrrp.51 6 lladdr"},
		},
		{
			"excluded address of IPv6", vmacInstance(func(c *conf.Instance) {
				useVMAC(c)
				c.ExcludedVIPs = vipList("fd00::9/64")
			}, "10.0.0.1/24"),
			[]string{"k macvlan on eth0 00:00:5e:00:01:33 vrrp.51 +6"},
		},
		{
			"use_vmac_addr", vmacInstance(func(c *conf.Instance) { c.UseVMACAddr = true }, "10.0.0.1/24", "10.1.0.1/24 dev eth1", "10.1.0.2/24 dev eth1"),
			[]string{"k on eth1 macvlan on eth1 00:00:5e:00:01:33 addr.51"},
		},
		{
			"use_vmac_addr and another family", vmacInstance(func(c *conf.Instance) {
				c.UseVMACAddr = true
				c.ExcludedVIPs = vipList("fd01::9/64 dev eth1", "fd01::8/64 dev eth1", "fd00::9/64")
			}, "10.0.0.1/24", "10.1.0.1/24 dev eth1"),
			[]string{
				"k on eth1 macvlan on eth1 00:00:5e:00:01:33 addr.51",
				"k on eth1 IPv6 macvlan on eth1 00:00:5e:00:02:33 addr.51 6",
				"k on eth0 IPv6 macvlan on eth0 00:00:5e:00:02:33 addr.51 6",
			},
		},
		{
			"the same of an IPv6 instance with a VMAC", vmacInstance(func(c *conf.Instance) {
				useVMAC(c)
				c.Family, c.UseVMACAddr = conf.IPv6, true
				c.ExcludedVIPs = vipList("10.0.0.1/24")
			}, "fe80::1/64"),
			[]string{
				"k macvlan on eth0 00:00:5e:00:02:33 vrrp.51 6 lladdr",
				"k on eth0 IPv4 macvlan on eth0 00:00:5e:00:01:33 addr.51",
			},
		},
		{
			"use_vmac of an address of another family", vmacInstance(func(c *conf.Instance) {
				c.ExcludedVIPs = vipList("fd00::9/64 use_vmac", "fd00::8/64")
			}, "10.0.0.1/24"),
			[]string{"k on eth0 IPv6 macvlan on eth0 00:00:5e:00:02:33 addr.51 6"},
		},
		{
			"use_vmac of an address", vmacInstance(func(*conf.Instance) {}, "10.0.0.1/24 use_vmac", "10.0.0.2/24", "10.1.0.1/24 dev eth1 use_vmac"),
			[]string{"k on eth0 macvlan on eth0 00:00:5e:00:01:33 addr.51", "k on eth1 macvlan on eth1 00:00:5e:00:01:33 addr.51"},
		},
		{
			"its VMAC is enough", vmacInstance(useVMAC, "10.0.0.1/24 use_vmac", "10.0.0.2/24 dev eth0"),
			[]string{"k macvlan on eth0 00:00:5e:00:01:33 vrrp.51"},
		},
		{
			"use_ipvlan", vmacInstance(func(c *conf.Instance) {
				c.IPVLAN = &conf.IPVLAN{Name: "ip1", Addr: netip.MustParsePrefix("10.0.0.51/24"), Mode: "private", Group: "3"}
			}, "10.0.0.1/24"),
			[]string{"k ipvlan on eth0  vrrp.51 name ip1 group 3 10.0.0.51/24 mode 1"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := oneInstance(tt.c)
			cfg.Global.VRRP.VMACPrefix, cfg.Global.VRRP.VMACAddrPrefix = "vrrp", "addr"
			var got []string
			for _, v := range linkWish(cfg, []string{"k"}).Links {
				got = append(got, describe(v))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestVirtualLinkDetails(t *testing.T) {
	t.Parallel()
	c := vmacInstance(func(c *conf.Instance) { useVMAC(c); c.VMACXmitBase = true; c.Family = conf.IPv6 }, "fe80::1/64 use_vmac")
	cfg := oneInstance(c)
	cfg.Global.VRRP.VMACPrefix = "abc"
	w := linkWish(cfg, []string{"k"})
	if len(w.Links) != 1 || w.Links[0].LinkLocal {
		t.Errorf("adverts come from the parent, but %+v", w.Links)
	}
	c.VMAC = nil
	if w = linkWish(cfg, []string{"k"}); w.Links[0].Prefix != "abc" {
		t.Errorf("vmac_addr_prefix is not vmac_prefix: %+v", w.Links[0])
	}
	if got := linkGroup("no such group, surely"); got != nil {
		t.Errorf("group %d", *got)
	}
	if got := linkGroup("default"); got == nil || *got != 0 {
		t.Errorf("group %v", got)
	}
	if ownMAC("what", 1) != nil || ownMAC("x:x:x:x:x", 1) != nil {
		t.Error("read a MAC address that is none")
	}
}

// Settings that several want are one to the kernel; they are wished for as often.
func TestLinkWishSettings(t *testing.T) {
	t.Parallel()
	promote := func(c *conf.Instance) { c.PromoteSecondaries = true }
	cfg := &conf.Config{Instances: []*conf.Instance{vmacInstance(promote, "10.0.0.1/24"), vmacInstance(promote, "10.0.0.2/24")}}
	cfg.Instances[1].Interface = "eth1"
	cfg.Global.VRRP.DisableLocalIGMP = true
	w := linkWish(cfg, []string{"1", "2"})
	want := []netif.LinkSysctl{netif.PromoteSecondaries("eth0"), netif.PromoteSecondaries("eth1"), netif.NoLocalIGMP()}
	if diff := cmp.Diff(want, w.Sysctls); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !w.VIPs[netip.MustParseAddr("10.0.0.2")] {
		t.Errorf("VIPs %v", w.VIPs)
	}
}

func TestDebounceIsLimited(t *testing.T) {
	t.Parallel()
	const s = time.Second
	tests := []struct {
		name     string
		adverts  int
		interval time.Duration
		down, up time.Duration
		want     netif.LinkDelay
		lines    []string
	}{
		{"short enough", 3, s, s, s, netif.LinkDelay{Down: s, Up: s}, nil},
		{
			"one too long", 3, s, s * 3 / 2, 2 * s,
			netif.LinkDelay{Down: s * 3 / 2, Up: 1996094 * time.Microsecond},
			[]string{"VI_1: interface eth0 debounce timer(s) not less that 2 * advert_int - resetting"},
		},
		{
			"both", 5, s / 10, s, s,
			netif.LinkDelay{Down: 399610 * time.Microsecond, Up: 399610 * time.Microsecond},
			[]string{"VI_1: interface eth0 debounce timer(s) not less that 4 * advert_int - resetting"},
		},
		{"none", 1, s, s, s, netif.LinkDelay{}, []string{"VI_1: interface eth0 debounce timer(s) not less that 0 * advert_int - resetting"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := oneInstance(vmacInstance(func(c *conf.Instance) { c.AdvertInt, c.DownTimerAdverts = tt.interval, tt.adverts }))
			cfg.LinkDelays = []conf.LinkDelay{{Interface: "eth0", Down: tt.down, Up: tt.up}, {Interface: "eth1", Down: 9 * s}}
			got, lines := debounce(cfg)
			want := map[string]netif.LinkDelay{"eth0": tt.want, "eth1": {Down: 9 * s}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.lines, lines); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}
