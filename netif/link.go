// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"net"
	"net/netip"
)

// Link is one interface.
type Link struct {
	Name      string
	Index     int
	MTU       int
	MAC       net.HardwareAddr
	Up        bool // IFF_UP and IFF_RUNNING: able to carry traffic
	Multicast bool
	NoARP     bool
	Loopback  bool
	Ethernet  bool
	Flags     uint32 // IFF_ bits, as the kernel gives them
	Kind      string // "macvlan", "vrf", ...; empty: hardware
	Mode      uint32 // of a macvlan its MACVLAN_MODE_, of an ipvlan its IPVLAN_F_
	Parent    int    // index of the link below; 0: none in this namespace
	Master    int    // index of the bridge, bond or VRF that it is a part of; 0: none
	Group     uint32
	Table     uint32 // of a VRF: its routing table
}

// Event is what a Monitor tells. The set is closed.
type Event interface{ event() }

// LinkChange is a new link, or one with changes, or (Gone) one that no longer exists.
type LinkChange struct {
	Link Link
	Gone bool
}

// AddrChange is an address that came, changed (Added again) or went.
type AddrChange struct {
	Index     int
	Prefix    netip.Prefix
	Peer      netip.Addr // zero: none
	Added     bool
	Scope     int
	Secondary bool // follows a primary address of its subnet, and may go with it
	Ours      bool // carries Protocol: a virtual address that we, or an earlier run, added
	Own       bool // our own doing just now: a Kernel that the Monitor knows has asked for it
	Tentative bool // IPv6: still tested for duplicates; adverts leave from it all the same
	DADFailed bool // IPv6: not usable, because somebody else has it
}

// RouteGone is a route of ours (with Protocol) that somebody else has deleted. When an
// interface or the source address of a route goes, the kernel says nothing of IPv4 routes.
type RouteGone struct{ ID RouteID }

// RuleGone is a rule of ours that somebody else has deleted.
type RuleGone struct{ ID RuleID }

// RouteID is what is certain about a route in the kernel's reports. Few routes share one.
type RouteID struct {
	Dst, From netip.Prefix
	Table     uint32
	Type      uint8
	TOS       uint8
	Metric    uint32
}

// RuleID is what is certain about a rule.
type RuleID struct {
	Family   int
	Priority uint32
}

// Resync is the complete picture. All that was heard before is void; what was told of routes
// and rules was told, but a deletion may have been missed.
type Resync struct {
	Links []Link
	Addrs []AddrChange // all of them Added, in the kernel's order for each link
}

func (LinkChange) event() {}
func (AddrChange) event() {}
func (Resync) event()     {}
func (RouteGone) event()  {}
func (RuleGone) event()   {}
