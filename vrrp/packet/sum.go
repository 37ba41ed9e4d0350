// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/binary"
	"net/netip"
)

// bodyChecksum is the Internet checksum over the body, in VRRPv3 with the pseudo header
// before it (RFC 9568 section 5.2.8). It is 0 for a body that carries its right checksum.
// keepalived's VRRPv2 counts the authentication data in.
func bodyChecksum(body []byte, version int, src, dst netip.Addr) uint16 {
	sum := addWords(0, body)
	if version == 3 {
		sum = addPseudoHeader(sum, len(body), src, dst)
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

func addPseudoHeader(sum uint32, length int, src, dst netip.Addr) uint32 {
	for _, a := range [...]netip.Addr{src, dst} {
		a4 := a.As4()
		sum = addWords(sum, a4[:])
	}
	return sum + protocolVRRP + uint32(length)
}

// addWords adds b as 16-bit words. An odd last byte counts as the high half of a word.
func addWords(sum uint32, b []byte) uint32 {
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	return sum
}
