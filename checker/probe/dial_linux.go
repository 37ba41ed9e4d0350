// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"vipward/conf"
)

// ErrBind marks the errors of the local end of a connection.
var ErrBind = errors.New("bind")

// DeviceError says that a socket cannot be bound to an interface. It is an ErrBind.
type DeviceError struct {
	Device string
	Err    error
}

// Error implements error.
func (e *DeviceError) Error() string { return fmt.Sprintf("bind to device %s: %v", e.Device, e.Err) }

// Unwrap gives the cause.
func (e *DeviceError) Unwrap() []error { return []error{ErrBind, e.Err} }

// target is the address that a check connects to.
func target(c *conf.Checker) netip.AddrPort {
	ip := c.ConnectIP
	if ip.Is6() && ip.IsLinkLocalUnicast() && c.BindIf != "" {
		ip = ip.WithZone(c.BindIf)
	}
	return netip.AddrPortFrom(ip, c.ConnectPort)
}

// dial connects by TCP to the target of a check as its connection options say, within
// its connect_timeout.
func dial(ctx context.Context, c *conf.Checker) (net.Conn, error) {
	return dialOver(ctx, c, "tcp")
}

// dialOver is dial over "tcp" or "udp".
func dialOver(ctx context.Context, c *conf.Checker, network string) (net.Conn, error) {
	d := net.Dialer{
		Timeout: c.ConnectTimeout, KeepAlive: -1, LocalAddr: source(c, network),
		Control: func(_, _ string, raw syscall.RawConn) error { return control(raw, c) },
	}
	d.SetMultipathTCP(false)
	conn, err := d.DialContext(ctx, network, target(c).String())
	if err != nil {
		return nil, err
	}
	if tcp, ok := conn.(*net.TCPConn); ok && c.BindPort != 0 {
		// A closed connection would hold the source port for a minute, and the
		// next run could not have it. A reset leaves nothing behind.
		if err := tcp.SetLinger(0); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return conn, nil
}

// source is the local address of the connections of a check, nil for any.
func source(c *conf.Checker, network string) net.Addr {
	ip := c.BindIP
	if !ip.IsValid() {
		if c.BindPort == 0 {
			return nil
		}
		ip = netip.IPv4Unspecified()
		if c.ConnectIP.Is6() {
			ip = netip.IPv6Unspecified()
		}
	}
	if ip.IsLinkLocalUnicast() && ip.Is6() {
		ip = ip.WithZone(c.BindIf)
	}
	at := netip.AddrPortFrom(ip, c.BindPort)
	if strings.HasPrefix(network, "udp") {
		return net.UDPAddrFromAddrPort(at)
	}
	return net.TCPAddrFromAddrPort(at)
}

// control sets the options of a socket before it is bound.
func control(raw syscall.RawConn, c *conf.Checker) error {
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = setOptions(int(fd), c) }); err != nil {
		return err
	}
	return failed
}

// setOptions sets the connection options of a check on a socket. With a source port
// of its own, checks of several servers may use the same one.
func setOptions(fd int, c *conf.Checker) error {
	if c.BindPort != 0 {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
			return os.NewSyscallError("setsockopt SO_REUSEADDR", err)
		}
	}
	if c.BindIf != "" {
		if err := unix.SetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE, c.BindIf); err != nil {
			return &DeviceError{c.BindIf, err}
		}
	}
	if c.FWMark != 0 {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_MARK, int(c.FWMark)); err != nil {
			return os.NewSyscallError("setsockopt SO_MARK", err)
		}
	}
	return nil
}
