// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"

	"github.com/mdlayher/arp"
	"golang.org/x/net/bpf"
)

// Sighting is an ARP packet or a neighbour advertisement with which another host claims a
// watched address.
type Sighting struct {
	Index int // of the interface that it came in by
	IP    netip.Addr
	MAC   net.HardwareAddr // of the claimant; nil if it did not say
}

const (
	arpHead     = 0x00010800 // Ethernet, IPv4
	arpSizes    = 0x0604
	arpSenderIP = 14

	naLastWord = naTargetAt + 12 // of the target address

	// netOffset reaches the network header from a filter that starts behind it (SKF_NET_OFF).
	netOffset     = 0xfff00000
	ipv6HopLimit  = 7
	wholePacket   = 1 << 16
	linearCompare = 4 // so many values are compared one by one
)

// claimARPFilter lets the ARP packets through whose sender address is one of ips, so that the ARP
// traffic of a busy network wakes nobody.
func claimARPFilter(ips []netip.Addr) []bpf.Instruction {
	words := lastWords(ips, netip.Addr.Is4)
	if len(words) == 0 {
		return []bpf.Instruction{bpf.RetConstant{Val: 0}}
	}
	filter := []bpf.Instruction{
		bpf.LoadAbsolute{Off: 0, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: arpHead, SkipTrue: 2},
		bpf.LoadAbsolute{Off: 4, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: arpSizes, SkipTrue: 1},
		bpf.RetConstant{Val: 0},
		bpf.LoadAbsolute{Off: arpSenderIP, Size: 4},
	}
	return append(filter, find(words)...)
}

// claimNAFilter does the same for neighbour advertisements. It compares the last four bytes of
// the target only; the reader compares the rest. It runs on an ICMPv6 socket.
func claimNAFilter(ips []netip.Addr) []bpf.Instruction {
	words := lastWords(ips, netip.Addr.Is6)
	if len(words) == 0 {
		return []bpf.Instruction{bpf.RetConstant{Val: 0}}
	}
	filter := []bpf.Instruction{
		bpf.LoadAbsolute{Off: 0, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: typeNA << 8, SkipTrue: 2}, // code 0
		bpf.LoadAbsolute{Off: netOffset + ipv6HopLimit, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: hopLimitND, SkipTrue: 1},
		bpf.RetConstant{Val: 0},
		bpf.LoadAbsolute{Off: naLastWord, Size: 4},
	}
	return append(filter, find(words)...)
}

// lastWords gives the last four bytes of the addresses of a family, each once, in order.
func lastWords(ips []netip.Addr, family func(netip.Addr) bool) []uint32 {
	var words []uint32
	for _, ip := range ips {
		if family(ip) {
			b := ip.AsSlice()
			words = append(words, binary.BigEndian.Uint32(b[len(b)-4:]))
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// find accepts the packet if the register is one of words, which are in order. It halves
// them, so that a packet costs their logarithm.
func find(words []uint32) []bpf.Instruction {
	if len(words) <= linearCompare {
		var list []bpf.Instruction
		for _, w := range words {
			list = append(list,
				bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: w, SkipTrue: 1},
				bpf.RetConstant{Val: wholePacket})
		}
		return append(list, bpf.RetConstant{Val: 0})
	}
	half := len(words) / 2
	low, high := find(words[:half]), find(words[half:])
	list := []bpf.Instruction{
		bpf.JumpIf{Cond: bpf.JumpLessThan, Val: words[half], SkipTrue: 1},
		bpf.Jump{Skip: uint32(len(low))}, // a conditional jump reaches no further than 255
	}
	return append(append(list, low...), high...)
}

// arpSighting reads an ARP packet that passed the filter.
func arpSighting(b []byte) (Sighting, bool) {
	var p arp.Packet
	if p.UnmarshalBinary(b) != nil {
		return Sighting{}, false
	}
	return Sighting{IP: p.SenderIP, MAC: p.SenderHardwareAddr}, true
}

// naSighting reads a neighbour advertisement that passed the filter.
func naSighting(b []byte) (Sighting, bool) {
	if len(b) < naTargetAt+16 {
		return Sighting{}, false
	}
	s := Sighting{IP: netip.AddrFrom16([16]byte(b[naTargetAt:]))}
	for opt := b[naTargetAt+16:]; len(opt) >= 8 && opt[1] > 0 && len(opt) >= int(opt[1])*8; opt = opt[int(opt[1])*8:] {
		if opt[0] == optTargetLLA && opt[1] == 1 {
			s.MAC = slices.Clone(net.HardwareAddr(opt[2:8]))
		}
	}
	return s, true
}
