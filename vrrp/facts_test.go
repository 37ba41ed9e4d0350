// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"net/netip"
	"strings"
	"testing"

	"vipward/conf"
	"vipward/netif"
)

// TestChildStaysInFaultForItsConfiguration: some instances can never work as configured. They
// say why once, and no interface that comes up changes that.
func TestChildStaysInFaultForItsConfiguration(t *testing.T) {
	t.Parallel()
	still := eth0
	still.Multicast = false
	tests := []struct {
		name   string
		link   netif.Link
		change func(*conf.Instance)
		want   string
	}{
		{
			"no peer", eth0, func(c *conf.Instance) { c.FaultNoPeer = true },
			"(VI_1) has no unicast peer and unicast_fault_no_peer - disabling",
		},
		{
			"no multicast", still, func(*conf.Instance) {},
			"(VI_1) interface eth0 does not support multicast, specify unicast peers - disabling",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			vi := testInstance(100)
			tt.change(vi)
			c := startChild(t, oneInstance(vi), &memStore{}, netif.Resync{
				Links: []netif.Link{tt.link},
				Addrs: []netif.AddrChange{{Index: 2, Prefix: hostAddr.Prefix, Added: true}},
			})
			c.eventually("the reason", c.logged(tt.want))
			down := tt.link
			down.Up = false
			c.tell(netif.LinkChange{Link: down})
			c.tell(netif.LinkChange{Link: tt.link})
			c.eventually("the link up again", c.logged("Netlink reports eth0 up"))
			if c.logged("STATE (init)")() || c.logged("MASTER STATE")() || len(c.port.adverts()) > 0 {
				t.Errorf("it did not stay in FAULT:\n%s", c.log)
			}
		})
	}
}

// TestChildWithoutSource: a unicast source that somebody deletes means Fault, since no answer
// reaches us; the source of multicast is a word on adverts.
func TestChildWithoutSource(t *testing.T) {
	t.Parallel()
	for name, unicast := range map[string]bool{"unicast": true, "multicast": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src := netif.AddrChange{Index: 2, Prefix: netip.MustParsePrefix("10.0.0.7/24"), Secondary: true, Added: true}
			vi := testInstance(100)
			vi.Source = src.Prefix.Addr()
			if unicast {
				vi.Multicast, vi.Peers = netip.Addr{}, []netip.Addr{netip.MustParseAddr("10.0.0.2")}
			}
			links := ethernet(true)
			links.Addrs = append(links.Addrs, src)
			c := startChild(t, oneInstance(vi), &memStore{}, links)
			c.eventually("the VIP", c.holds("10.0.0.100/24"))
			src.Added = false
			c.tell(src)
			if unicast {
				c.eventually("FAULT", c.logged("Entering FAULT STATE"))
				src.Added = true
				c.tell(src)
				c.eventually("MASTER again", func() bool { return strings.Count(c.log.String(), "Entering MASTER STATE") == 2 })
				return
			}
			sent := len(c.port.adverts())
			c.eventually("adverts from it", func() bool { return len(c.port.adverts()) > sent+1 })
			if c.logged("FAULT")() {
				t.Errorf("multicast:\n%s", c.log)
			}
		})
	}
}

// TestChildWithoutInterface: a unicast instance that names no interface sends from its
// source address whatever the interfaces do, and in Fault while nobody has that address.
func TestChildWithoutInterface(t *testing.T) {
	t.Parallel()
	vi := testInstance(100)
	vi.Interface, vi.Multicast = "", netip.Addr{}
	vi.Source = hostAddr.Prefix.Addr()
	vi.Peers = []netip.Addr{netip.MustParseAddr("10.0.0.2")}
	vi.VIPs[0].Dev = "eth0"
	c := startChild(t, oneInstance(vi), &memStore{})
	c.eventually("the VIP", c.holds("10.0.0.100/24"))
	c.tell(netif.AddrChange{Index: 2, Prefix: hostAddr.Prefix})
	c.eventually("FAULT", c.logged("Entering FAULT STATE"))
	c.eventually("the VIP gone", func() bool { return !c.holds("10.0.0.100/24")() })
	c.tell(netif.AddrChange{Index: 2, Prefix: hostAddr.Prefix, Added: true})
	c.eventually("the VIP again", c.holds("10.0.0.100/24"))
}
