// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// decode turns a message into an event.
func decode(m message) (Event, bool) {
	switch m.Type {
	case unix.RTM_NEWLINK, unix.RTM_DELLINK:
		l, ok := decodeLink(m.Body)
		return LinkChange{Link: l, Gone: m.Type == unix.RTM_DELLINK}, ok
	case unix.RTM_NEWADDR, unix.RTM_DELADDR:
		a, ok := decodeAddr(m.Body)
		a.Added = m.Type == unix.RTM_NEWADDR
		return a, ok
	case unix.RTM_DELROUTE:
		id, ok := decodeRoute(m.Body)
		return RouteGone{id}, ok
	case unix.RTM_DELRULE:
		id, ok := decodeRule(m.Body)
		return RuleGone{id}, ok
	}
	return nil, false
}

// decodeLink reads an ifinfomsg. Two kinds of message on the same group are not about the
// link itself: those of another family (a bridge says DELLINK of a port that left it) and
// wireless events, which carry hardly any attribute.
func decodeLink(b []byte) (Link, bool) {
	if len(b) < sizeofIfInfomsg || b[0] != unix.AF_UNSPEC {
		return Link{}, false
	}
	flags := binary.NativeEndian.Uint32(b[8:])
	const running = unix.IFF_UP | unix.IFF_RUNNING
	l := Link{
		Index:     int(int32(binary.NativeEndian.Uint32(b[4:]))),
		Flags:     flags,
		Ethernet:  binary.NativeEndian.Uint16(b[2:]) == unix.ARPHRD_ETHER,
		Up:        flags&running == running,
		Multicast: flags&unix.IFF_MULTICAST != 0,
		NoARP:     flags&unix.IFF_NOARP != 0,
		Loopback:  flags&unix.IFF_LOOPBACK != 0,
	}
	elsewhere := false // what is below it is in another namespace
	for typ, v := range attrs(b[sizeofIfInfomsg:]) {
		switch typ {
		case unix.IFLA_WIRELESS:
			return Link{}, false
		case unix.IFLA_LINK_NETNSID:
			elsewhere = true
		default:
			l.attribute(typ, v)
		}
	}
	if elsewhere {
		l.Parent = 0
	}
	return l, l.Name != "" && l.Index > 0
}

// attribute takes one attribute in.
func (l *Link) attribute(typ uint16, v []byte) {
	switch typ {
	case unix.IFLA_IFNAME:
		l.Name = unix.ByteSliceToString(v)
	case unix.IFLA_ADDRESS:
		l.MAC = net.HardwareAddr(bytes.Clone(v))
	case unix.IFLA_MTU:
		l.MTU = int(number(v))
	case unix.IFLA_LINK:
		l.Parent = int(number(v))
	case unix.IFLA_MASTER:
		l.Master = int(number(v))
	case unix.IFLA_GROUP:
		l.Group = number(v)
	case unix.IFLA_LINKINFO:
		l.info(v)
	}
}

// info reads what kind of link it is. IFLA_INFO_KIND comes before IFLA_INFO_DATA.
func (l *Link) info(b []byte) {
	for typ, v := range attrs(b) {
		switch typ {
		case unix.IFLA_INFO_KIND:
			l.Kind = unix.ByteSliceToString(v)
		case unix.IFLA_INFO_DATA:
			l.mode(v)
		}
	}
}

func (l *Link) mode(b []byte) {
	for typ, v := range attrs(b) {
		switch {
		case l.Kind == KindMACVLAN && typ == nl.IFLA_MACVLAN_MODE:
			l.Mode = number(v)
		case l.Kind == KindIPVLAN && typ == nl.IFLA_IPVLAN_FLAG && len(v) == 2:
			l.Mode = uint32(binary.NativeEndian.Uint16(v))
		case l.Kind == "vrf" && typ == nl.IFLA_VRF_TABLE:
			l.Table = number(v)
		}
	}
}

// number is an attribute of four bytes; 0 for others.
func number(v []byte) uint32 {
	if len(v) != 4 {
		return 0
	}
	return binary.NativeEndian.Uint32(v)
}

// decodeAddr reads an ifaddrmsg. IFA_LOCAL is the address itself; IFA_ADDRESS is the peer
// of a point-to-point address, and all that IPv6 gives of others.
func decodeAddr(b []byte) (AddrChange, bool) {
	if len(b) < sizeofIfAddrmsg {
		return AddrChange{}, false
	}
	six := b[0] == unix.AF_INET6
	a := AddrChange{
		Index:     int(binary.NativeEndian.Uint32(b[4:])),
		Scope:     int(b[3]),
		Secondary: !six && b[2]&unix.IFA_F_SECONDARY != 0,
		Tentative: six && b[2]&unix.IFA_F_TENTATIVE != 0,
		DADFailed: six && b[2]&unix.IFA_F_DADFAILED != 0,
	}
	var local, address []byte
	for typ, v := range attrs(b[sizeofIfAddrmsg:]) {
		switch typ {
		case unix.IFA_LOCAL:
			local = v
		case unix.IFA_ADDRESS:
			address = v
		case ifaProto:
			a.Ours = len(v) == 1 && v[0] == Protocol
		}
	}
	if local == nil {
		local = address
	}
	ip, ok := netip.AddrFromSlice(local)
	a.Prefix = netip.PrefixFrom(ip, int(b[1]))
	if peer, there := netip.AddrFromSlice(address); there && peer != ip {
		a.Peer = peer
	}
	return a, ok && a.Index > 0 && a.Prefix.IsValid()
}
