// SPDX-License-Identifier: Apache-2.0

package nft

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"syscall"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// answerPatience ends the wait for a kernel that does not answer.
const answerPatience = 5 * time.Second

// New makes a Firewall. Its socket is opened when it is needed, in the network namespace of
// the thread, since that may load modules of the kernel.
func New(log *slog.Logger) *Firewall { return NewOwned("", log) }

// NewOwned is New for a process whose tables another one will know by the owner: the first Set
// takes away what an earlier process of that owner has left, whatever its tables were called;
// one of no table takes only that away.
func NewOwned(owner string, log *slog.Logger) *Firewall {
	return &Firewall{kernel: &netlinkKernel{fd: -1, owner: owner}, log: log}
}

// netlinkKernel is the running kernel.
type netlinkKernel struct {
	owner  string // is written into its tables
	opened sync.Once
	fd     int
	port   uint32 // what the kernel's reports call the socket
	err    error  // why there is none
}

func (k *netlinkKernel) close() error {
	k.opened.Do(func() {}) // and it stays closed
	if k.fd < 0 {
		return nil
	}
	return unix.Close(k.fd)
}

// ready opens the socket for the first that needs it.
func (k *netlinkKernel) ready() error {
	k.opened.Do(func() { k.err = k.open() })
	return k.err
}

func (k *netlinkKernel) source() (uint32, error) {
	err := k.ready()
	return k.port, err
}

func (k *netlinkKernel) open() error {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_NETFILTER)
	if err != nil {
		return fmt.Errorf("open netfilter socket: %w", err)
	}
	k.fd = fd
	patience := unix.NsecToTimeval(answerPatience.Nanoseconds())
	if err := errors.Join(
		unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &patience),
		unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_CAP_ACK, 1),
		unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}),
	); err != nil {
		return fmt.Errorf("set up netfilter socket: %w", err)
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return fmt.Errorf("set up netfilter socket: %w", err)
	}
	if own, ok := sa.(*unix.SockaddrNetlink); ok {
		k.port = own.Pid
	}
	return nil
}

func (k *netlinkKernel) apply(ops []op) error {
	if err := k.ready(); err != nil {
		return err
	}
	list, err := messages(ops, k.owner)
	if err != nil {
		return err
	}
	datagram, err := transaction(list)
	if err != nil {
		return err
	}
	k.forget()
	// A long transaction is one datagram.
	if err := unix.SetsockoptInt(k.fd, unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, 2*len(datagram)+1<<16); err != nil {
		return fmt.Errorf("enlarge netfilter socket: %w", err)
	}
	if err := unix.Sendto(k.fd, datagram, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return fmt.Errorf("send %d steps: %w", len(ops), err)
	}
	return answer(k.fd, list)
}

// forget throws away what an earlier transaction, that failed, was answered besides.
func (k *netlinkKernel) forget() {
	var b [64]byte
	for {
		if _, _, err := unix.Recvfrom(k.fd, b[:], unix.MSG_DONTWAIT); err != nil && !errors.Is(err, unix.ENOBUFS) {
			return
		}
	}
}

// transaction puts messages between the marks of a batch. Message i has the sequence number
// i+1, and only the last asks for an answer: errors are answered anyway.
func transaction(list []message) ([]byte, error) {
	var b []byte
	put := func(kind uint16, flags netlink.HeaderFlags, seq int, body []byte) error {
		m, err := netlink.Message{
			Header: netlink.Header{
				Length: uint32(nlmsgAlign(unix.NLMSG_HDRLEN + len(body))), Type: netlink.HeaderType(kind),
				Flags: netlink.Request | flags, Sequence: uint32(seq),
			},
			Data: body,
		}.MarshalBinary()
		b = append(b, m...)
		return err
	}
	mark := nfgenmsg(unix.AF_UNSPEC, unix.NFNL_SUBSYS_NFTABLES)
	err := put(unix.NFNL_MSG_BATCH_BEGIN, 0, 0, mark)
	for i, m := range list {
		flags := m.flags
		if i == len(list)-1 {
			flags |= netlink.Acknowledge
		}
		err = errors.Join(err, put(m.kind, flags, i+1, m.body))
	}
	return b, errors.Join(err, put(unix.NFNL_MSG_BATCH_END, 0, len(list)+1, mark))
}

func nlmsgAlign(n int) int { return (n + unix.NLMSG_ALIGNTO - 1) &^ (unix.NLMSG_ALIGNTO - 1) }

// answer waits for the end of the transaction. An error names the step that caused it.
func answer(fd int, list []message) error {
	buf := make([]byte, 1<<16)
	for {
		n, err := unix.Read(fd, buf)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return fmt.Errorf("wait for the kernel's answer: %w", err)
		}
		answers, err := syscall.ParseNetlinkMessage(buf[:n])
		if err != nil {
			return fmt.Errorf("parse the kernel's answer: %w", err)
		}
		for _, m := range answers {
			if m.Header.Type != unix.NLMSG_ERROR || len(m.Data) < 4 {
				continue
			}
			errno := syscall.Errno(-int32(binary.NativeEndian.Uint32(m.Data)))
			seq := int(m.Header.Seq)
			switch {
			case errno != 0 && seq >= 1 && seq <= len(list):
				return fmt.Errorf("%v: %w", list[seq-1].op, errno)
			case errno != 0:
				return fmt.Errorf("transaction: %w", errno)
			case seq == len(list):
				return nil
			}
		}
	}
}
