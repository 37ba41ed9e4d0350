// SPDX-License-Identifier: Apache-2.0

package nft

import "net/netip"

// DefaultTable is the name of the tables when the configuration gives none.
const DefaultTable = "keepalived"

// Options are the settings of the tables. A change of them makes the tables anew.
type Options struct {
	Table    string // name of the tables
	Priority int32  // of the chains, -1 by default
	Counters bool   // count in each rule
	IfIndex  bool   // know the interfaces of link-local addresses by index, not by name
}

// Rules is what the firewall is to do. A family of which nothing is wanted has no table.
type Rules struct {
	Options
	VMACs []VMAC
	// Filter4 and Filter6 say whether the parts that drop are there, even while there is
	// nothing to drop.
	Filter4, Filter6 bool
	Drop             []VIP // packets from and to these are dropped
}

// VMAC is an interface with a virtual MAC address. Switches learn its address from the adverts
// of the master; what the kernel says on it of its own accord would teach them the wrong port.
type VMAC struct {
	Index, Parent    int
	Name, ParentName string
	IPv4, IPv6       bool       // families that it speaks
	ParentLinkLocal  netip.Addr // the address of the interface below that it has, too; zero: none
}

// VIP is a virtual address and the interface that has it, which matters for a link-local one.
type VIP struct {
	Addr  netip.Addr
	Index int
	Name  string
}
