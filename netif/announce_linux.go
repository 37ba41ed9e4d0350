// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"github.com/mdlayher/packet"
	"golang.org/x/sys/unix"
)

// Target is an address to announce and the interface to do it on.
type Target struct {
	Index int
	IP    netip.Addr
}

// Announcer tells neighbours where an address is: by gratuitous ARP (IPv4), by unsolicited
// neighbour advertisement (IPv6). One packet socket serves all interfaces, and one system
// call takes up to a thousand frames. Interfaces without ARP must be left out by the caller.
type Announcer struct {
	conn   *packet.Conn // sends; bound to nothing, so that it receives nothing
	prober *packet.Conn // is bound to one interface after the other to learn about it
}

// NewAnnouncer makes an Announcer without sockets: they are opened when they are needed.
func NewAnnouncer() *Announcer { return &Announcer{} }

// Close closes the sockets.
func (a *Announcer) Close() error {
	var errs []error
	for _, conn := range [...]*packet.Conn{a.conn, a.prober} {
		if conn != nil {
			errs = append(errs, conn.Close())
		}
	}
	a.conn, a.prober = nil, nil
	return errors.Join(errs...)
}

// Announce sends rounds rounds (at least one) over all targets, in their order. The frames
// are keepalived's: an ARP request of 42 bytes to the broadcast address with the announced
// address as sender and as target, or an advertisement of 86 bytes from that address to all
// nodes. An interface that fails does not keep the others from being served; the error
// names each of them once.
func (a *Announcer) Announce(targets []Target, rounds int) error {
	if len(targets) == 0 {
		return nil
	}
	if err := a.open(); err != nil {
		return fmt.Errorf("announce: %w", err)
	}
	failed := map[int]error{}
	frames := a.frames(targets, failed)
	for range max(rounds, 1) {
		if err := send(a.conn, frames, failed); err != nil {
			return fmt.Errorf("announce: %w", err)
		}
		frames = without(frames, failed)
	}
	return announceErrors(targets, failed)
}

func (a *Announcer) open() (err error) {
	if a.conn == nil {
		if a.conn, err = unbound(); err != nil {
			return err
		}
	}
	if a.prober == nil {
		a.prober, err = unbound()
	}
	return err
}

// unbound opens a packet socket of no protocol, which no packet is given to.
func unbound() (*packet.Conn, error) {
	conn, err := packet.Listen(&net.Interface{}, packet.Raw, 0, nil)
	if err != nil {
		return nil, err
	}
	if err := setSocket(conn, unix.SO_SNDBUFFORCE, queueSize); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// queueSize is room for the frames that a slow interface has not taken yet, so that it
// does not hold the others up.
const queueSize = 4 << 20

// setSocket sets an option of a socket.
func setSocket(conn syscall.Conn, option, value int) error {
	rc, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var serr error
	err = rc.Control(func(fd uintptr) { serr = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, option, value) })
	return errors.Join(err, serr)
}

// frames builds the frame of each target whose interface can carry it.
func (a *Announcer) frames(targets []Target, failed map[int]error) []frame {
	devices := map[deviceKey]device{}
	list := make([]frame, 0, len(targets))
	buf := make([]byte, 0, len(targets)*maxFrame) // frames point into it: it must not move
	for _, t := range targets {
		if failed[t.Index] != nil {
			continue
		}
		at := len(buf)
		longer, err := a.appendAnnouncement(buf, t, devices)
		if err != nil {
			failed[t.Index] = err
			continue
		}
		buf = longer
		list = append(list, frame{t.Index, buf[at:]})
	}
	return list
}

// maxFrame is the size of the longer announcement.
const maxFrame = etherHeaderLen + ipv6HeaderLen + naLen

// appendAnnouncement looks at each interface once for each family.
func (a *Announcer) appendAnnouncement(b []byte, t Target, known map[deviceKey]device) (_ []byte, err error) {
	key := deviceKey{t.Index, t.IP.Is6()}
	d, ok := known[key]
	if !ok {
		if d, err = a.probe(key); err != nil {
			return nil, err
		}
		known[key] = d
	}
	if key.six {
		return appendNA(b, d.mac, t.IP, d.router), nil
	}
	if b, err = appendGARP(b, d.mac, t.IP); err != nil {
		return nil, fmt.Errorf("%s: %w", t.IP, err)
	}
	return b, nil
}

// announceErrors names each interface that failed, in the order of the targets.
func announceErrors(targets []Target, failed map[int]error) error {
	var errs []error
	for _, t := range targets {
		if err := failed[t.Index]; err != nil {
			errs = append(errs, announceError(t.Index, err))
			delete(failed, t.Index)
		}
	}
	return errors.Join(errs...)
}

func announceError(index int, err error) error {
	dev := fmt.Sprintf("if%d", index)
	if ifi, lerr := net.InterfaceByIndex(index); lerr == nil {
		dev = ifi.Name
	}
	return fmt.Errorf("announce on %s: %w", dev, err)
}

// deviceKey is an interface and a family.
type deviceKey struct {
	index int
	six   bool
}

// device is what a frame says of the interface that it leaves from.
type device struct {
	mac    [macLen]byte
	router bool // it forwards IPv6; not looked at for IPv4
}

// probe asks the kernel for the hardware address of an interface as it is now, which may
// differ from what it was at the last announcement.
func (a *Announcer) probe(key deviceKey) (device, error) {
	rc, err := a.prober.SyscallConn()
	if err != nil {
		return device{}, err
	}
	var d device
	var perr error
	err = rc.Control(func(fd uintptr) {
		d.mac, perr = socketMAC(int(fd), key.index)
		d.router = perr == nil && key.six && forwards(int(fd), key.index)
	})
	return d, errors.Join(err, perr)
}

func socketMAC(fd, index int) (mac [macLen]byte, err error) {
	// A past outage of the interface bound before left an error on the socket: reading it clears it.
	_, _ = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: index}); err != nil {
		return mac, fmt.Errorf("interface is gone: %w", err)
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return mac, fmt.Errorf("getsockname: %w", err)
	}
	ll, ok := sa.(*unix.SockaddrLinklayer)
	switch {
	case !ok || ll.Ifindex != index || ll.Halen == 0:
		return mac, fmt.Errorf("interface is gone or has no hardware address: %w", unix.ENODEV)
	case ll.Halen != macLen:
		return mac, fmt.Errorf("hardware address of %d bytes: %w", ll.Halen, unix.EAFNOSUPPORT)
	}
	return [macLen]byte(ll.Addr[:macLen]), nil
}
