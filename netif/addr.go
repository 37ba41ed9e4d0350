// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"fmt"
	"net/netip"
	"strings"
)

// Protocol is the origin that what is ours carries in the kernel: addresses (IFA_PROTO,
// Linux 5.18 and newer), routes and rules. It is the number that keepalived 2.4 uses.
const Protocol = 18

// Addr is one address of an interface.
type Addr struct {
	Prefix    netip.Prefix // the address with its prefix length, which with a Peer is the peer's
	Index     int          // of the interface
	Peer      netip.Addr   `json:",omitzero"`  // zero: none
	Label     string       `json:",omitempty"` // IPv4 only; empty: none
	Scope     int          `json:",omitempty"` // IPv4 only; rtnetlink scope, 0 is global
	Broadcast netip.Addr   `json:",omitzero"`  // IPv4 only; zero: none, and none is made up

	// Preferred is for how many seconds a new IPv6 address is preferred; 0 is forever.
	// A Deprecated one is not even at first.
	Preferred  uint32 `json:",omitempty"`
	Deprecated bool   `json:",omitempty"`

	DAD           bool `json:",omitempty"` // IPv6: look for duplicates first
	Home          bool `json:",omitempty"` // IPv6
	MngTmpAddr    bool `json:",omitempty"` // IPv6
	NoPrefixRoute bool `json:",omitempty"`
	AutoJoin      bool `json:",omitempty"`

	// NoTrack says that nobody minds when somebody else deletes it. The kernel knows
	// nothing of it.
	NoTrack bool `json:",omitempty"`
}

// String writes the address as ip(8) takes it. The interface is its index, if2.
func (a Addr) String() string {
	var b strings.Builder
	b.WriteString(a.where())
	option := func(set bool, format string, args ...any) {
		if set {
			fmt.Fprintf(&b, " "+format, args...)
		}
	}
	option(a.Broadcast.IsValid(), "brd %s", a.Broadcast)
	option(a.Scope != 0, "scope %d", a.Scope)
	option(a.Label != "", "label %s", a.Label)
	option(a.Deprecated, "preferred_lft 0")
	option(a.Preferred != 0, "preferred_lft %d", a.Preferred)
	option(a.Home, "home")
	option(a.MngTmpAddr, "mngtmpaddr")
	option(a.NoPrefixRoute, "noprefixroute")
	option(a.AutoJoin, "autojoin")
	option(!a.DAD && a.Prefix.Addr().Is6(), "nodad")
	return b.String()
}

// where is the part that names an address to be deleted.
func (a Addr) where() string {
	text := a.Prefix.String()
	if a.Peer.IsValid() {
		text = fmt.Sprintf("%s peer %s/%d", a.Prefix.Addr(), a.Peer, a.Prefix.Bits())
	}
	return text + " dev " + indexName(a.Index)
}

// same says whether the kernel would see no difference.
func (a Addr) same(b Addr) bool {
	a.NoTrack = b.NoTrack
	return a == b
}

// subnet is the network that an IPv4 address shares with its secondaries.
type subnet struct {
	index  int
	prefix netip.Prefix
}

func (a Addr) subnet() subnet {
	if a.Peer.IsValid() {
		return subnet{a.Index, netip.PrefixFrom(a.Peer, a.Prefix.Bits()).Masked()}
	}
	return subnet{a.Index, a.Prefix.Masked()}
}
