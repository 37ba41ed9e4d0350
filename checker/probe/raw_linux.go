// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"encoding/binary"
	"net/netip"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The system calls of a TCP_CHECK never wait, so they go past Go's scheduler. It would look every
// 20 µs whether the call has ended, to give the processor of this thread to another one, and
// where a system call takes long that look is most of the work.

// rawSocket opens a TCP socket that does not wait.
func rawSocket(family int) (int, error) {
	fd, _, e := unix.RawSyscall(unix.SYS_SOCKET, uintptr(family), unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if e != 0 {
		return -1, os.NewSyscallError("socket", e)
	}
	return int(fd), nil
}

// rawConnect begins a connection of a socket that does not wait. The address has no zone.
func rawConnect(fd int, to netip.AddrPort) error {
	sa, n := rawSockaddr(to)
	_, _, e := unix.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&sa[0])), uintptr(n))
	if e == 0 || e == unix.EINPROGRESS {
		return nil
	}
	return os.NewSyscallError("connect", e)
}

// rawSockaddr is an address without a zone as the kernel has it, and how much of that counts.
func rawSockaddr(at netip.AddrPort) (sa [unix.SizeofSockaddrInet6]byte, n int) {
	const port, addr4, addr6 = 2, 4, 8 // where they are
	binary.BigEndian.PutUint16(sa[port:], at.Port())
	if at.Addr().Is4() {
		binary.NativeEndian.PutUint16(sa[:], unix.AF_INET)
		a := at.Addr().As4()
		copy(sa[addr4:], a[:])
		return sa, unix.SizeofSockaddrInet4
	}
	binary.NativeEndian.PutUint16(sa[:], unix.AF_INET6)
	a := at.Addr().As16()
	copy(sa[addr6:], a[:])
	return sa, unix.SizeofSockaddrInet6
}

// rawWatch lets an epoll tell when a connection is made or has failed.
func rawWatch(epoll, fd int) error {
	event := unix.EpollEvent{Events: unix.EPOLLOUT, Fd: int32(fd)}
	_, _, e := unix.RawSyscall6(unix.SYS_EPOLL_CTL, uintptr(epoll), unix.EPOLL_CTL_ADD, uintptr(fd), uintptr(unsafe.Pointer(&event)), 0, 0)
	if e != 0 {
		return os.NewSyscallError("epoll_ctl", e)
	}
	return nil
}

// rawEvents fetches what an epoll has to tell now.
func rawEvents(epoll int, events []unix.EpollEvent) (int, error) {
	n, _, e := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epoll), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), 0, 0, 0)
	if e != 0 {
		return 0, os.NewSyscallError("epoll_wait", e)
	}
	return int(n), nil
}

// rawClose closes a socket that does not wait.
func rawClose(fd int) { _, _, _ = unix.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0) }
