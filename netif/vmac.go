// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"fmt"
	"iter"
	"net"
	"net/netip"
)

// The kinds of links that Links makes.
const (
	KindMACVLAN = "macvlan"
	KindIPVLAN  = "ipvlan"
)

// The modes of a link that Links makes.
const (
	MACVLANPrivate = 1 // MACVLAN_MODE_PRIVATE
	IPVLANBridge   = 0
	IPVLANPrivate  = 1 // IPVLAN_F_PRIVATE
	IPVLANVEPA     = 2 // IPVLAN_F_VEPA
)

// maxName is the longest name of an interface.
const maxName = 15

// Virtual is a wanted link on top of another: a VMAC (a macvlan with the MAC address of a
// virtual router) or an ipvlan.
type Virtual struct {
	Key    string // tells it apart from the others
	Owner  string // the vrrp_instance, for the log
	Kind   string // KindMACVLAN or KindIPVLAN
	Parent string
	Mode   uint32           // ipvlans on one interface share the mode of the last of them
	MAC    net.HardwareAddr // of a macvlan

	Name   string // empty, or taken by something else: Prefix and VRID
	Prefix string
	VRID   uint8
	IPv6   bool // it is the link of an IPv6 instance

	Group  *uint32 // nil: that of the parent
	Notify bool    // let others hear of the parent when it is made

	IPv6Addrs bool         // an IPv4 link that must not lose its IPv6
	LinkLocal bool         // wants the parent's link-local address
	Addr      netip.Prefix // its own address; zero: none
}

// RouterMAC is the MAC address of a virtual router (RFC 9568 section 7.3).
func RouterMAC(vrid uint8, ipv6 bool) net.HardwareAddr {
	family := byte(1)
	if ipv6 {
		family = 2
	}
	return net.HardwareAddr{0, 0, 0x5e, 0, family, vrid}
}

// names gives the names to try, as keepalived finds them: the configured one; vrrp.51;
// with IPv6 vrrp6.51; then vrrp1.51, vrrp2.51 and so on.
func (v *Virtual) names() iter.Seq[string] {
	return func(yield func(string) bool) {
		if v.Name != "" && !yield(v.Name) {
			return
		}
		if !yield(fmt.Sprintf("%s.%d", v.Prefix, v.VRID)) {
			return
		}
		if v.IPv6 && !yield(fmt.Sprintf("%s6.%d", v.Prefix, v.VRID)) {
			return
		}
		for n := 1; ; n++ {
			name := fmt.Sprintf("%s%d.%d", v.Prefix, n, v.VRID)
			if len(name) > maxName || !yield(name) {
				return
			}
		}
	}
}

// freeName is the first name that no link has; empty: all are taken.
func (v *Virtual) freeName(taken func(string) bool) string {
	for name := range v.names() {
		if len(name) <= maxName && !taken(name) {
			return name
		}
	}
	return ""
}

// is says whether a link is as wanted, on top of the one with index base. An ipvlan may have any
// mode: all on one interface share it, and another's may have set it.
func (v *Virtual) is(l Link, base int) bool {
	return l.Kind == v.Kind && l.Parent == base &&
		(v.Kind == KindIPVLAN || l.Mode == v.Mode && string(l.MAC) == string(v.MAC))
}
