// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"
	"unsafe"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// Frame is one Ethernet frame with the kernel's time stamp.
type Frame struct {
	Time time.Time
	Out  bool // sent by the host of the capture itself
	Data []byte
}

// Capture collects the frames of an interface until the test ends.
type Capture struct {
	t    TB
	name string
	stop func()

	mu     sync.Mutex // guards what follows
	frames []Frame
}

func newCapture(t TB, ns netns.NsHandle, ifname string) *Capture {
	t.Helper()
	var fd int
	err := inNetns(ns, func() (err error) {
		fd, err = openSniffer(ifname)
		return err
	})
	if err != nil {
		t.Fatalf("capture on %s: %v", ifname, err)
	}
	c := &Capture{t: t, name: ifname}
	c.stop = spawn(t, "capture on "+ifname, func(ctx context.Context) error {
		return errors.Join(c.collect(ctx, fd), unix.Close(fd))
	})
	return c
}

// openSniffer opens a promiscuous packet socket with kernel time stamps.
func openSniffer(ifname string) (int, error) {
	ifi, err := net.InterfaceByName(ifname)
	if err != nil {
		return -1, err
	}
	all := int(binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, unix.ETH_P_ALL)))
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("open packet socket: %w", err)
	}
	promisc := unix.PacketMreq{Ifindex: int32(ifi.Index), Type: unix.PACKET_MR_PROMISC}
	err = errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 16<<20),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1),
		unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 50_000}),
		unix.SetsockoptPacketMreq(fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &promisc),
		unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: uint16(all), Ifindex: ifi.Index}),
	)
	if err != nil {
		return -1, errors.Join(err, unix.Close(fd))
	}
	return fd, nil
}

// collect reads frames until ctx ends. The socket's time limit lets it look at ctx.
func (c *Capture) collect(ctx context.Context, fd int) error {
	buf, oob := make([]byte, 1<<16), make([]byte, 256)
	for ctx.Err() == nil {
		n, oobn, _, from, err := unix.Recvmsg(fd, buf, oob, 0)
		switch {
		case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR), errors.Is(err, unix.ENETDOWN):
			continue // nothing yet; an interface that is down comes back
		case err != nil:
			return fmt.Errorf("read packet socket: %w", err)
		}
		ll, _ := from.(*unix.SockaddrLinklayer)
		c.add(Frame{
			Time: stamp(oob[:oobn]),
			Out:  ll != nil && ll.Pkttype == unix.PACKET_OUTGOING,
			Data: slices.Clone(buf[:n]),
		})
	}
	return nil
}

func (c *Capture) add(f Frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frames = append(c.frames, f)
}

// stamp reads SCM_TIMESTAMPNS; without one it is now.
func stamp(oob []byte) time.Time {
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return time.Now()
	}
	for _, m := range msgs {
		if m.Header.Type == unix.SCM_TIMESTAMPNS && len(m.Data) >= int(unsafe.Sizeof(unix.Timespec{})) {
			sec := int64(binary.NativeEndian.Uint64(m.Data))
			return time.Unix(sec, int64(binary.NativeEndian.Uint64(m.Data[8:])))
		}
	}
	return time.Now()
}

// Stop ends the capture.
func (c *Capture) Stop() { c.stop() }

// Frames returns what was seen so far, in order.
func (c *Capture) Frames() []Frame { return c.framesFrom(0) }

func (c *Capture) framesFrom(mark int) []Frame {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.frames[min(mark, len(c.frames)):])
}

// Adverts returns the VRRP adverts seen so far.
func (c *Capture) Adverts() []Advert { return decoded(c, decodeAdvert) }

// ARPs returns the ARP packets seen so far.
func (c *Capture) ARPs() []ARP { return decoded(c, decodeARP) }

// NAs returns the neighbour advertisements seen so far.
func (c *Capture) NAs() []NA { return decoded(c, decodeNA) }

// WaitNA waits for a neighbour advertisement that match accepts and returns the first one.
func (c *Capture) WaitNA(what string, limit time.Duration, match func(NA) bool) NA {
	c.t.Helper()
	return waitFor(c, what, limit, decodeNA, match)
}

// WaitAdvert waits for an advert that match accepts and returns the first one.
func (c *Capture) WaitAdvert(what string, limit time.Duration, match func(Advert) bool) Advert {
	c.t.Helper()
	return waitFor(c, what, limit, decodeAdvert, match)
}

// WaitARP waits for an ARP packet that match accepts and returns the first one.
func (c *Capture) WaitARP(what string, limit time.Duration, match func(ARP) bool) ARP {
	c.t.Helper()
	return waitFor(c, what, limit, decodeARP, match)
}

func decoded[P any](c *Capture, decode func(Frame) (P, bool)) []P {
	var all []P
	for _, f := range c.Frames() {
		if p, ok := decode(f); ok {
			all = append(all, p)
		}
	}
	return all
}

func waitFor[P any](c *Capture, what string, limit time.Duration, decode func(Frame) (P, bool), match func(P) bool) P {
	c.t.Helper()
	var found P
	Wait(c.t, limit, what, func() error {
		all := decoded(c, decode)
		i := slices.IndexFunc(all, match)
		if i < 0 {
			return fmt.Errorf("none among %d packets", len(all))
		}
		found = all[i]
		return nil
	})
	return found
}
