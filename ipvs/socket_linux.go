// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

const (
	// receiveBuffer has room for the answers of a chunk several times over.
	receiveBuffer = 1 << 20
	// answerTimeout, in seconds, is far above what the kernel needs for one
	// request.
	answerTimeout = 10
)

// netlinkSocket is a generic netlink socket.
type netlinkSocket struct{ s *nl.NetlinkSocket }

func dial() (socket, error) {
	s, err := nl.Subscribe(unix.NETLINK_GENERIC)
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		s.SetReceiveTimeout(&unix.Timeval{Sec: answerTimeout}),
		s.SetReceiveBufferSize(receiveBuffer, false),
		// Errors are answered without a copy of the request.
		unix.SetsockoptInt(s.GetFd(), unix.SOL_NETLINK, unix.NETLINK_CAP_ACK, 1),
	)
	if err != nil {
		s.Close()
		return nil, err
	}
	return netlinkSocket{s}, nil
}

// Send writes requests in one system call.
func (n netlinkSocket) Send(b []byte) error {
	err := unix.Sendto(n.s.GetFd(), b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
	if err != nil {
		return fmt.Errorf("write to the kernel: %w", err)
	}
	return nil
}

// Receive waits for the next messages.
func (n netlinkSocket) Receive() ([]syscall.NetlinkMessage, error) {
	msgs, _, err := n.s.Receive()
	for errors.Is(err, unix.EINTR) { // a signal; sockets with a time limit are not resumed
		msgs, _, err = n.s.Receive()
	}
	if errors.Is(err, unix.EAGAIN) {
		return nil, errNoAnswer
	}
	if err != nil {
		return nil, fmt.Errorf("read from the kernel: %w", err)
	}
	return msgs, nil
}

// Close closes the socket.
func (n netlinkSocket) Close() error {
	n.s.Close()
	return nil
}
