// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// option is one setsockopt to come.
type option struct {
	name string
	set  func(fd int) error
}

func number(name string, level, opt, value int) option {
	return option{name, func(fd int) error { return unix.SetsockoptInt(fd, level, opt, value) }}
}

func toDevice(name string) option {
	return option{"SO_BINDTODEVICE", func(fd int) error {
		if name == "" {
			return nil
		}
		return unix.BindToDevice(fd, name)
	}}
}

// open gives a raw socket with options. Until somebody sets another filter it hears nothing.
func open(family, protocol int, options []option) (int, error) {
	fd, err := unix.Socket(family, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, protocol)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	if err := attachFilter(fd, dropAll()); err != nil {
		return -1, errors.Join(err, unix.Close(fd))
	}
	for _, o := range options {
		if err := o.set(fd); err != nil {
			return -1, errors.Join(os.NewSyscallError(o.name, err), unix.Close(fd))
		}
	}
	return fd, nil
}

func familyOf(key sockKey) int {
	if key.ipv6() {
		return unix.AF_INET6
	}
	return unix.AF_INET
}

// openReceiver opens the socket that hears what comes in over the device for the key's address,
// and joins the group.
func openReceiver(key sockKey, device string) (int, error) {
	options := []option{toDevice(device)}
	if key.ipv6() {
		options = append(options,
			number("IPV6_RECVHOPLIMIT", unix.SOL_IPV6, unix.IPV6_RECVHOPLIMIT, 1),
			number("IPV6_MULTICAST_ALL", unix.SOL_IPV6, unix.IPV6_MULTICAST_ALL, 0),
			number("IPV6_FREEBIND", unix.SOL_IPV6, unix.IPV6_FREEBIND, 1))
	} else {
		options = append(options,
			number("IP_MULTICAST_ALL", unix.SOL_IP, unix.IP_MULTICAST_ALL, 0),
			number("IP_FREEBIND", unix.SOL_IP, unix.IP_FREEBIND, 1))
	}
	options = append(options, option{"bind", func(fd int) error { return unix.Bind(fd, sockaddr(key)) }})
	if key.multicast() {
		options = append(options, option{fmt.Sprintf("join %s on %s", key.addr, device), func(fd int) error { return joinGroup(fd, key) }})
	}
	fd, err := open(familyOf(key), key.protocol(), options)
	if err != nil {
		return -1, err
	}
	// What came in before the socket heard nothing may be of another interface.
	var b [1]byte
	for err == nil {
		_, err = unix.Read(fd, b[:])
	}
	return fd, nil
}

func sockaddr(key sockKey) unix.Sockaddr {
	if !key.ipv6() {
		return &unix.SockaddrInet4{Addr: key.addr.As4()}
	}
	to := &unix.SockaddrInet6{Addr: key.addr.As16()}
	if key.addr.IsLinkLocalUnicast() || key.addr.IsLinkLocalMulticast() {
		to.ZoneId = uint32(key.index)
	}
	return to
}

func joinGroup(fd int, key sockKey) error {
	if key.ipv6() {
		return unix.SetsockoptIPv6Mreq(fd, unix.SOL_IPV6, unix.IPV6_ADD_MEMBERSHIP,
			&unix.IPv6Mreq{Multiaddr: key.addr.As16(), Interface: uint32(key.index)})
	}
	return unix.SetsockoptIPMreqn(fd, unix.SOL_IP, unix.IP_ADD_MEMBERSHIP,
		&unix.IPMreqn{Multiaddr: key.addr.As4(), Ifindex: int32(key.index)})
}

// openSender opens the socket that sends. IPPROTO_RAW takes our IPv4 headers and never hears
// anything; IPv6 headers are the kernel's, for the protocol that the socket names.
func openSender(key sockKey, device string) (int, error) {
	options := []option{toDevice(device), number("SO_PRIORITY", unix.SOL_SOCKET, unix.SO_PRIORITY, prioControl)}
	if key.ipv6() {
		options = append(options, senderOptions6(key)...)
		return open(unix.AF_INET6, key.protocol(), options)
	}
	return open(unix.AF_INET, unix.IPPROTO_RAW, append(options, senderOptions4(key)...))
}

func senderOptions4(key sockKey) []option {
	if !key.multicast() {
		return nil
	}
	return []option{
		number("SO_DONTROUTE", unix.SOL_SOCKET, unix.SO_DONTROUTE, 1),
		number("IP_MULTICAST_LOOP", unix.SOL_IP, unix.IP_MULTICAST_LOOP, 0),
		{"IP_MULTICAST_IF", func(fd int) error {
			return unix.SetsockoptIPMreqn(fd, unix.SOL_IP, unix.IP_MULTICAST_IF, &unix.IPMreqn{Ifindex: int32(key.index)})
		}},
	}
}

// senderOptions6 lets adverts leave while their source address is still tentative, which it is
// for a second or two after a link came up: a master that is mute so long makes a second one.
func senderOptions6(key sockKey) []option {
	options := []option{
		number("IPV6_TCLASS", unix.SOL_IPV6, unix.IPV6_TCLASS, tosVRRP),
		number("IPV6_FREEBIND", unix.SOL_IPV6, unix.IPV6_FREEBIND, 1),
	}
	if !key.multicast() {
		return options
	}
	return append(options,
		number("IPV6_MULTICAST_LOOP", unix.SOL_IPV6, unix.IPV6_MULTICAST_LOOP, 0),
		number("IPV6_MULTICAST_IF", unix.SOL_IPV6, unix.IPV6_MULTICAST_IF, key.index))
}

// setReceiveBuffer asks for room of that many bytes. Without CAP_NET_ADMIN the kernel gives no
// more than the system's limit.
func setReceiveBuffer(fd, bytes int) error {
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, bytes) == nil {
		return nil
	}
	return os.NewSyscallError("SO_RCVBUF", unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, bytes))
}
