// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/netif"
)

// The lines about links are those that tools know from keepalived.
func TestLinkLines(t *testing.T) {
	t.Parallel()
	err := errors.New("make vrrp.51: no space left on device")
	line := func(d netif.LinkDone) string {
		d.Name = "vrrp.51"
		text, level := linkDoneLine("VI_1", d)
		if (level == slog.LevelError) != (d.Err != nil) {
			t.Errorf("%q at level %s", text, level)
		}
		return text
	}
	text := func(s string, _ bool) string { return s }
	level := func(s string, l slog.Level) string { return l.String() + " " + s }
	all := netif.SysctlChange{Name: "net.ipv4.conf.all.rp_filter", Value: 2}
	one := netif.SysctlChange{Name: "net.ipv4.conf.eth0.arp_ignore", Value: 1}
	bad := netif.SysctlChange{Name: "net.ipv4.conf.eth0.arp_ignore", Value: 1, Err: errors.New("read-only file system")}
	got := []string{
		line(netif.LinkDone{}),
		line(netif.LinkDone{IPVLAN: true}),
		line(netif.LinkDone{Kind: netif.LinkFound}),
		line(netif.LinkDone{Kind: netif.LinkDeleted}),
		line(netif.LinkDone{Kind: netif.LinkMoved}),
		line(netif.LinkDone{Err: err}),
		linksFailedLine(err),
		level(sysctlRestoredLine(all)),
		level(sysctlRestoredLine(one)),
		level(sysctlRestoredLine(bad)),
		level(sysctlRepairedLine(one)),
		level(sysctlRepairedLine(bad)),
		level(sysctlFailedLine(one)),
		text(heldLine(netif.HeldChange{Name: "eth0", From: 0x11043, To: 0x1003, Delay: 1500 * time.Millisecond})),
		text(beatLine("eth0", true)),
		text(beatLine("eth0", false)),
		beatMethodLine("eth1", "MII", "ETHTOOL"),
		beatMethodLine("eth1", "MII", ""),
		linkDeletedLine("eth0"), linkAddedLine("eth0"), linkRenamedLine("eth0", "ethx"),
		parentDownLine("VI_1", "eth0"),
		debounceLine("VI_1", "eth0", 2),
	}
	want := []string{
		"(VI_1): Success creating VMAC interface vrrp.51",
		"(VI_1): Success creating ipvlan interface vrrp.51",
		"(VI_1) Found matching interface vrrp.51",
		"(VI_1) Success removing VMAC interface vrrp.51",
		"vmac: Success changing VRF of VMAC interface vrrp.51 for vrrp_instance VI_1",
		"(VI_1): make vrrp.51: no space left on device",
		"VMACs cannot be kept: make vrrp.51: no space left on device",
		"INFO NOTICE: resetting sysctl net.ipv4.conf.all.rp_filter to 2",
		"INFO ",
		"ERROR sysctl net.ipv4.conf.eth0.arp_ignore cannot be set back to 1: read-only file system",
		"WARN sysctl net.ipv4.conf.eth0.arp_ignore was changed by something else, set to 1 again",
		"ERROR sysctl net.ipv4.conf.eth0.arp_ignore cannot be set to 1: read-only file system",
		"INFO ",
		"eth0: Adding flags change from 0x11043 to 0x1003 delay by 1500000",
		"Linkbeat reports eth0 up",
		"Linkbeat reports eth0 down",
		"(eth1): Configured linkbeat type MII not supported, using ETHTOOL",
		"(eth1): Configured linkbeat type MII not supported",
		"Interface eth0 deleted", "Interface eth0 added", "Interface name has changed from eth0 to ethx",
		"(VI_1) interface eth0 is down",
		"VI_1: interface eth0 debounce timer(s) not less that 2 * advert_int - resetting",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
