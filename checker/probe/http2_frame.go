// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The types of frames that count for a single request, RFC 9113 section 6.
const (
	frameData         = 0x0
	frameHeaders      = 0x1
	frameRSTStream    = 0x3
	frameSettings     = 0x4
	framePing         = 0x6
	frameGoAway       = 0x7
	frameWindowUpdate = 0x8
	frameContinuation = 0x9
)

// The flags of frames.
const (
	flagEndStream  = 0x1
	flagAck        = 0x1 // of SETTINGS and PING
	flagEndHeaders = 0x4
	flagPadded     = 0x8
	flagPriority   = 0x20
)

const (
	preface2     = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" // RFC 9113 section 3.4
	frameHead    = 9                                  // bytes before each frame
	maxFrame     = 16 << 10                           // bytes of a frame, unless more is allowed
	priorityHead = 5                                  // bytes of a priority in HEADERS
)

// frame2 is a frame of HTTP/2.
type frame2 struct {
	kind, flags byte
	stream      uint32
	payload     []byte
	length      int // as it came, with its padding
}

func (f frame2) has(flag byte) bool { return f.flags&flag != 0 }

// append adds the frame to bytes.
func (f frame2) append(b []byte) []byte {
	n := len(f.payload)
	b = append(b, byte(n>>16), byte(n>>8), byte(n), f.kind, f.flags)
	b = binary.BigEndian.AppendUint32(b, f.stream)
	return append(b, f.payload...)
}

// readFrame reads one frame into buffer, which holds the largest one.
func readFrame(r io.Reader, buffer *[maxFrame]byte) (frame2, error) {
	var head [frameHead]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return frame2{}, cut(err)
	}
	n := int(head[0])<<16 | int(head[1])<<8 | int(head[2])
	if n > maxFrame {
		return frame2{}, fmt.Errorf("%w: a frame of %d bytes", ErrReply, n)
	}
	f := frame2{kind: head[3], flags: head[4], stream: binary.BigEndian.Uint32(head[5:]) &^ (1 << 31), payload: buffer[:n], length: n}
	if _, err := io.ReadFull(r, f.payload); err != nil {
		return frame2{}, cut(err)
	}
	return f.unpadded()
}

// cut is the error of a connection that ends or breaks before the answer does.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: the answer does not end", ErrReply)
	}
	return errors.Join(ErrRead, err)
}

// unpadded is the frame without padding and priority.
func (f frame2) unpadded() (frame2, error) {
	if f.kind != frameData && f.kind != frameHeaders {
		return f, nil
	}
	p, pad := f.payload, 0
	if f.has(flagPadded) && len(p) > 0 {
		p, pad = p[1:], int(p[0])
	}
	if f.kind == frameHeaders && f.has(flagPriority) {
		p = p[min(priorityHead, len(p)):]
	}
	if pad > len(p) {
		return f, fmt.Errorf("%w: a frame with more padding than bytes", ErrReply)
	}
	f.payload = p[:len(p)-pad]
	return f, nil
}
