// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"encoding/binary"
	"net/netip"
)

const (
	protoICMPv6 = 58
	hopLimitND  = 255 // RFC 4861 section 7.1.2: neighbours drop anything else

	typeNA        = 136
	flagRouter    = 0x80
	flagOverride  = 0x20
	optTargetLLA  = 2
	naLen         = 32 // with the option that carries a 6-byte address
	naChecksumAt  = 2
	naTargetAt    = 8
	ipv6HeaderLen = 40
	etherTypeIPv6 = 0x86dd
)

// allNodes is ff02::1 with its Ethernet address.
var (
	allNodes    = netip.MustParseAddr("ff02::1")
	allNodesMAC = [macLen]byte{0x33, 0x33, 0, 0, 0, 1}
)

// appendNA appends an unsolicited neighbour advertisement (RFC 4861 section 7.2.6) as an
// Ethernet frame: the announced address is source and target, OVERRIDE makes neighbours
// replace what they have, and router says whether the host forwards. The frame is built
// whole, and not left to the kernel, since the address may still be on its way into it.
func appendNA(b []byte, mac [macLen]byte, ip netip.Addr, router bool) []byte {
	b = append(append(b, allNodesMAC[:]...), mac[:]...)
	b = binary.BigEndian.AppendUint16(b, etherTypeIPv6)

	b = append(b, 6<<4, 0, 0, 0, 0, naLen, protoICMPv6, hopLimitND)
	src, dst := ip.As16(), allNodes.As16()
	b = append(append(b, src[:]...), dst[:]...)

	at := len(b)
	flags := byte(flagOverride)
	if router {
		flags |= flagRouter
	}
	b = append(b, typeNA, 0, 0, 0, flags, 0, 0, 0)
	b = append(b, src[:]...)
	b = append(append(b, optTargetLLA, 1), mac[:]...)
	binary.BigEndian.PutUint16(b[at+naChecksumAt:], icmpv6Sum(src, dst, b[at:]))
	return b
}

// icmpv6Sum is the checksum of RFC 4443 section 2.3, over the pseudo header and the message.
func icmpv6Sum(src, dst [16]byte, message []byte) uint16 {
	sum := uint32(len(message)) + protoICMPv6
	for _, part := range [...][]byte{src[:], dst[:], message} {
		for i := 0; i+1 < len(part); i += 2 {
			sum += uint32(binary.BigEndian.Uint16(part[i:]))
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
