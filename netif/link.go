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
	Added     bool
	Scope     int
	Secondary bool // follows a primary address of its subnet, and may go with it
	Ours      bool // carries Protocol: a virtual address that we, or an earlier run, added
}

// Resync is the complete picture. All that was heard before is void.
type Resync struct {
	Links []Link
	Addrs []AddrChange // all of them Added, in the kernel's order for each link
}

func (LinkChange) event() {}
func (AddrChange) event() {}
func (Resync) event()     {}
