// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// askLimit bounds each step of a connection of Ask.
const askLimit = 10 * time.Second

// Names is a server on a host that tells its name: to each TCP connection, which it then
// keeps until the client closes, and for each UDP datagram. It makes as few system calls as
// it can, since in the lab kernel they are dear and there are thousands of connections.
type Names struct {
	host *Host

	mu      sync.Mutex // guards what follows
	kept    []int      // connections
	sweepAt int        // so many
}

// sweepEvery is how many more connections are kept before the next look at which are over:
// descriptors are few.
const sweepEvery = 500

// Names starts such a server at a port of all addresses.
func (h *Host) Names(port int) {
	h.t.Helper()
	n := &Names{host: h, sweepAt: sweepEvery}
	var fd int
	var udp net.PacketConn
	h.must("listen", h.Do(func() (err error) {
		if fd, err = listenTCP(port); err != nil {
			return err
		}
		udp, err = net.ListenPacket("udp", fmt.Sprintf(":%d", port))
		return err
	}))
	spawn(h.t, "names by TCP of "+h.Name, func(ctx context.Context) error {
		defer context.AfterFunc(ctx, func() { _ = unix.Shutdown(fd, unix.SHUT_RDWR) })()
		return errors.Join(n.accept(fd), unix.Close(fd), n.closeAll())
	})
	spawn(h.t, "names by UDP of "+h.Name, func(ctx context.Context) error {
		defer context.AfterFunc(ctx, func() { _ = udp.Close() })()
		return n.answer(udp)
	})
}

// listenTCP listens at all addresses of both families.
func listenTCP(port int) (int, error) {
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	err = errors.Join(
		unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 0),
		unix.Bind(fd, &unix.SockaddrInet6{Port: port}),
		unix.Listen(fd, 4096),
	)
	if err != nil {
		return -1, errors.Join(err, unix.Close(fd))
	}
	return fd, nil
}

// accept tells the name to who comes, until the socket is shut down. Connections are kept
// open, so that schedulers see them.
func (n *Names) accept(fd int) error {
	for {
		conn, _, err := unix.Accept4(fd, unix.SOCK_CLOEXEC)
		switch {
		case errors.Is(err, unix.EINVAL):
			return nil
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.ECONNABORTED):
			continue
		case err != nil:
			return err
		}
		_, _ = unix.Write(conn, []byte(n.host.Name+"\n")) // who is gone needs no name
		n.keep(conn)
	}
}

// keep keeps one more connection. When there are many, those that the clients have closed
// go.
func (n *Names) keep(conn int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.kept = append(n.kept, conn); len(n.kept) < n.sweepAt {
		return
	}
	var open []int
	for _, conn := range n.kept {
		if _, _, err := unix.Recvfrom(conn, make([]byte, 1), unix.MSG_DONTWAIT|unix.MSG_PEEK); errors.Is(err, unix.EAGAIN) {
			open = append(open, conn)
			continue
		}
		_ = unix.Close(conn) // nothing was to be sent
	}
	n.kept, n.sweepAt = open, len(open)+sweepEvery
}

func (n *Names) closeAll() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	var errs []error
	for _, conn := range n.kept {
		errs = append(errs, unix.Close(conn))
	}
	n.kept = nil
	return errors.Join(errs...)
}

func (n *Names) answer(conn net.PacketConn) error {
	buf := make([]byte, 64)
	for {
		_, from, err := conn.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		_, _ = conn.WriteTo([]byte(n.host.Name+"\n"), from) // a lost answer is the client's matter
	}
}

// Ask makes n TCP connections from the host, from an address of its own unless that is
// zero, and gives the names that Names servers tell, in order. All connections stay open
// until the last one is made.
func (h *Host) Ask(from netip.Addr, to netip.AddrPort, n int) ([]string, error) {
	var names []string
	var open []int
	err := h.Do(func() error {
		for range n {
			conn, name, err := askOne(from, to)
			if conn >= 0 {
				open = append(open, conn)
			}
			if err != nil {
				return fmt.Errorf("%s: connection %d from %v to %v: %w", h.Name, len(open), from, to, err)
			}
			names = append(names, name)
		}
		return nil
	})
	for _, conn := range open {
		err = errors.Join(err, unix.Close(conn))
	}
	return names, err
}

func askOne(from netip.Addr, to netip.AddrPort) (int, string, error) {
	family := unix.AF_INET
	if to.Addr().Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, "", os.NewSyscallError("socket", err)
	}
	limit := unix.NsecToTimeval(int64(askLimit))
	err = errors.Join(
		unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit),
		unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &limit), // of connect, too
	)
	if err == nil && from.IsValid() {
		err = os.NewSyscallError("bind", unix.Bind(fd, sockaddr(netip.AddrPortFrom(from, 0))))
	}
	if err == nil {
		err = os.NewSyscallError("connect", connect(fd, to))
	}
	if err != nil {
		return fd, "", err
	}
	buf := make([]byte, 64)
	got, err := unix.Read(fd, buf)
	for errors.Is(err, unix.EINTR) { // the runtime's signals end it, since it has a time limit
		got, err = unix.Read(fd, buf)
	}
	return fd, strings.TrimSpace(string(buf[:max(got, 0)])), os.NewSyscallError("read", err)
}

// connect waits for the connection. A signal does not end it.
func connect(fd int, to netip.AddrPort) error {
	err := unix.Connect(fd, sockaddr(to))
	for errors.Is(err, unix.EINTR) || errors.Is(err, unix.EALREADY) {
		if _, err = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}, int(askLimit.Milliseconds())); err == nil {
			err = unix.Connect(fd, sockaddr(to))
		}
	}
	if errors.Is(err, unix.EISCONN) {
		return nil
	}
	return err
}

func sockaddr(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Addr: a.Addr().As4(), Port: int(a.Port())}
	}
	return &unix.SockaddrInet6{Addr: a.Addr().As16(), Port: int(a.Port())}
}

// AskUDP sends one datagram from a host and gives the name that a Names server tells.
func (h *Host) AskUDP(to netip.AddrPort, limit time.Duration) (string, error) {
	conn, err := h.Dial("udp", to.String())
	if err != nil {
		return "", err
	}
	err = conn.SetDeadline(time.Now().Add(limit))
	if err == nil {
		_, err = conn.Write([]byte{0})
	}
	buf := make([]byte, 64)
	var n int
	if err == nil {
		n, err = conn.Read(buf)
	}
	return strings.TrimSpace(string(buf[:n])), errors.Join(err, conn.Close())
}
