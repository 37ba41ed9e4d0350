// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"fmt"
	"net/netip"
	"strings"
)

// Protocol is the origin that addresses of ours carry in the kernel (IFA_PROTO, Linux
// 5.18 and newer). It is the number that keepalived 2.4 uses.
const Protocol = 18

// Addr is one address of an interface.
type Addr struct {
	Prefix    netip.Prefix // the address with its prefix length
	Index     int          // of the interface
	Label     string       // IPv4 only; empty: none
	Scope     int          // rtnetlink scope, 0 is global
	Broadcast netip.Addr   // IPv4 only; zero: none, and none is made up
}

// String writes the address as ip(8) takes it. The interface is its index, if2.
func (a Addr) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s", a.Prefix)
	if a.Broadcast.IsValid() {
		fmt.Fprintf(&b, " brd %s", a.Broadcast)
	}
	fmt.Fprintf(&b, " dev if%d", a.Index)
	if a.Scope != 0 {
		fmt.Fprintf(&b, " scope %d", a.Scope)
	}
	if a.Label != "" {
		fmt.Fprintf(&b, " label %s", a.Label)
	}
	return b.String()
}

// key is what tells addresses apart in the kernel.
type key struct {
	index  int
	prefix netip.Prefix
}

func (a Addr) key() key { return key{a.Index, a.Prefix} }

// subnet is the network that an IPv4 address shares with its secondaries.
func (a Addr) subnet() key { return key{a.Index, a.Prefix.Masked()} }

// Op is one change of the kernel's addresses.
type Op struct {
	Add  bool // else delete
	Addr Addr
}

// String writes the operation as a command of ip(8).
func (o Op) String() string {
	if o.Add {
		return "ip addr add " + o.Addr.String()
	}
	return fmt.Sprintf("ip addr del %s dev if%d", o.Addr.Prefix, o.Addr.Index)
}
