// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"errors"
	"net/netip"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// batchSize is how many datagrams one system call reads.
	batchSize = 16
	// maxPacket holds an advert of 255 addresses of either family behind the longest header,
	// with authentication header and signature.
	maxPacket = 60 + 24 + 8 + 16*255 + 28
	// controlLen holds an IPV6_PKTINFO and an IPV6_HOPLIMIT.
	controlLen = 64
)

// batch is what one system call reads. The datagrams are valid until the next one.
type batch struct {
	headers [batchSize]mmsghdr
	iovecs  [batchSize]unix.Iovec
	names   [batchSize]unix.RawSockaddrInet6
	control [batchSize][controlLen]byte
	buf     [batchSize][maxPacket]byte
}

// mmsghdr is the struct of recvmmsg(2).
type mmsghdr struct {
	hdr unix.Msghdr
	len uint32
}

// reset makes the batch ready for a system call, which overwrites parts of the headers.
func (b *batch) reset() {
	for i := range b.headers {
		h := &b.headers[i].hdr
		b.iovecs[i].Base = &b.buf[i][0]
		b.iovecs[i].SetLen(maxPacket)
		h.Iov, h.Iovlen = &b.iovecs[i], 1
		h.Name, h.Namelen = (*byte)(unsafe.Pointer(&b.names[i])), unix.SizeofSockaddrInet6
		h.Control = &b.control[i][0]
		h.SetControllen(controlLen)
	}
}

// datagram is the i-th one that was read.
func (b *batch) datagram(i int) []byte { return b.buf[i][:b.headers[i].len] }

// from is the sender of the i-th one, if it came over IPv6.
func (b *batch) from(i int) netip.Addr { return netip.AddrFrom16(b.names[i].Addr) }

// hopLimit is that of the i-th one, if it came over IPv6.
func (b *batch) hopLimit(i int) uint8 {
	h := (*unix.Cmsghdr)(unsafe.Pointer(&b.control[i][0]))
	if int(b.headers[i].hdr.Controllen) < unix.CmsgLen(4) || h.Level != unix.SOL_IPV6 || h.Type != unix.IPV6_HOPLIMIT {
		return 0
	}
	return uint8(*(*int32)(unsafe.Pointer(&b.control[i][unix.CmsgLen(0)])))
}

func (s *rawSocket) receive(b *batch) int {
	b.reset()
	n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(s.in), uintptr(unsafe.Pointer(&b.headers[0])), batchSize, unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0 // EAGAIN, or ENETDOWN: the link monitor reports that
	}
	return int(n)
}

func (s *rawSocket) send(d datagram) error {
	if s.key.ipv6() {
		return s.send6(d)
	}
	s.to4.Addr = d.dst.As4()
	return os.NewSyscallError("sendto", unix.Sendto(s.out, d.bytes, unix.MSG_DONTWAIT, &s.to4))
}

// probe turns the loop back to this host on for one datagram.
func (s *rawSocket) probe(d datagram) error {
	level, opt := unix.SOL_IP, unix.IP_MULTICAST_LOOP
	if s.key.ipv6() {
		level, opt = unix.SOL_IPV6, unix.IPV6_MULTICAST_LOOP
	}
	if err := unix.SetsockoptInt(s.out, level, opt, 1); err != nil {
		return os.NewSyscallError("MULTICAST_LOOP", err)
	}
	err := s.send(d)
	return errors.Join(err, os.NewSyscallError("MULTICAST_LOOP", unix.SetsockoptInt(s.out, level, opt, 0)))
}

// send6 gives the kernel what an IPv6 header is made of.
func (s *rawSocket) send6(d datagram) error {
	s.to6.Addr, s.to6.ZoneId = d.dst.As16(), uint32(s.key.index)
	at := putControl(s.control[:], unix.IPV6_PKTINFO, unix.Inet6Pktinfo{Addr: d.src.As16(), Ifindex: uint32(s.key.index)})
	if d.hops >= 0 {
		at += putControl(s.control[at:], unix.IPV6_HOPLIMIT, int32(d.hops))
	}
	_, err := unix.SendmsgN(s.out, d.bytes, s.control[:at], &s.to6, unix.MSG_DONTWAIT)
	return os.NewSyscallError("sendmsg", err)
}

// putControl writes one IPv6 control message and returns the room that it takes.
func putControl[T any](b []byte, kind int32, value T) int {
	size := int(unsafe.Sizeof(value))
	h := (*unix.Cmsghdr)(unsafe.Pointer(&b[0]))
	h.Level, h.Type = unix.SOL_IPV6, kind
	h.SetLen(unix.CmsgLen(size))
	*(*T)(unsafe.Pointer(&b[unix.CmsgLen(0)])) = value
	return unix.CmsgSpace(size)
}
