// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"

	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"
)

const (
	protoVRRP = 112  // IANA protocol number, RFC 9568 section 5.1.1.4
	tosVRRP   = 0xc0 // internetwork control, as keepalived sends it
	// maxPacket holds a v2 advert of 255 addresses behind the longest IPv4 header.
	maxPacket = 60 + 8 + 4*255 + 8 + 64
	// prioControl is TC_PRIO_CONTROL of linux/pkt_sched.h.
	prioControl = 7
	// rcvBuf holds a burst of adverts of some thousand instances.
	rcvBuf = 4 << 20
	// readsPerPass bounds one pass over a socket, so that a flood delays no timer.
	readsPerPass = 256
)

// packetIO moves datagrams with their IPv4 headers; rawSocket is the real one.
type packetIO interface {
	// receive reads one datagram into b; nil when none waits.
	receive(b []byte) []byte
	// send sends one datagram and never blocks.
	send(datagram []byte, dst netip.Addr) error
	// descriptor becomes readable when a datagram waits.
	descriptor() int
	close()
}

// rawSocket is a raw IPv4 socket of protocol 112, by its descriptor.
type rawSocket int

// openRaw opens a raw socket bound to device name, in the group of key.
func openRaw(ctx context.Context, key sockKey, name string) (packetIO, error) {
	address := "0.0.0.0"
	if key.group.IsValid() {
		address = key.group.String()
	}
	lc := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		return control(c, func(fd int) error { return prepare(fd, key, name) })
	}}
	conn, err := lc.ListenPacket(ctx, fmt.Sprintf("ip4:%d", protoVRRP), address)
	if err != nil {
		return nil, err
	}
	defer conn.Close() // the socket lives on in its duplicate
	if err := setMode(conn, key, name); err != nil {
		return nil, err
	}
	fd, err := duplicate(conn.(*net.IPConn))
	if err != nil {
		return nil, err
	}
	return rawSocket(fd), nil
}

// mayOpenRaw says whether the process may open a raw socket at all. Finding that out later,
// for each interface, would leave a daemon that runs and does nothing.
func mayOpenRaw() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protoVRRP)
	if err != nil {
		return fmt.Errorf("open a raw socket (vipward runs as root, or with CAP_NET_RAW and CAP_NET_ADMIN): %w",
			os.NewSyscallError("socket", err))
	}
	return unix.Close(fd)
}

// prepare sets what must be set before bind.
func prepare(fd int, key sockKey, name string) error {
	err := errors.Join(
		os.NewSyscallError("SO_BINDTODEVICE", unix.SetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE, name)),
		os.NewSyscallError("SO_PRIORITY", unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PRIORITY, prioControl)),
		os.NewSyscallError("IP_MULTICAST_ALL", unix.SetsockoptInt(fd, unix.SOL_IP, unix.IP_MULTICAST_ALL, 0)),
	)
	if key.group.IsValid() {
		err = errors.Join(err, os.NewSyscallError("SO_DONTROUTE", unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DONTROUTE, 1)))
	}
	// Without CAP_NET_ADMIN the forced size is refused; then the system's limit holds.
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, rcvBuf) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, rcvBuf)
	}
	return err
}

// setMode joins the group and makes the kernel take our IPv4 headers.
func setMode(conn net.PacketConn, key sockKey, name string) error {
	raw, err := ipv4.NewRawConn(conn)
	if err != nil {
		return fmt.Errorf("raw socket on %s: %w", name, err)
	}
	if !key.group.IsValid() {
		return nil
	}
	ifi := &net.Interface{Index: key.index, Name: name}
	if err := raw.JoinGroup(ifi, &net.IPAddr{IP: key.group.AsSlice()}); err != nil {
		return fmt.Errorf("join %s on %s: %w", key.group, name, err)
	}
	if err := raw.SetMulticastInterface(ifi); err != nil {
		return fmt.Errorf("send multicast on %s: %w", name, err)
	}
	if err := raw.SetMulticastLoopback(false); err != nil {
		return fmt.Errorf("turn off multicast loopback on %s: %w", name, err)
	}
	return nil
}

// duplicate gives the socket a descriptor that the runtime's poller does not watch: each
// packet would wake a second thread for nothing.
func duplicate(conn *net.IPConn) (int, error) {
	c, err := conn.SyscallConn()
	if err != nil {
		return -1, err
	}
	dup := -1
	err = control(c, func(fd int) (err error) {
		dup, err = unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
		return os.NewSyscallError("fcntl", err)
	})
	return dup, err
}

// control runs f on the descriptor of c and returns f's error too.
func control(c syscall.RawConn, f func(fd int) error) error {
	var ferr error
	err := c.Control(func(fd uintptr) { ferr = f(int(fd)) })
	return errors.Join(err, ferr)
}

func (s rawSocket) descriptor() int { return int(s) }

func (s rawSocket) close() { _ = unix.Close(int(s)) }

func (s rawSocket) receive(b []byte) []byte {
	n, err := unix.Read(int(s), b)
	if err != nil || n <= 0 {
		return nil // EAGAIN, or ENETDOWN: the link monitor reports that
	}
	return b[:n]
}

func (s rawSocket) send(datagram []byte, dst netip.Addr) error {
	to := unix.SockaddrInet4{Addr: dst.As4()}
	if err := unix.Sendto(int(s), datagram, unix.MSG_DONTWAIT, &to); err != nil {
		return os.NewSyscallError("sendto", err)
	}
	return nil
}

// header is the IPv4 header of an advert as keepalived sends it: no options, DF off.
func header(src, dst netip.Addr, id uint16, ttl uint8, body int) ([]byte, error) {
	h := ipv4.Header{
		Version: ipv4.Version, Len: ipv4.HeaderLen, TOS: tosVRRP,
		TotalLen: ipv4.HeaderLen + body, ID: int(id), TTL: int(ttl), Protocol: protoVRRP,
		Src: src.AsSlice(), Dst: dst.AsSlice(),
	}
	return h.Marshal()
}
