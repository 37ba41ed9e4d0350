// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"errors"
	"net"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"

	"vipward/conf"
)

// beginConnect opens a socket with the connection options of a check and lets it connect
// without waiting. The descriptor is -1 when there is none.
func beginConnect(c *conf.Checker) (int, error) {
	to := target(c)
	family := unix.AF_INET
	if to.Addr().Is6() {
		family = unix.AF_INET6
	}
	fd, err := rawSocket(family)
	if err != nil {
		return -1, err
	}
	if err := connect(fd, c, to); err != nil {
		return -1, errors.Join(err, unix.Close(fd))
	}
	return fd, nil
}

func connect(fd int, c *conf.Checker, to netip.AddrPort) error {
	if err := setOptions(fd, c); err != nil {
		return err
	}
	if from, ok := source(c, "tcp").(*net.TCPAddr); ok {
		if err := unix.Bind(fd, sockaddrPort(from.AddrPort())); err != nil {
			return os.NewSyscallError("bind", err)
		}
	}
	if c.BindPort != 0 {
		// See dialOver: a reset leaves nothing behind that holds the port.
		if err := unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}); err != nil {
			return os.NewSyscallError("setsockopt SO_LINGER", err)
		}
	}
	if to.Addr().Zone() == "" {
		return rawConnect(fd, to)
	}
	err := unix.Connect(fd, sockaddrPort(to))
	if errors.Is(err, unix.EINPROGRESS) {
		return nil
	}
	return os.NewSyscallError("connect", err)
}

// sockaddrPort is an address with a port as the kernel takes it.
func sockaddrPort(at netip.AddrPort) unix.Sockaddr {
	sa := sockaddr(at.Addr().WithZone(""), at.Addr().Zone())
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		sa.Port = int(at.Port())
	case *unix.SockaddrInet6:
		sa.Port = int(at.Port())
	}
	return sa
}

// socketError takes the error that a socket has got meanwhile.
func socketError(fd int) error {
	code, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	switch {
	case err != nil:
		return os.NewSyscallError("getsockopt SO_ERROR", err)
	case code != 0:
		return os.NewSyscallError("connect", unix.Errno(code))
	}
	return nil
}
