// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

// decodeRoute reads an rtmsg of ours.
func decodeRoute(b []byte) (RouteID, bool) {
	if len(b) < sizeofRtmsg || b[5] != Protocol {
		return RouteID{}, false
	}
	zero, ok := zeroAddr(b[0])
	dst, from := zero, zero
	id := RouteID{TOS: b[3], Table: uint32(b[4]), Type: b[7]}
	for typ, v := range attrs(b[sizeofRtmsg:]) {
		switch {
		case typ == unix.RTA_DST:
			dst, _ = netip.AddrFromSlice(v)
		case typ == unix.RTA_SRC:
			from, _ = netip.AddrFromSlice(v)
		case typ == unix.RTA_TABLE && len(v) == 4:
			id.Table = binary.NativeEndian.Uint32(v)
		case typ == unix.RTA_PRIORITY && len(v) == 4:
			id.Metric = binary.NativeEndian.Uint32(v)
		}
	}
	id.Dst = netip.PrefixFrom(dst, int(b[1]))
	if b[2] > 0 {
		id.From = netip.PrefixFrom(from, int(b[2]))
		ok = ok && id.From.IsValid() && from.BitLen() == zero.BitLen()
	}
	return id, ok && id.Dst.IsValid() && dst.BitLen() == zero.BitLen()
}

// zeroAddr is the address that a message leaves out.
func zeroAddr(family byte) (zero netip.Addr, ok bool) {
	switch family {
	case unix.AF_INET:
		return netip.IPv4Unspecified(), true
	case unix.AF_INET6:
		return netip.IPv6Unspecified(), true
	}
	return zero, false
}

// decodeRule reads a fib_rule_hdr of ours.
func decodeRule(b []byte) (RuleID, bool) {
	if len(b) < sizeofRuleHdr {
		return RuleID{}, false
	}
	id, ours := RuleID{}, false
	switch b[0] {
	case unix.AF_INET:
		id.Family = 4
	case unix.AF_INET6:
		id.Family = 6
	}
	for typ, v := range attrs(b[sizeofRuleHdr:]) {
		switch {
		case typ == unix.FRA_PRIORITY && len(v) == 4:
			id.Priority = binary.NativeEndian.Uint32(v)
		case typ == unix.FRA_PROTOCOL && len(v) == 1:
			ours = v[0] == Protocol
		}
	}
	return id, ours && id.Family != 0
}
