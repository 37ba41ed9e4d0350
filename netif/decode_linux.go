// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

// decode turns a link or address message into an event.
func decode(m message) (Event, bool) {
	switch m.Type {
	case unix.RTM_NEWLINK, unix.RTM_DELLINK:
		l, ok := decodeLink(m.Body)
		return LinkChange{Link: l, Gone: m.Type == unix.RTM_DELLINK}, ok
	case unix.RTM_NEWADDR, unix.RTM_DELADDR:
		a, ok := decodeAddr(m.Body)
		a.Added = m.Type == unix.RTM_NEWADDR
		return a, ok
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
		Up:        flags&running == running,
		Multicast: flags&unix.IFF_MULTICAST != 0,
		NoARP:     flags&unix.IFF_NOARP != 0,
		Loopback:  flags&unix.IFF_LOOPBACK != 0,
	}
	for typ, v := range attrs(b[sizeofIfInfomsg:]) {
		switch {
		case typ == unix.IFLA_IFNAME:
			l.Name = unix.ByteSliceToString(v)
		case typ == unix.IFLA_MTU && len(v) == 4:
			l.MTU = int(binary.NativeEndian.Uint32(v))
		case typ == unix.IFLA_ADDRESS:
			l.MAC = net.HardwareAddr(bytes.Clone(v))
		case typ == unix.IFLA_WIRELESS:
			return Link{}, false
		}
	}
	return l, l.Name != "" && l.Index > 0
}

// decodeAddr reads an ifaddrmsg. IFA_LOCAL is the address itself; IFA_ADDRESS is the peer
// of a point-to-point address, and all that IPv6 gives.
func decodeAddr(b []byte) (AddrChange, bool) {
	if len(b) < sizeofIfAddrmsg {
		return AddrChange{}, false
	}
	a := AddrChange{
		Index:     int(binary.NativeEndian.Uint32(b[4:])),
		Scope:     int(b[3]),
		Secondary: b[0] == unix.AF_INET && b[2]&unix.IFA_F_SECONDARY != 0,
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
	return a, ok && a.Index > 0 && a.Prefix.IsValid()
}
