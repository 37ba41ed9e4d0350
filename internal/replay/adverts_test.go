// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vipward/internal/lab"
)

// advertSource sends adverts of another router from host b, as the steps describe them.
type advertSource struct {
	host *lab.Host
	rec  *Recording
}

// order is what a step asks for.
type order struct {
	count    int
	gap      time.Duration
	priority uint8
	version  int
	interval time.Duration
	vrid     uint8
	from     netip.Addr
	ifname   string
}

var (
	orderCount    = regexp.MustCompile(`^(\d+) `)
	orderPriority = regexp.MustCompile(`prio (\d+)`)
	orderInterval = regexp.MustCompile(`int(?:erval)? ([\d.]+) s`)
	orderGap      = regexp.MustCompile(`([\d.]+) s apart|every ([\d.]+) s`)
	orderFrom     = regexp.MustCompile(`(?:from|own address) (\d+\.\d+\.\d+\.\d+)`)
	orderVRID     = regexp.MustCompile(`vrid (\d+)`)
	configVRID    = regexp.MustCompile(`virtual_router_id (\d+)`)
	configV3      = regexp.MustCompile(`version 3`)
	configVIP     = regexp.MustCompile(`virtual_ipaddress \{([^}]*)\}`)
	configInt     = regexp.MustCompile(`advert_int ([\d.]+)`)
)

func number(m []string, fallback float64) float64 {
	for _, text := range m[min(1, len(m)):] {
		if v, err := strconv.ParseFloat(text, 64); err == nil {
			return v
		}
	}
	return fallback
}

func seconds(v float64) time.Duration { return time.Duration(v * float64(time.Second)) }

// read takes a step's text apart. What it does not say is as the configuration says.
func (a advertSource) read(text string) order {
	cfg := a.rec.Configs["a"]
	o := order{
		count:    int(number(orderCount.FindStringSubmatch(text), 1)),
		gap:      seconds(number(orderGap.FindStringSubmatch(text), 1)),
		priority: uint8(number(orderPriority.FindStringSubmatch(text), 100)),
		vrid:     uint8(number(orderVRID.FindStringSubmatch(text), number(configVRID.FindStringSubmatch(cfg), 51))),
		from:     netip.MustParseAddr("10.0.0.2"),
		ifname:   "eth0",
		version:  2,
		interval: seconds(number(orderInterval.FindStringSubmatch(text), number(configInt.FindStringSubmatch(cfg), 1))),
	}
	if strings.Contains(text, "v3") || configV3.MatchString(cfg) {
		o.version = 3
	}
	if m := orderFrom.FindStringSubmatch(text); m != nil {
		o.from = netip.MustParseAddr(m[1])
	}
	if strings.Contains(text, "higher address") {
		o.from = netip.MustParseAddr("10.0.0.2")
	}
	if strings.Contains(text, "on eth1") {
		o.ifname, o.from = "eth1", netip.MustParseAddr("10.1.0.2")
	}
	return o
}

// addrs are the addresses of the first instance with the wanted VRID, or of the first one.
func (a advertSource) addrs() []netip.Addr {
	var out []netip.Addr
	m := configVIP.FindStringSubmatch(a.rec.Configs["a"])
	if m == nil {
		return nil
	}
	for _, word := range strings.Fields(m[1]) {
		if p, err := netip.ParsePrefix(word); err == nil && p.Addr().Is4() {
			out = append(out, p.Addr())
		}
	}
	return out
}

// send sends the adverts of a step; the first one at once.
func (a advertSource) send(t *testing.T, text string) {
	t.Helper()
	o := a.read(text)
	for i := range o.count {
		if i > 0 {
			time.Sleep(o.gap)
		}
		a.one(t, o)
	}
}

func (a advertSource) one(t *testing.T, o order) {
	t.Helper()
	group := netip.MustParseAddr("224.0.0.18")
	body := o.body(group, a.addrs())
	if err := a.host.Do(func() error { return sendRaw(o.ifname, frameOf(o.from, group, body)) }); err != nil {
		t.Fatalf("send an advert: %v", err)
	}
}

// body is the advert itself, made by hand: the code under test has no part in it.
func (o order) body(dst netip.Addr, addrs []netip.Addr) []byte {
	b := []byte{byte(o.version<<4 | 1), o.vrid, o.priority, byte(len(addrs)), 0, byte(o.interval / time.Second), 0, 0}
	if o.version == 3 {
		binary.BigEndian.PutUint16(b[4:], uint16(o.interval/(10*time.Millisecond)))
	}
	for _, a := range addrs {
		b = append(b, a.AsSlice()...)
	}
	covered := b
	if o.version == 2 {
		b = append(b, make([]byte, 8)...) // no authentication
		covered = b
	} else {
		pseudo := slices.Concat(o.from.AsSlice(), dst.AsSlice(), []byte{0, protoVRRP, 0, byte(len(b))})
		covered = append(pseudo, b...)
	}
	binary.BigEndian.PutUint16(b[6:], checksum(covered))
	return b
}

func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// frameOf wraps a body as a router at that address sends it.
func frameOf(src, dst netip.Addr, body []byte) []byte {
	b := []byte{0x01, 0, 0x5e, 0, 0, 0x12, 0x02, 0, 0, 0, 0, 0x0b, 0x08, 0}
	h := []byte{0x45, 0xc0, 0, 0, 0, 1, 0, 0, 255, protoVRRP, 0, 0}
	binary.BigEndian.PutUint16(h[2:], uint16(ipv4Header+len(body)))
	s, d := src.As4(), dst.As4()
	h = append(append(h, s[:]...), d[:]...)
	binary.BigEndian.PutUint16(h[10:], checksum(h))
	return slices.Concat(b, h, body)
}

func sendRaw(ifname string, frame []byte) error {
	ifi, err := net.InterfaceByName(ifname)
	if err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return unix.Sendto(fd, frame, 0, &unix.SockaddrLinklayer{Ifindex: ifi.Index})
}

// startFlow sends adverts until the flow is stopped, or the test ends.
func (s *stage) startFlow(text string) {
	o := s.adverts.read(text)
	ctx, cancel := context.WithCancel(s.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(o.gap)
		defer tick.Stop()
		for {
			s.adverts.one(s.t, o)
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	s.flow = func() {
		cancel()
		<-done
		s.flow = func() {}
	}
}
