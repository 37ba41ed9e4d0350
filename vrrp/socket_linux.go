// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

const (
	protoVRRP = 112  // IANA protocol number, RFC 9568 section 5.1.1.4
	protoAH   = 51   // the authentication header of RFC 2402
	tosVRRP   = 0xc0 // internetwork control, as keepalived sends it
	// prioControl is TC_PRIO_CONTROL of linux/pkt_sched.h.
	prioControl = 7
)

// packetIO moves adverts; rawSocket is the real one.
type packetIO interface {
	// receive reads the datagrams that wait, as many as fit, and says how many.
	receive(b *batch) int
	// send sends one datagram and never blocks.
	send(d datagram) error
	// tune changes what is received.
	tune(t tuning) error
	// descriptor becomes readable when a datagram waits.
	descriptor() int
	// descriptors are those for receiving and sending, for the log.
	descriptors() (in, out int)
	close()
}

// rawSocket is a pair of raw sockets, by their descriptors: one hears nothing and sends, the
// other one receives. The runtime's poller does not know them: each packet would wake a
// second thread for nothing.
type rawSocket struct {
	key     sockKey
	in, out int
	to4     unix.SockaddrInet4 // scratch
	to6     unix.SockaddrInet6 // scratch
	control [controlLen]byte   // scratch
}

// openRaw opens the sockets of key on device name.
func openRaw(key sockKey, name string) (packetIO, error) {
	in, err := openReceiver(key, name)
	if err != nil {
		return nil, err
	}
	out, err := openSender(key, name)
	if err != nil {
		return nil, errors.Join(err, unix.Close(in))
	}
	return &rawSocket{key: key, in: in, out: out}, nil
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

func (s *rawSocket) descriptor() int            { return s.in }
func (s *rawSocket) descriptors() (in, out int) { return s.in, s.out }

func (s *rawSocket) close() {
	_ = unix.Close(s.in)
	_ = unix.Close(s.out)
}

// tune sets filter and buffer of the receiving socket.
func (s *rawSocket) tune(t tuning) error {
	return errors.Join(attachFilter(s.in, advertFilter(s.key, t.vrids)), setReceiveBuffer(s.in, t.rcvBuf))
}
