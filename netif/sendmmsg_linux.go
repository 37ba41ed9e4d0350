// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"errors"
	"slices"
	"time"
	"unsafe"

	"github.com/mdlayher/packet"
	"golang.org/x/sys/unix"
)

const (
	// sendPatience is how long an interface that takes no frames may hold the others up.
	sendPatience = 500 * time.Millisecond

	maxMessages = 1024 // UIO_MAXIOV: sendmmsg takes no more
)

// frame is an Ethernet frame and the interface that it leaves from.
type frame struct {
	index int
	data  []byte
}

// mmsghdr is struct mmsghdr of sendmmsg(2), which x/sys/unix does not have.
type mmsghdr struct {
	header unix.Msghdr
	sent   uint32
}

// send writes the frames, in as few system calls as it can. Interfaces that take none are
// noted in failed; the error is one of the socket itself.
func send(conn *packet.Conn, frames []frame, failed map[int]error) error {
	rc, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	if err := conn.SetWriteDeadline(time.Now().Add(sendPatience)); err != nil {
		return err
	}
	list := wrap(frames)
	return rc.Write(func(fd uintptr) bool {
		for len(list) > 0 {
			n, err := sendmmsg(int(fd), list)
			list, frames = list[n:], frames[n:]
			switch {
			case err == nil || errors.Is(err, unix.EINTR):
			case errors.Is(err, unix.EAGAIN):
				return false
			case errors.Is(err, unix.ENOBUFS):
				// The interface's queue dropped this one: the next round says it again.
				list, frames = list[1:], frames[1:]
			default:
				failed[frames[0].index] = err
				frames = without(frames, failed)
				list = wrap(frames)
			}
		}
		return true
	})
}

// without gives the frames of the interfaces that work.
func without(frames []frame, failed map[int]error) []frame {
	return slices.DeleteFunc(slices.Clone(frames), func(f frame) bool { return failed[f.index] != nil })
}

// wrap makes messages of frames for the kernel. Each has its interface for an address.
func wrap(frames []frame) []mmsghdr {
	list := make([]mmsghdr, len(frames))
	iovs := make([]unix.Iovec, len(frames))
	addrs := make([]unix.RawSockaddrLinklayer, len(frames))
	for i, f := range frames {
		iovs[i].Base = &f.data[0]
		iovs[i].SetLen(len(f.data))
		addrs[i] = unix.RawSockaddrLinklayer{
			Family: unix.AF_PACKET, Ifindex: int32(f.index),
			Protocol: *(*uint16)(unsafe.Pointer(&f.data[etherHeaderLen-2])), // as it is on the wire
		}
		h := &list[i].header
		h.Name, h.Namelen = (*byte)(unsafe.Pointer(&addrs[i])), unix.SizeofSockaddrLinklayer
		h.Iov = &iovs[i]
		h.SetIovlen(1)
	}
	return list
}

// sendmmsg says how many messages the kernel took. An error is that of the next one.
func sendmmsg(fd int, list []mmsghdr) (int, error) {
	count := min(len(list), maxMessages)
	n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&list[0])), uintptr(count), 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
