// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	// receiveBuffer has room for the answers of a chunk several times over.
	receiveBuffer = 1 << 20
	// receiveSize is more than the kernel sends in one piece.
	receiveSize = 1 << 15
	// answerTimeout, in seconds, is far above what the kernel needs for one
	// request.
	answerTimeout = 10
)

// netlinkSocket is a generic netlink socket. To list a large table takes hundreds of pieces, so they
// are all received in the same memory.
type netlinkSocket struct {
	fd   int
	in   []byte
	msgs []syscall.NetlinkMessage // in in
}

// dial opens a socket in the network namespace of the calling thread.
func dial() (socket, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_GENERIC)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	err = errors.Join(
		os.NewSyscallError("bind", unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})),
		unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: answerTimeout}),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer),
		// Errors are answered without a copy of the request.
		unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_CAP_ACK, 1),
	)
	if err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return &netlinkSocket{fd: fd, in: make([]byte, receiveSize)}, nil
}

// Send writes requests in one system call.
func (n *netlinkSocket) Send(b []byte) error {
	err := unix.Sendto(n.fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
	if err != nil {
		return fmt.Errorf("write to the kernel: %w", err)
	}
	return nil
}

// Receive waits for the next messages.
func (n *netlinkSocket) Receive() ([]syscall.NetlinkMessage, error) {
	size, from, err := unix.Recvfrom(n.fd, n.in, unix.MSG_TRUNC)
	for errors.Is(err, unix.EINTR) { // a signal; sockets with a time limit are not resumed
		size, from, err = unix.Recvfrom(n.fd, n.in, unix.MSG_TRUNC)
	}
	sender, ok := from.(*unix.SockaddrNetlink)
	switch {
	case errors.Is(err, unix.EAGAIN):
		return nil, errNoAnswer
	case err != nil:
		return nil, fmt.Errorf("read from the kernel: %w", err)
	case !ok || sender.Pid != 0:
		return nil, errors.New("read from the kernel: a message of another program")
	case size > len(n.in):
		return nil, fmt.Errorf("read from the kernel: a message of %d bytes", size)
	}
	n.msgs, err = split(n.msgs[:0], n.in[:size])
	if err != nil {
		return nil, fmt.Errorf("read from the kernel: %w", err)
	}
	return n.msgs, nil
}

// Close closes the socket. Another time it does nothing: the number may be that of something else.
func (n *netlinkSocket) Close() error {
	fd := n.fd
	if n.fd = -1; fd < 0 {
		return nil
	}
	return os.NewSyscallError("close", unix.Close(fd))
}

// split adds the messages that stand in b one after another.
func split(msgs []syscall.NetlinkMessage, b []byte) ([]syscall.NetlinkMessage, error) {
	for len(b) >= unix.NLMSG_HDRLEN {
		h := syscall.NlMsghdr{
			Len: binary.NativeEndian.Uint32(b), Type: binary.NativeEndian.Uint16(b[4:]), Flags: binary.NativeEndian.Uint16(b[6:]),
			Seq: binary.NativeEndian.Uint32(b[8:]), Pid: binary.NativeEndian.Uint32(b[12:]),
		}
		if h.Len < unix.NLMSG_HDRLEN || int(h.Len) > len(b) {
			return nil, unix.EINVAL
		}
		msgs = append(msgs, syscall.NetlinkMessage{Header: h, Data: b[unix.NLMSG_HDRLEN:h.Len]})
		next := (int(h.Len) + unix.NLMSG_ALIGNTO - 1) &^ (unix.NLMSG_ALIGNTO - 1)
		b = b[min(next, len(b)):]
	}
	return msgs, nil
}
