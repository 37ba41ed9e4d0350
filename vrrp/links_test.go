// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
	"vipward/netif"
)

// vmacChild runs VI_1 with a VMAC on eth0, whose links are told as a monitor does.
func vmacChild(t *testing.T, change func(*conf.Instance), options ...any) *child {
	t.Helper()
	vi := testInstance(100)
	vi.VMAC = &conf.VMAC{}
	if change != nil {
		change(vi)
	}
	return startChild(t, oneInstance(vi), &memStore{}, options...)
}

// theVMAC is the link that fakeLinks makes first, and ethernet is eth0 as it can carry one.
func theVMAC(up bool) netif.Link {
	return netif.Link{Name: "vrrp.51", Index: 101, Up: up, Multicast: true, Ethernet: true}
}

func ethernet(up bool) netif.Resync {
	link := eth0
	link.Ethernet, link.Up = true, up
	return netif.Resync{Links: []netif.Link{link}, Addrs: []netif.AddrChange{{Index: 2, Prefix: hostAddr.Prefix, Added: true}}}
}

// An instance begins when its VMAC is up, and puts its address there; the VMAC goes last.
func TestInstanceWaitsForItsVMAC(t *testing.T) {
	t.Parallel()
	c := vmacChild(t, nil, ethernet(true))
	c.eventually("a VMAC", c.logged("Success creating VMAC interface"))
	c.tell(netif.LinkChange{Link: theVMAC(false)})
	c.tell(netif.LinkChange{Link: theVMAC(true)})
	c.eventually("the VIP on it", func() bool { return strings.Contains(c.kernel.String(), "10.0.0.100/24 dev if101") })
	if c.logged("FAULT")() {
		t.Errorf("it began too early:\n%s", c.log)
	}
	if err := c.finish(); err != nil {
		t.Fatal(err)
	}
	log := c.log.String()
	gone, removed := strings.Index(log, "removing VIPs."), strings.Index(log, "(VI_1) Success removing VMAC interface")
	if gone < 0 || removed < gone {
		t.Errorf("not in order:\n%s", log)
	}
}

// With its parent down it is Fault from the start, as without a VMAC.
func TestVMACWithoutParent(t *testing.T) {
	t.Parallel()
	c := vmacChild(t, nil, ethernet(false))
	c.tell(netif.LinkChange{Link: theVMAC(false)})
	c.eventually("the reason", c.logged("(VI_1): entering FAULT state (interface eth0 down)"))
	c.eventually("what follows from it", c.logged("(VI_1): entering FAULT state (interface vrrp.51 down)"))
	up := ethernet(true)
	c.tell(netif.LinkChange{Link: up.Links[0]}, netif.LinkChange{Link: theVMAC(true)})
	c.eventually("the address", c.holds("10.0.0.100/24"))
}

// A VMAC that cannot be made keeps its instance in Fault, and is said once.
func TestVMACFails(t *testing.T) {
	t.Parallel()
	vi := testInstance(100)
	vi.VMAC = &conf.VMAC{}
	key := instanceKey(vi)
	c := vmacChild(t, nil, ethernet(true), func(f *fakeLinks) { f.fail = map[string]error{key: errors.New("make vrrp.51: no space")} })
	c.eventually("the error", c.logged("(VI_1): make vrrp.51: no space"))
	c.eventually("Fault", c.logged("entering FAULT state (interface"))
	was := strings.Count(c.log.String(), "no space")
	if was != 1 {
		t.Errorf("said %d times", was)
	}
	c.links.allow()
	c.tell(netif.LinkChange{Link: ethernet(true).Links[0]}, netif.LinkChange{Link: theVMAC(true)})
	c.eventually("the address", c.holds("10.0.0.100/24"))
}

