// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"encoding/binary"

	"golang.org/x/net/http2"
)

// frame2 is a frame of HTTP/2 as a hostile server sends it: nothing of it is checked.
type frame2 struct {
	kind    http2.FrameType
	flags   http2.Flags
	stream  uint32
	payload []byte
}

// append adds the frame to bytes.
func (f frame2) append(b []byte) []byte {
	n := len(f.payload)
	b = append(b, byte(n>>16), byte(n>>8), byte(n), byte(f.kind), byte(f.flags))
	b = binary.BigEndian.AppendUint32(b, f.stream)
	return append(b, f.payload...)
}
