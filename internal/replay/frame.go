// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// Places in an Ethernet frame.
const (
	etherHeader = 14
	ipv4Header  = 20
	ipv6Header  = 40
	protoICMPv6 = 58
	protoAH     = 51
	protoVRRP   = 112
	typeNA      = 136
	ahHeader    = 24
	etherARP    = 0x0806
	etherIPv4   = 0x0800
	etherIPv6   = 0x86dd
)

// frameKey names a frame that the daemon sent: interface, kind, and its bytes without what is
// another in each. Frames that the daemon does not send itself (IGMP, MLD, router
// solicitations) have no key.
func frameKey(ifname string, b []byte) (string, bool) {
	if len(b) < etherHeader+ipv4Header {
		return "", false
	}
	b = append([]byte(nil), b...)
	kind := ""
	switch ip := b[etherHeader:]; binary.BigEndian.Uint16(b[12:]) {
	case etherARP:
		if len(ip) < 28 || string(ip[14:18]) != string(ip[24:28]) {
			return "", false // not gratuitous: the kernel's own
		}
		kind, b = "ARP", b[:42]
	case etherIPv4:
		switch ip[9] {
		case protoVRRP:
			kind = "VRRP"
		case protoAH:
			kind = "AH"
			clear(ip[ipv4Header+8 : ipv4Header+ahHeader]) // sequence and integrity value
		default:
			return "", false
		}
		clear(ip[4:6])   // identification
		clear(ip[10:12]) // header checksum
		b = b[:etherHeader+int(binary.BigEndian.Uint16(ip[2:]))]
	case etherIPv6:
		if len(ip) < ipv6Header+1 {
			return "", false
		}
		switch {
		case ip[6] == protoVRRP:
			kind = "VRRP6"
		case ip[6] == protoICMPv6 && ip[ipv6Header] == typeNA && b[0] == 0x33: // to all; others are the kernel's answers
			kind = "NA"
		default:
			return "", false
		}
		clear(ip[1:4]) // flow label; the traffic class shares its first byte
	default:
		return "", false
	}
	return fmt.Sprintf("%s %s %s", ifname, kind, hex.EncodeToString(b)), true
}

func frameKeyHex(ifname, text string) (string, bool) {
	b, err := hex.DecodeString(text)
	if err != nil {
		return "", false
	}
	return frameKey(ifname, b)
}
