// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/binary"
	"net/netip"
)

// noPseudoHeader leaves the pseudo header out.
var noPseudoHeader netip.Addr

// oldGroup is the destination in the pseudo header of old VRRPv3 unicast checksums.
var oldGroup = netip.AddrFrom4([4]byte{224, 0, 0, 18})

// checksum is the Internet checksum over the message, with an IP pseudo header before it if
// dst is valid (RFC 9568 section 5.2.8). It is 0 for a message that carries its right
// checksum.
func checksum(message []byte, src, dst netip.Addr) uint16 {
	sum := addWords(0, message)
	if dst.IsValid() {
		sum = addAddr(addAddr(sum, src), dst) + protocolVRRP + uint32(len(message))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// addAddr adds the 4 or 16 bytes of an address.
func addAddr(sum uint32, a netip.Addr) uint32 {
	if a.Is4() {
		a4 := a.As4()
		return addWords(sum, a4[:])
	}
	a16 := a.As16()
	return addWords(sum, a16[:])
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