// Deleted by somebody else it is Fault until it is there again.
func TestVMACDeleted(t *testing.T) {
	t.Parallel()
	c := vmacChild(t, nil, ethernet(true))
	c.tell(netif.LinkChange{Link: theVMAC(true)})
	c.eventually("the VIP", c.holds("10.0.0.100/24"))
	c.links.lose()
	c.tell(netif.LinkChange{Link: theVMAC(false)}, netif.LinkChange{Link: theVMAC(false), Gone: true})
	c.eventually("Fault", c.logged("(VI_1) Entering FAULT STATE"))
	c.eventually("that it is gone", c.logged("Interface vrrp.51 deleted"))
	again := theVMAC(true)
	again.Index = 102
	c.tell(netif.LinkChange{Link: again})
	c.eventually("the VIP on the new one", func() bool { return strings.Contains(c.kernel.String(), "10.0.0.100/24 dev if102") })
}

// A reload to a configuration without a VMAC takes it away, and keeps it otherwise.
func TestVMACOverReload(t *testing.T) {
	t.Parallel()
	c := vmacChild(t, nil, ethernet(true))
	c.tell(netif.LinkChange{Link: theVMAC(true)})
	c.eventually("the VIP", c.holds("10.0.0.100/24"))
	same := testInstance(100)
	same.VMAC = &conf.VMAC{}
	if err := c.reloadTo(oneInstance(same)); err != nil {
		t.Fatal(err)
	}
	if c.logged("Success removing")() {
		t.Error("removed though it is still used")
	}
	if err := c.reloadTo(oneInstance(testInstance(100))); err != nil {
		t.Fatal(err)
	}
	c.eventually("removal", c.logged("(VI_1) Success removing VMAC interface"))
	c.eventually("the VIP on eth0", func() bool { return strings.Contains(c.kernel.String(), "10.0.0.100/24 dev if2") })
}

// A successor knows the links and settings, and so do those after it.
func TestLinksAreSaved(t *testing.T) {
	t.Parallel()
	c := vmacChild(t, nil, ethernet(true))
	c.eventually("saved links", func() bool { return strings.Contains(string(c.store.Load()), `"links":{"links":{`) })
	vi := testInstance(100)
	vi.VMAC = &conf.VMAC{}
	next := startChild(t, oneInstance(vi), c.store, ethernet(true))
	next.eventually("the links", func() bool { return next.links.Memory().Links[instanceKey(vi)] == 101 })
}

// What somebody else changes is said.
func TestSysctlRepaired(t *testing.T) {
	t.Parallel()
	c := vmacChild(t, nil, ethernet(true))
	c.links.change(netif.SysctlChange{Name: "net.ipv4.conf.eth0.arp_ignore", Value: 1})
	c.eventually("the repair", c.logged("sysctl net.ipv4.conf.eth0.arp_ignore was changed by something else, set to 1 again"))
}

// dont_track_primary: neither the interface nor the VMAC on it count.
func TestVMACNotTracked(t *testing.T) {
	t.Parallel()
	c := vmacChild(t, func(vi *conf.Instance) { vi.DontTrackPrimary = true }, ethernet(true))
	c.tell(netif.LinkChange{Link: theVMAC(true)})
	c.eventually("the VIP", c.holds("10.0.0.100/24"))
	c.tell(netif.LinkChange{Link: theVMAC(false)})
	c.tell(netif.LinkChange{Link: ethernet(false).Links[0]})
	c.eventually("the news", c.logged("Netlink reports eth0 down"))
	if c.logged("FAULT")() {
		t.Errorf("it counts:\n%s", c.log)
	}
}

// A short loss of the carrier is not believed, a long one is.
func TestLinkIsDebounced(t *testing.T) {
	t.Parallel()
	vi := testInstance(100)
	vi.AdvertInt = time.Second
	cfg := oneInstance(vi)
	cfg.LinkDelays = []conf.LinkDelay{{Interface: "eth0", Down: 50 * time.Millisecond}}
	c := startChild(t, cfg, &memStore{})
	down := eth0
	down.Up, down.Flags = false, 0x1003
	c.tell(netif.LinkChange{Link: down})
	c.tell(netif.LinkChange{Link: eth0})
	c.eventually("it is held back", c.logged("eth0: Adding flags change from 0x0 to 0x1003 delay by 50000"))
	if c.logged("Netlink reports")() {
		t.Errorf("it is believed:\n%s", c.log)
	}
	c.tell(netif.LinkChange{Link: down})
	c.eventually("it is believed", c.logged("Netlink reports eth0 down"))
	c.eventually("it is Fault", c.logged("(VI_1) Entering FAULT STATE"))
}

