// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/mdlayher/packet"
	"golang.org/x/net/bpf"
	"golang.org/x/net/ipv6"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

const (
	// watchPause is the least time between two reports: a flood of claims costs no more
	// than its first packets.
	watchPause = 50 * time.Millisecond
	watchBurst = 64 // packets between two pauses, at most
	watchQueue = 16 << 10
)

// ARPWatch hears other hosts claim addresses, on all interfaces. ARP comes by a packet
// socket, neighbour advertisements by an ICMPv6 socket: a packet socket for IPv6 would cost
// something for each packet of a host that routes. Filters in the kernel drop what does
// not concern the watched addresses.
type ARPWatch struct {
	arps *packet.Conn
	nas  *net.IPConn // nil: this host has no IPv6
	ips  atomic.Pointer[map[netip.Addr]bool]
}

// OpenARPWatch opens the sockets. Nothing is watched yet.
func OpenARPWatch() (*ARPWatch, error) {
	nothing, err := bpf.Assemble(claimARPFilter(nil))
	if err != nil {
		return nil, err
	}
	arps, err := packet.Listen(&net.Interface{}, packet.Datagram, unix.ETH_P_ARP, &packet.Config{Filter: nothing})
	if err != nil {
		return nil, fmt.Errorf("open ARP socket: %w", err)
	}
	w := &ARPWatch{arps: arps}
	if w.nas, err = openNAs(); err != nil {
		err = fmt.Errorf("open neighbour advertisement socket: %w", err)
	}
	if err := errors.Join(err, setSocket(arps, unix.SO_RCVBUF, watchQueue), w.Set(nil)); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// openNAs gives no socket on a host without IPv6.
func openNAs() (*net.IPConn, error) {
	conn, err := net.ListenIP("ip6:ipv6-icmp", &net.IPAddr{IP: net.IPv6unspecified})
	if errors.Is(err, unix.EAFNOSUPPORT) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var only ipv6.ICMPFilter
	only.SetAll(true)
	only.Accept(ipv6.ICMPTypeNeighborAdvertisement)
	p := ipv6.NewPacketConn(conn)
	err = errors.Join(p.SetICMPFilter(&only), p.SetControlMessage(ipv6.FlagInterface, true), setSocket(conn, unix.SO_RCVBUF, watchQueue))
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// Close closes the sockets. It ends Run.
func (w *ARPWatch) Close() error {
	err := w.arps.Close()
	if w.nas != nil {
		err = errors.Join(err, w.nas.Close())
	}
	return err
}

// Set watches for claims of exactly these addresses. It may be called while Run runs.
func (w *ARPWatch) Set(ips []netip.Addr) error {
	known := make(map[netip.Addr]bool, len(ips))
	for _, ip := range ips {
		known[ip] = true
	}
	w.ips.Store(&known)
	filter, err := bpf.Assemble(claimARPFilter(ips))
	if err == nil {
		err = w.arps.SetBPF(filter)
	}
	if err != nil {
		return fmt.Errorf("filter ARP: %w", err)
	}
	if w.nas == nil {
		return nil
	}
	if filter, err = bpf.Assemble(claimNAFilter(ips)); err == nil {
		err = ipv6.NewPacketConn(w.nas).SetBPF(filter)
	}
	if err != nil {
		return fmt.Errorf("filter neighbour advertisements: %w", err)
	}
	return nil
}

// Run reports sightings until ctx ends. What comes in a burst is reported together, each
// address of an interface once.
func (w *ARPWatch) Run(ctx context.Context, emit func([]Sighting)) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return w.report(ctx, w.arps, arpPacket, emit) })
	if w.nas != nil {
		g.Go(func() error { return w.report(ctx, w.nas, naPacket, emit) })
	}
	stop := context.AfterFunc(ctx, w.interrupt)
	defer stop()
	if err := g.Wait(); err != nil {
		return fmt.Errorf("watch for other masters: %w", err)
	}
	return nil
}

// interrupt ends the waits for a packet.
func (w *ARPWatch) interrupt() {
	past := time.Unix(0, 1)
	_ = w.arps.SetReadDeadline(past)
	if w.nas != nil {
		_ = w.nas.SetReadDeadline(past)
	}
}

// claimPacket is a packet as the kernel gives it.
type claimPacket struct {
	data, control []byte
	from          unix.Sockaddr
}

// report waits for packets, and after each burst for watchPause.
func (w *ARPWatch) report(ctx context.Context, conn syscall.Conn, parse func(claimPacket) (Sighting, bool), emit func([]Sighting)) error {
	for {
		list, err := w.burst(conn, parse)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil && !errors.Is(err, unix.ENETDOWN) { // an interface went down
			return err
		}
		if len(list) > 0 {
			emit(list)
		}
		select {
		case <-time.After(watchPause):
		case <-ctx.Done():
			return nil
		}
	}
}

// burst waits for a packet and reads what else is there by then.
func (w *ARPWatch) burst(conn syscall.Conn, parse func(claimPacket) (Sighting, bool)) ([]Sighting, error) {
	rc, err := conn.SyscallConn()
	if err != nil {
		return nil, err
	}
	var list []Sighting
	var buf, control [256]byte
	var rerr error
	err = rc.Read(func(fd uintptr) bool {
		for i := range watchBurst {
			n, cn, _, from, err := unix.Recvmsg(int(fd), buf[:], control[:], unix.MSG_DONTWAIT)
			if errors.Is(err, unix.EAGAIN) {
				return i > 0
			}
			if err != nil {
				rerr = err
				return true
			}
			if s, ok := parse(claimPacket{buf[:n], control[:cn], from}); ok && (*w.ips.Load())[s.IP] {
				list = note(list, s)
			}
		}
		return true
	})
	return list, errors.Join(err, rerr)
}

// note adds a sighting, but each address of an interface once.
func note(list []Sighting, s Sighting) []Sighting {
	if slices.ContainsFunc(list, func(o Sighting) bool { return o.Index == s.Index && o.IP == s.IP }) {
		return list
	}
	return append(list, s)
}

func arpPacket(p claimPacket) (Sighting, bool) {
	s, ok := arpSighting(p.data)
	if ll, is := p.from.(*unix.SockaddrLinklayer); is {
		s.Index = ll.Ifindex
	}
	return s, ok
}

func naPacket(p claimPacket) (Sighting, bool) {
	s, ok := naSighting(p.data)
	var cm ipv6.ControlMessage
	if err := cm.Parse(p.control); err != nil {
		return s, false
	}
	s.Index = cm.IfIndex
	return s, ok
}
