// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"encoding/binary"
	"iter"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

const (
	genlHeaderLen = 4
	typeMask      = 0x3fff // an attribute's type without NLA_F_NESTED and NLA_F_NET_BYTEORDER
)

// body finds the attribute that a message of a listing is about.
func body(b []byte, typ uint16) ([]byte, bool) {
	if len(b) < genlHeaderLen {
		return nil, false
	}
	for t, value := range attributes(b[genlHeaderLen:]) {
		if t == typ {
			return value, true
		}
	}
	return nil, false
}

// decodeDest reads one message of a listing of destinations.
func decodeDest(b []byte) (Dest, bool) {
	if b, ok := body(b, attrDest); ok {
		return destFrom(b)
	}
	return Dest{}, false
}

// decodeService reads one message of a listing of services.
func decodeService(b []byte) (Service, bool) {
	if b, ok := body(b, attrService); ok {
		return serviceFrom(b)
	}
	return Service{}, false
}

func serviceFrom(b []byte) (Service, bool) {
	var s Service
	var family uint16
	var addr []byte
	var timeout, mask uint32
	for typ, value := range attributes(b) {
		switch typ {
		case svcFamily:
			family = u16(value)
		case svcProtocol:
			s.Protocol = uint8(u16(value))
		case svcAddr:
			addr = value
		case svcPort:
			s.Port = u16be(value)
		case svcFWMark:
			s.FWMark = u32(value)
		case svcSched:
			s.Scheduler = text(value)
		case svcFlags:
			s.Flags = u32(value)
		case svcTimeout:
			timeout = u32(value)
		case svcNetmask:
			mask = u32(value)
		case svcEngine:
			s.Engine = text(value)
		}
	}
	if s.Addr = addrFrom(family, addr); s.FWMark != 0 {
		s.Addr = unspecified(family)
	}
	s.Netmask = wireMask(s.Addr, mask)
	if s.Flags&flagPersistent != 0 {
		s.Timeout = time.Duration(timeout) * time.Second
	}
	s.Flags &^= flagPersistent | flagHashed
	if s.Scheduler == noScheduler {
		s.Scheduler = ""
	}
	return s, s.Addr.IsValid()
}

func unspecified(family uint16) netip.Addr {
	if family == syscall.AF_INET {
		return netip.IPv4Unspecified()
	}
	return netip.IPv6Unspecified()
}

// text reads a string that ends with a zero byte.
func text(b []byte) string {
	s, _, _ := strings.Cut(string(b), "\x00")
	return s
}

func destFrom(b []byte) (Dest, bool) {
	var d Dest
	var family uint16
	var addr []byte
	for typ, value := range attributes(b) {
		switch typ {
		case destAddr:
			addr = value
		case destFamily:
			family = u16(value)
		case destPort:
			d.Port = u16be(value)
		case destMethod:
			d.Method = Method(u32(value) & fwdMask)
		case destWeight:
			d.Weight = int(int32(u32(value)))
		case destUpper:
			d.Upper = u32(value)
		case destLower:
			d.Lower = u32(value)
		case destTunType:
			d.Tunnel.Type = TunnelType(u8(value))
		case destTunPort:
			d.Tunnel.Port = u16be(value)
		case destTunFlags:
			d.Tunnel.Flags = TunnelFlags(u16(value))
		}
	}
	if d.Method != Tunnel {
		d.Tunnel = TunnelOptions{} // the kernel keeps what an earlier method had
	}
	d.Addr = addrFrom(family, addr)
	return d, d.Addr.IsValid()
}

// attributes walks over netlink attributes and ends at the first that is not
// whole.
func attributes(b []byte) iter.Seq2[uint16, []byte] {
	return func(yield func(uint16, []byte) bool) {
		for len(b) >= 4 {
			size := int(u16(b))
			if size < 4 || size > len(b) || !yield(u16(b[2:])&typeMask, b[4:size]) {
				return
			}
			b = b[min((size+3)&^3, len(b)):]
		}
	}
}

// addrFrom reads an address: the kernel fills 16 bytes for both families.
func addrFrom(family uint16, b []byte) netip.Addr {
	if family == syscall.AF_INET && len(b) >= 4 {
		b = b[:4]
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// The kernel's integers; a value that is too short counts as 0.

func u8(b []byte) uint8 {
	if len(b) < 1 {
		return 0
	}
	return b[0]
}

func u16(b []byte) uint16 {
	if len(b) < 2 {
		return 0
	}
	return binary.NativeEndian.Uint16(b)
}

func u16be(b []byte) uint16 {
	if len(b) < 2 {
		return 0
	}
	return binary.BigEndian.Uint16(b)
}

func u32(b []byte) uint32 {
	if len(b) < 4 {
		return 0
	}
	return binary.NativeEndian.Uint32(b)
}