// The state of a polled interface is what its driver says.
func TestLinkIsPolled(t *testing.T) {
	t.Parallel()
	cfg := oneInstance(testInstance(100))
	cfg.Linkbeats = []conf.Linkbeat{{Interface: "eth0", Method: "MII"}}
	c := startChild(t, cfg, &memStore{}, func(f *fakeCarrier) {
		f.methods, f.up = map[string]string{"eth0": "ETHTOOL"}, map[string]bool{"eth0": false}
	})
	c.eventually("the method", c.logged("(eth0): Configured linkbeat type MII not supported, using ETHTOOL"))
	c.eventually("it is down", c.logged("Linkbeat reports eth0 down"))
	c.carrier.set("eth0", true)
	c.eventually("it is up", c.logged("Linkbeat reports eth0 up"))
	c.eventually("the VIP", c.holds("10.0.0.100/24"))
}

// An interface that changes its name is another one to the configuration.
func TestInterfaceRenamed(t *testing.T) {
	t.Parallel()
	c := startChild(t, oneInstance(testInstance(100)), &memStore{})
	c.eventually("the VIP", c.holds("10.0.0.100/24"))
	other, down := eth0, eth0
	other.Name, down.Up = "ethx", false
	c.tell(netif.LinkChange{Link: down})
	c.tell(netif.LinkChange{Link: other})
	c.eventually("the news", c.logged("Interface ethx added"))
	c.tell(netif.LinkChange{Link: eth0})
	c.eventually("the VIP again", c.logged("Interface eth0 added"))
	want := []string{
		"Netlink reports eth0 down", "Interface name has changed from eth0 to ethx", "Interface ethx added",
		"Interface name has changed from ethx to eth0", "Interface eth0 added", "Netlink reports eth0 up",
	}
	c.eventually("all of it", c.logged(want[len(want)-1]))
	if diff := cmp.Diff(want, c.lines("Interface ", "Netlink reports")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestInterfaceDeletedAndAdded(t *testing.T) {
	t.Parallel()
	c := startChild(t, oneInstance(testInstance(100)), &memStore{})
	c.eventually("the VIP", c.holds("10.0.0.100/24"))
	down := eth0
	down.Up = false
	c.tell(netif.LinkChange{Link: down}, netif.LinkChange{Link: down, Gone: true})
	c.eventually("Fault", c.logged("FAULT"))
	again := eth0
	again.Index = 7
	c.tell(netif.LinkChange{Link: again}, netif.AddrChange{Index: 7, Prefix: hostAddr.Prefix, Added: true})
	c.eventually("the VIP on the new one", func() bool { return strings.Contains(c.kernel.String(), "10.0.0.100/24 dev if7") })
	want := []string{"Netlink reports eth0 down", "Interface eth0 deleted", "Interface eth0 added", "Netlink reports eth0 up"}
	if diff := cmp.Diff(want, c.lines("Interface ", "Netlink reports")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What a configuration asks for that cannot be is said with its reason.
func TestLinkRefused(t *testing.T) {
	t.Parallel()
	vi := testInstance(100)
	vi.VMAC = &conf.VMAC{}
	key := instanceKey(vi)
	c := vmacChild(t, nil, ethernetLess(), func(f *fakeLinks) { f.fail = map[string]error{key: errors.New("not Ethernet")} })
	c.eventually("the reason", c.logged("(VI_1) interface eth0 is not Ethernet and can have no VMAC. setting instance to fault state"))

	ipvlan := testInstance(100)
	ipvlan.IPVLAN = &conf.IPVLAN{}
	c = startChild(t, oneInstance(ipvlan), &memStore{}, ethernet(true))
	c.tell(netif.LinkChange{Link: theVMAC(true)})
	c.eventually("the reason", c.logged("(VI_1) IPv4 ipvlan requires a source ip address to be configured. setting instance to fault state"))
	c.eventually("the link", c.logged("(VI_1): Success creating ipvlan interface"))
}

func ethernetLess() netif.Resync {
	r := ethernet(true)
	r.Links[0].Ethernet = false
	return r
}
