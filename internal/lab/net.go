// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"fmt"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

const bridgeName = "br0"

// Net is one layer-2 network: a bridge in a namespace of its own, the switch.
type Net struct {
	t      TB
	ns     netns.NsHandle
	nl     *netlink.Handle
	bridge netlink.Link
	ports  int
}

// NewNet makes a network without hosts.
func NewNet(t TB) *Net {
	t.Helper()
	if err := sweep(); err != nil {
		t.Logf("clean up after a killed run: %v", err)
	}
	_, ns := newNamespace(t, "switch")
	n := &Net{t: t, ns: ns, nl: handleAt(t, ns)}
	snooping := false // adverts must reach a silent listener too
	br := &netlink.Bridge{LinkAttrs: attrs(bridgeName), MulticastSnooping: &snooping}
	n.must("make bridge", n.nl.LinkAdd(br))
	n.bridge = br
	n.must("raise bridge", n.nl.LinkSetUp(br))
	return n
}

// Host makes a host with one interface eth0, joined to the network, with the given
// addresses ("10.0.0.1/24").
func (n *Net) Host(name string, addrs ...string) *Host {
	n.t.Helper()
	h := newHost(n.t, name)
	n.Join(h, addrs...)
	return h
}

// Join gives the host one more interface (eth1, …) on this network and returns its name.
func (n *Net) Join(h *Host, addrs ...string) string {
	n.t.Helper()
	port := fmt.Sprintf("p%d", n.ports)
	n.ports++
	name := fmt.Sprintf("eth%d", len(h.ports))
	veth := &netlink.Veth{LinkAttrs: attrs(port), PeerName: name, PeerNamespace: netlink.NsFd(h.ns)}
	n.must("make cable to "+h.Name, n.nl.LinkAdd(veth))
	link, err := n.nl.LinkByName(port)
	n.must("find port "+port, err)
	n.must("plug into bridge", n.nl.LinkSetMaster(link, n.bridge))
	n.must("raise port", n.nl.LinkSetUp(link))
	h.ports = append(h.ports, hostPort{net: n, link: link})
	h.SetAddrs(name, addrs...)
	h.LinkUp(name)
	return name
}

// Capture records all frames that cross the switch, whoever they are for.
func (n *Net) Capture() *Capture {
	n.t.Helper()
	return newCapture(n.t, n.ns, bridgeName)
}

func (n *Net) must(what string, err error) {
	n.t.Helper()
	if err != nil {
		n.t.Fatalf("%s: %v", what, err)
	}
}

// attrs are link attributes with a name. The transmit queue length must be said, or it is 0.
func attrs(name string) netlink.LinkAttrs {
	a := netlink.NewLinkAttrs()
	a.Name = name
	return a
}

// handleAt opens netlink inside a namespace.
func handleAt(t TB, ns netns.NsHandle) *netlink.Handle {
	t.Helper()
	nl, err := netlink.NewHandleAt(ns, unix.NETLINK_ROUTE)
	if err != nil {
		t.Fatalf("open netlink in namespace: %v", err)
	}
	t.Cleanup(nl.Close)
	return nl
}
