// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// Attributes of requests, of a service and of a destination (linux/ip_vs.h).
const (
	ipvsService, ipvsDest = 1, 2

	svcFamily, svcProtocol, svcAddr, svcPort, svcMark = 1, 2, 3, 4, 5

	destAddr, destPort, destForward, destWeight, destFamily = 1, 2, 3, 4, 11
)

// ipvsText says what a request asks for, without options of the service: they show in the
// table. What cannot be read is left out.
func ipvsText(name string, b []byte) string {
	text := strings.ToUpper(strings.ReplaceAll(name, " ", "_"))
	const genlHeader = 4
	if len(b) < genlHeader {
		return text
	}
	top := attributes(b[genlHeader:])
	svc := attributes(top[ipvsService])
	if len(svc) > 0 {
		text += " " + serviceText(svc)
	}
	if dest := attributes(top[ipvsDest]); len(dest) > 0 {
		text += " " + destText(dest, family(svc[svcFamily]))
		if name != "del dest" {
			text += fmt.Sprintf(" fwd %d weight %d", number(dest[destForward])&7, int32(number(dest[destWeight]))) //nolint:gosec // as the kernel has it
		}
	}
	return text
}

// attributes maps the attributes of a message by their kind, without the flags of nesting.
func attributes(b []byte) map[uint16][]byte {
	list, err := nl.ParseRouteAttr(b)
	if err != nil {
		return nil
	}
	out := map[uint16][]byte{}
	for _, a := range list {
		out[a.Attr.Type&nl.NLA_TYPE_MASK] = a.Value
	}
	return out
}

func serviceText(svc map[uint16][]byte) string {
	if mark := svc[svcMark]; mark != nil {
		return fmt.Sprintf("fwmark %d af%d", number(mark), family(svc[svcFamily]))
	}
	protocols := map[uint32]string{unix.IPPROTO_TCP: "tcp", unix.IPPROTO_UDP: "udp", unix.IPPROTO_SCTP: "sctp"}
	return protocols[uint32(family(svc[svcProtocol]))] + " " + place(svc[svcAddr], svc[svcPort], family(svc[svcFamily]))
}

func destText(dest map[uint16][]byte, af uint16) string {
	if own := dest[destFamily]; own != nil {
		af = family(own)
	}
	return "dest " + place(dest[destAddr], dest[destPort], af)
}

// place is an address and a port: "[10.9.0.1]:80".
func place(addr, port []byte, af uint16) string {
	size := map[uint16]int{unix.AF_INET: 4, unix.AF_INET6: 16}[af]
	ip, _ := netip.AddrFromSlice(addr[:min(size, len(addr))]) // "invalid IP" shows
	p := uint16(0)
	if len(port) == 2 {
		p = binary.BigEndian.Uint16(port)
	}
	return fmt.Sprintf("[%s]:%d", ip, p)
}

func family(b []byte) uint16 {
	if len(b) < 2 {
		return 0
	}
	return binary.NativeEndian.Uint16(b)
}

func number(b []byte) uint32 {
	if len(b) < 4 {
		return 0
	}
	return binary.NativeEndian.Uint32(b)
}
