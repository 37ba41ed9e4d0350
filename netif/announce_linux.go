// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/mdlayher/arp"
	"github.com/mdlayher/ethernet"
	"github.com/mdlayher/packet"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

const (
	// sendPatience is how long an interface that takes no frames may hold the others up.
	sendPatience = 500 * time.Millisecond

	macLen = 6
)

// Target is an address to announce and the interface to do it on.
type Target struct {
	Index int
	IP    netip.Addr // IPv4
}

// Announcer tells neighbours by gratuitous ARP where an address is. It keeps one packet
// socket for each interface. Interfaces without ARP must be left out by the caller.
type Announcer struct{ ports map[int]*port }

// port is the socket of one interface.
type port struct {
	conn *packet.Conn
	mac  net.HardwareAddr
}

// NewAnnouncer makes an Announcer without sockets: they are opened when they are needed.
func NewAnnouncer() *Announcer { return &Announcer{ports: make(map[int]*port)} }

// Close closes the sockets.
func (a *Announcer) Close() error {
	var errs []error
	for i := range a.ports {
		errs = append(errs, a.drop(i))
	}
	return errors.Join(errs...)
}

// Announce sends rounds rounds (at least one) over all targets, in their order on each
// interface. The frame is keepalived's: an ARP request of 42 bytes to the broadcast
// address, with the announced address as sender and as target. An interface that fails
// does not keep the others from being served; the error names each of them once.
func (a *Announcer) Announce(targets []Target, rounds int) error {
	batches, errs := a.prepare(targets)
	for range max(rounds, 1) {
		batches = slices.DeleteFunc(batches, func(b batch) bool {
			err := send(b.conn, b.frames)
			if err != nil {
				errs = append(errs, announceError(b.index, err))
			}
			return err != nil
		})
	}
	return errors.Join(errs...)
}

// batch is what one interface has to send in each round.
type batch struct {
	index  int
	ips    []netip.Addr
	conn   *packet.Conn
	frames [][]byte
}

// prepare opens the sockets and builds the frames, of the interfaces where that works.
func (a *Announcer) prepare(targets []Target) (batches []batch, errs []error) {
	for _, b := range group(targets) {
		p, err := a.port(b.index)
		if err == nil {
			b.conn = p.conn
			b.frames, err = frames(p.mac, b.ips)
		}
		if err != nil {
			errs = append(errs, announceError(b.index, err))
			continue
		}
		batches = append(batches, b)
	}
	return batches, errs
}

// group sorts targets by interface, in the order in which they first come.
func group(targets []Target) []batch {
	var batches []batch
	at := make(map[int]int)
	for _, t := range targets {
		i, ok := at[t.Index]
		if !ok {
			i = len(batches)
			at[t.Index] = i
			batches = append(batches, batch{index: t.Index})
		}
		batches[i].ips = append(batches[i].ips, t.IP)
	}
	return batches
}

// frames builds the frame of each address. The Ethernet header is built here since
// ethernet.Frame would pad the frame to 60 bytes; that is left to the interface.
func frames(mac net.HardwareAddr, ips []netip.Addr) ([][]byte, error) {
	header := append(append([]byte(nil), ethernet.Broadcast...), mac...)
	header = append(header, byte(ethernet.EtherTypeARP>>8), byte(ethernet.EtherTypeARP&0xff))
	list := make([][]byte, 0, len(ips))
	for _, ip := range ips {
		p, err := arp.NewPacket(arp.OperationRequest, mac, ip, ethernet.Broadcast, ip)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", ip, err)
		}
		body, err := p.MarshalBinary()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", ip, err)
		}
		list = append(list, append(append([]byte(nil), header...), body...))
	}
	return list, nil
}

// send writes the frames. It bypasses Conn.WriteTo, which builds an address and allocates
// for each frame; the socket is bound to its interface.
func send(conn *packet.Conn, frames [][]byte) error {
	rc, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	if err := conn.SetWriteDeadline(time.Now().Add(sendPatience)); err != nil {
		return err
	}
	var werr error
	err = rc.Write(func(fd uintptr) bool {
		for len(frames) > 0 {
			_, werr = unix.Write(int(fd), frames[0])
			switch {
			case werr == nil || errors.Is(werr, unix.ENOBUFS):
				// The interface's queue dropped this one: the next round says it again.
				frames = frames[1:]
			case errors.Is(werr, unix.EINTR):
			default:
				return !errors.Is(werr, unix.EAGAIN)
			}
		}
		return true
	})
	if err != nil {
		return err
	}
	return werr
}

// port gives the socket of an interface, with the hardware address as it is now. A socket
// whose interface vanished is bound to nothing, also when another interface got the
// index; a new one is opened then.
func (a *Announcer) port(index int) (*port, error) {
	if p, ok := a.ports[index]; ok {
		if err := p.refresh(index); err == nil {
			return p, nil
		}
		if err := a.drop(index); err != nil {
			return nil, err
		}
	}
	conn, err := listen(index)
	if err != nil {
		return nil, err
	}
	p := &port{conn: conn}
	if err := p.refresh(index); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	a.ports[index] = p
	return p, nil
}

func (a *Announcer) drop(index int) error {
	p := a.ports[index]
	delete(a.ports, index)
	return p.conn.Close()
}

// listen opens a packet socket that receives nothing.
func listen(index int) (*packet.Conn, error) {
	none, err := bpf.Assemble([]bpf.Instruction{bpf.RetConstant{Val: 0}})
	if err != nil {
		return nil, err
	}
	return packet.Listen(&net.Interface{Index: index}, packet.Raw, unix.ETH_P_ARP, &packet.Config{Filter: none})
}

// refresh learns the hardware address and clears the error that a past outage of the
// interface left on the socket, which the next send would get.
func (p *port) refresh(index int) error {
	rc, err := p.conn.SyscallConn()
	if err != nil {
		return err
	}
	var rerr error
	err = rc.Control(func(fd uintptr) { p.mac, rerr = socketMAC(int(fd), index) })
	if err != nil {
		return err
	}
	return rerr
}

func socketMAC(fd, index int) (net.HardwareAddr, error) {
	_, _ = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR) // reading it clears it
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return nil, fmt.Errorf("getsockname: %w", err)
	}
	ll, ok := sa.(*unix.SockaddrLinklayer)
	switch {
	case !ok || ll.Ifindex != index || ll.Halen == 0:
		return nil, fmt.Errorf("interface is gone or has no hardware address: %w", unix.ENODEV)
	case ll.Halen != macLen:
		return nil, fmt.Errorf("hardware address of %d bytes: %w", ll.Halen, unix.EAFNOSUPPORT)
	}
	return net.HardwareAddr(append([]byte(nil), ll.Addr[:macLen]...)), nil
}

func announceError(index int, err error) error {
	dev := fmt.Sprintf("if%d", index)
	if ifi, lerr := net.InterfaceByIndex(index); lerr == nil {
		dev = ifi.Name
	}
	return fmt.Errorf("announce on %s: %w", dev, err)
}
