// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// bufferSize holds any message of the kernel: its dumps come in pieces of at most 32 KiB.
const bufferSize = 64 << 10

// rtnl is a NETLINK_ROUTE socket. The kernel answers a request before the send returns, so
// answers never have to be waited for.
type rtnl struct {
	file *os.File
	rc   syscall.RawConn
	port uint32 // that its requests carry, and the reports of what they did
	seq  uint32
	buf  []byte
}

// dial opens a socket that hears the multicast groups (a mask of RTMGRP_ bits) and queues
// up to rcvbuf bytes.
func dial(groups uint32, rcvbuf int) (*rtnl, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("open netlink socket: %w", err)
	}
	file := os.NewFile(uintptr(fd), "rtnetlink")
	rc, err := file.SyscallConn()
	if err == nil {
		err = setup(fd, groups, rcvbuf)
	}
	if err != nil {
		return nil, fmt.Errorf("set up netlink socket: %w", errors.Join(err, file.Close()))
	}
	s := &rtnl{file: file, rc: rc, buf: make([]byte, bufferSize)}
	if sa, err := unix.Getsockname(fd); err == nil {
		s.port = sa.(*unix.SockaddrNetlink).Pid
	}
	return s, nil
}

func setup(fd int, groups uint32, rcvbuf int) error {
	// The forced size needs CAP_NET_ADMIN, the other is cut to net.core.rmem_max.
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, rcvbuf) != nil {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, rcvbuf); err != nil {
			return fmt.Errorf("receive buffer: %w", err)
		}
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_EXT_ACK, 1); err != nil {
		return fmt.Errorf("extended errors: %w", err)
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_CAP_ACK, 1); err != nil {
		return fmt.Errorf("short errors: %w", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups}); err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	return nil
}

// Close closes the socket. It ends a wait.
func (s *rtnl) Close() error { return s.file.Close() }

// next takes n sequence numbers and gives the first.
func (s *rtnl) next(n int) uint32 {
	first := s.seq + 1
	s.seq += uint32(n)
	return first
}

// send gives the kernel one datagram of requests.
func (s *rtnl) send(b []byte) error {
	var werr error
	err := s.rc.Write(func(fd uintptr) bool {
		_, werr = unix.Write(int(fd), b)
		return !errors.Is(werr, unix.EAGAIN) && !errors.Is(werr, unix.EINTR)
	})
	return errors.Join(err, werr)
}

// receive gives the next datagram in the queue, or EAGAIN when there is none. The bytes
// are good until the next call.
func (s *rtnl) receive() ([]byte, error) { return s.read(false) }

// wait is receive, but waits for a datagram until the socket's deadline.
func (s *rtnl) wait() ([]byte, error) { return s.read(true) }

func (s *rtnl) read(wait bool) ([]byte, error) {
	var n int
	var rerr error
	err := s.rc.Read(func(fd uintptr) bool {
		n, rerr = unix.Read(int(fd), s.buf)
		for errors.Is(rerr, unix.EINTR) {
			n, rerr = unix.Read(int(fd), s.buf)
		}
		return !wait || !errors.Is(rerr, unix.EAGAIN)
	})
	if err != nil {
		return nil, err
	}
	if rerr != nil {
		return nil, rerr
	}
	return s.buf[:n], nil
}

// interrupt ends a wait and lets every later one end at once.
func (s *rtnl) interrupt() error { return s.file.SetReadDeadline(time.Unix(0, 1)) }
