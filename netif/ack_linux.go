// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"
)

// ackError is the error that an NLMSG_ERROR carries, with the kernel's own words when it
// gave some; nil when it is an acknowledgement.
func ackError(m message) error {
	if len(m.Body) < sizeofErrno {
		return errNoAnswer
	}
	errno := -int32(binary.NativeEndian.Uint32(m.Body))
	if errno == 0 {
		return nil
	}
	if text := extAck(m); text != "" {
		return fmt.Errorf("%w: %s", unix.Errno(errno), text)
	}
	return unix.Errno(errno)
}

// extAck is the text behind the error number and the (capped) echo of the request.
func extAck(m message) string {
	skip := sizeofErrno + sizeofHeader
	if m.Flags&unix.NLM_F_ACK_TLVS == 0 || len(m.Body) < skip {
		return ""
	}
	if m.Flags&unix.NLM_F_CAPPED == 0 {
		skip = sizeofErrno + align(int(binary.NativeEndian.Uint32(m.Body[sizeofErrno:])))
	}
	if skip < 0 || skip > len(m.Body) {
		return ""
	}
	for typ, value := range attrs(m.Body[skip:]) {
		if typ == unix.NLMSGERR_ATTR_MSG {
			return unix.ByteSliceToString(value)
		}
	}
	return ""
}
