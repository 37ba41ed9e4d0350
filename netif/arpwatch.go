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
// traffic of a busy network wakes nobody; with very many addresses also those near them.
func claimARPFilter(ips []netip.Addr) []bpf.Instruction {
	spans := spansOf(lastWords(ips, netip.Addr.Is4), maxSpans)
	if len(spans) == 0 {
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
	return append(filter, find(spans)...)
}

// claimNAFilter does the same for neighbour advertisements. It compares the last four bytes of
// the target only; the reader compares the rest. It runs on an ICMPv6 socket.
func claimNAFilter(ips []netip.Addr) []bpf.Instruction {
	spans := spansOf(lastWords(ips, netip.Addr.Is6), maxSpans)
	if len(spans) == 0 {
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
	return append(filter, find(spans)...)
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

// span is the values from lo to hi.
type span struct{ lo, hi uint32 }

// maxSpans is how many spans a filter of the kernel's 4096 instructions has room for.
const maxSpans = 1000

// spansOf makes spans of words, which are in order: those that follow each other are one. If
// that is more than most, the narrowest gaps are closed, and the filter lets more through than
// it is to.
func spansOf(words []uint32, most int) []span {
	gaps := make([]uint32, 0, len(words))
	for i := 1; i < len(words); i++ {
		gaps = append(gaps, words[i]-words[i-1])
	}
	closed := uint32(1)
	if len(words) > most {
		slices.Sort(gaps)
		closed = max(closed, gaps[len(words)-most-1])
	}
	var list []span
	for _, w := range words {
		if n := len(list); n > 0 && w-list[n-1].hi <= closed {
			list[n-1].hi = w
		} else {
			list = append(list, span{w, w})
		}
	}
	return list
}

// find accepts the packet if the register is in one of spans, which are in order. It halves
// them, so that a packet costs their logarithm.
func find(spans []span) []bpf.Instruction {
	if len(spans) <= linearCompare {
		var list []bpf.Instruction
		for _, s := range spans {
			list = append(list, within(s)...)
		}
		return append(list, bpf.RetConstant{Val: 0})
	}
	half := len(spans) / 2
	low, high := find(spans[:half]), find(spans[half:])
	list := []bpf.Instruction{
		bpf.JumpIf{Cond: bpf.JumpLessThan, Val: spans[half].lo, SkipTrue: 1},
		bpf.Jump{Skip: uint32(len(low))}, // a conditional jump reaches no further than 255
	}
	return append(append(list, low...), high...)
}

// within accepts the packet if the register is in the span.
func within(s span) []bpf.Instruction {
	if s.lo == s.hi {
		return []bpf.Instruction{
			bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: s.lo, SkipTrue: 1},
			bpf.RetConstant{Val: wholePacket},
		}
	}
	return []bpf.Instruction{
		bpf.JumpIf{Cond: bpf.JumpLessThan, Val: s.lo, SkipTrue: 2},
		bpf.JumpIf{Cond: bpf.JumpGreaterThan, Val: s.hi, SkipTrue: 1},
		bpf.RetConstant{Val: wholePacket},
	}
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
