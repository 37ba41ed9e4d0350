// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"encoding/binary"
	"net/netip"
)

// encoder appends netlink messages to b.
type encoder struct{ b []byte }

// begin starts a message and gives its place for end.
func (e *encoder) begin(typ, flags uint16, seq uint32) (at int) {
	at = len(e.b)
	e.b = append(e.b, make([]byte, sizeofHeader)...)
	binary.NativeEndian.PutUint16(e.b[at+4:], typ)
	binary.NativeEndian.PutUint16(e.b[at+6:], flags)
	binary.NativeEndian.PutUint32(e.b[at+8:], seq)
	return at
}

// end completes the message that began at.
func (e *encoder) end(at int) {
	e.pad()
	binary.NativeEndian.PutUint32(e.b[at:], uint32(len(e.b)-at))
}

func (e *encoder) pad() {
	for len(e.b)%4 != 0 {
		e.b = append(e.b, 0)
	}
}

// fixed appends the part of a message that is no attribute.
func (e *encoder) fixed(b ...byte) { e.b = append(e.b, b...) }

func (e *encoder) fixed32(v uint32) { e.b = binary.NativeEndian.AppendUint32(e.b, v) }

// attr appends an attribute.
func (e *encoder) attr(typ uint16, value []byte) {
	e.b = binary.NativeEndian.AppendUint16(e.b, uint16(sizeofAttr+len(value)))
	e.b = binary.NativeEndian.AppendUint16(e.b, typ)
	e.b = append(e.b, value...)
	e.pad()
}

func (e *encoder) u8(typ uint16, v uint8) { e.attr(typ, []byte{v}) }

func (e *encoder) u16(typ, v uint16) { e.attr(typ, binary.NativeEndian.AppendUint16(nil, v)) }

func (e *encoder) u32(typ uint16, v uint32) { e.attr(typ, binary.NativeEndian.AppendUint32(nil, v)) }

// be64 appends a number in the network's byte order.
func (e *encoder) be64(typ uint16, v uint64) { e.attr(typ, binary.BigEndian.AppendUint64(nil, v)) }

// text appends a string as the kernel wants it.
func (e *encoder) text(typ uint16, v string) { e.attr(typ, append([]byte(v), 0)) }

// addr appends an address, unless there is none.
func (e *encoder) addr(typ uint16, a netip.Addr) {
	if a.IsValid() {
		e.attr(typ, a.AsSlice())
	}
}

// nest appends an attribute of attributes.
func (e *encoder) nest(typ uint16, f func()) {
	at := len(e.b)
	e.b = binary.NativeEndian.AppendUint16(e.b, 0)
	e.b = binary.NativeEndian.AppendUint16(e.b, typ)
	f()
	binary.NativeEndian.PutUint16(e.b[at:], uint16(len(e.b)-at))
}
