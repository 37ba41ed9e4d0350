// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"encoding/binary"
	"iter"
)

// Sizes of netlink's fixed parts, all aligned to 4 bytes.
const (
	sizeofHeader    = 16
	sizeofAttr      = 4
	sizeofErrno     = 4
	sizeofIfInfomsg = 16
	sizeofIfAddrmsg = 8
	sizeofRtmsg     = 12
	sizeofRuleHdr   = 12
)

// message is one netlink message. Its body is a part of the receive buffer.
type message struct {
	Type  uint16
	Flags uint16
	Seq   uint32
	Port  uint32 // of the socket that asked for it; 0: the kernel itself
	Body  []byte
}

// messages walks through the messages of one datagram. It stops at the first one whose
// length cannot be true.
func messages(b []byte) iter.Seq[message] {
	return func(yield func(message) bool) {
		for len(b) >= sizeofHeader {
			n := int(binary.NativeEndian.Uint32(b))
			if n < sizeofHeader || n > len(b) {
				return
			}
			m := message{
				Type:  binary.NativeEndian.Uint16(b[4:]),
				Flags: binary.NativeEndian.Uint16(b[6:]),
				Seq:   binary.NativeEndian.Uint32(b[8:]),
				Port:  binary.NativeEndian.Uint32(b[12:]),
				Body:  b[sizeofHeader:n],
			}
			if !yield(m) {
				return
			}
			b = b[min(align(n), len(b)):]
		}
	}
}

// attrs walks through the attributes in b: type (without the nested and byte order bits)
// and value. It stops at the first one whose length cannot be true.
func attrs(b []byte) iter.Seq2[uint16, []byte] {
	const typeMask = 0x3fff
	return func(yield func(uint16, []byte) bool) {
		for len(b) >= sizeofAttr {
			n := int(binary.NativeEndian.Uint16(b))
			if n < sizeofAttr || n > len(b) {
				return
			}
			if !yield(binary.NativeEndian.Uint16(b[2:])&typeMask, b[sizeofAttr:n]) {
				return
			}
			b = b[min(align(n), len(b)):]
		}
	}
}

// align rounds n up to netlink's alignment.
func align(n int) int { return (n + 3) &^ 3 }
