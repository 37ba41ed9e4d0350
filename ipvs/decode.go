// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"encoding/binary"
	"iter"
	"net/netip"
	"syscall"
)

const (
	genlHeaderLen = 4
	typeMask      = 0x3fff // an attribute's type without NLA_F_NESTED and NLA_F_NET_BYTEORDER
)

// decodeDest reads one message of a listing of destinations.
func decodeDest(b []byte) (Dest, bool) {
	if len(b) < genlHeaderLen {
		return Dest{}, false
	}
	for typ, value := range attributes(b[genlHeaderLen:]) {
		if typ == attrDest {
			return destFrom(value)
		}
	}
	return Dest{}, false
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
		}
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
