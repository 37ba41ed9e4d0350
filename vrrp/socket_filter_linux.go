// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"
	"os"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// takeAll is how many bytes of a packet a filter keeps.
const takeAll = 1 << 18

// dropAll is the filter of a socket that hears nothing.
func dropAll() []bpf.Instruction { return []bpf.Instruction{bpf.RetConstant{Val: 0}} }

// advertFilter takes the adverts of some virtual routers; nil takes all. A raw IPv4 socket
// sees a packet from its IP header on, an IPv6 one from the message on. A packet that is too
// short to have a VRID is dropped.
func advertFilter(key sockKey, vrids *[256]bool) []bpf.Instruction {
	if vrids == nil {
		return []bpf.Instruction{bpf.RetConstant{Val: takeAll}}
	}
	prog := loadVRID(key)
	return append(prog, testVRID(vrids)...)
}

// loadVRID puts the VRID into A.
func loadVRID(key sockKey) []bpf.Instruction {
	const at, ahLen = 1, 24
	switch {
	case key.ipv6():
		return []bpf.Instruction{bpf.LoadAbsolute{Off: at, Size: 1}}
	case key.ah:
		return []bpf.Instruction{bpf.LoadMemShift{Off: 0}, bpf.LoadIndirect{Off: ahLen + at, Size: 1}}
	}
	return []bpf.Instruction{bpf.LoadMemShift{Off: 0}, bpf.LoadIndirect{Off: at, Size: 1}}
}

// testVRID looks A up in a bitmap of eight words of 32 bits: the cost does not grow with the
// number of instances.
func testVRID(vrids *[256]bool) []bpf.Instruction {
	const words, word = 8, 32
	prog := []bpf.Instruction{
		bpf.StoreScratch{Src: bpf.RegA, N: 0},
		bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: word - 1},
		bpf.TAX{},
		bpf.LoadScratch{Dst: bpf.RegA, N: 0},
		bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 5},
	}
	for w := range words {
		var mask uint32
		for bit := range word {
			if vrids[w*word+bit] {
				mask |= 1 << bit
			}
		}
		prog = append(prog,
			bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: uint32(w), SkipTrue: 4},
			bpf.LoadConstant{Dst: bpf.RegA, Val: mask},
			bpf.ALUOpX{Op: bpf.ALUOpShiftRight},
			bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 1},
			bpf.Jump{Skip: uint32((words - 1 - w) * 5)})
	}
	return append(prog,
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0, SkipTrue: 1},
		bpf.RetConstant{Val: takeAll},
		bpf.RetConstant{Val: 0})
}

func attachFilter(fd int, prog []bpf.Instruction) error {
	raw, err := bpf.Assemble(prog)
	if err != nil {
		return fmt.Errorf("assemble the socket filter: %w", err)
	}
	filter := make([]unix.SockFilter, 0, len(raw))
	for _, i := range raw {
		filter = append(filter, unix.SockFilter{Code: i.Op, Jt: i.Jt, Jf: i.Jf, K: i.K})
	}
	return os.NewSyscallError("SO_ATTACH_FILTER", unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
		&unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}))
}
