// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"bytes"
	"net/netip"
	"testing"
	"time"
)

// advert is what an instance with that configuration sends from lower.
func advert(c Config, dst netip.Addr, priority uint8) []byte {
	w := NewWire(c)
	w.Source = lower
	if c.IPv6 {
		w.Source = lower6
	}
	w.Begin(priority, time.Time{})
	return bytes.Clone(w.To(dst))
}

// TestBeginCountsOn: the IP identification rises with each advert and is never 0, and all
// copies of an advert have the same.
func TestBeginCountsOn(t *testing.T) {
	t.Parallel()
	c := twoVIPs(3)
	c.Group, c.Peers = netip.Addr{}, []Peer{{Addr: higher}, {Addr: ours}}
	w := NewWire(c)
	w.Source, w.ipID = lower, 0xfffe
	for _, want := range []byte{0xff, 0x01, 0x02} {
		w.Begin(100, time.Time{})
		first := bytes.Clone(w.To(higher))
		second := w.To(ours)
		if first[5] != want || second[5] != want {
			t.Errorf("identifications %x, %x; want %x", first[4:6], second[4:6], want)
		}
		if got := netip.AddrFrom4([4]byte(second[16:20])); got != ours {
			t.Errorf("second copy goes to %v", got)
		}
	}
	if w.Counters.Sent != 3 || w.Counters.ZeroSent != 0 {
		t.Errorf("counted %d, %d; want 3 adverts", w.Counters.Sent, w.Counters.ZeroSent)
	}
	w.Begin(0, time.Time{})
	if w.Counters.Sent != 4 || w.Counters.ZeroSent != 1 {
		t.Errorf("counted %d, %d; want 4, one of them with priority 0", w.Counters.Sent, w.Counters.ZeroSent)
	}
}

// TestConfigureKeepsCounting: a reload changes the message, not the identification.
func TestConfigureKeepsCounting(t *testing.T) {
	t.Parallel()
	w := NewWire(twoVIPs(3))
	w.Source = lower
	w.Begin(100, time.Time{})
	next := twoVIPs(3)
	next.Addrs = addrs("10.0.0.100", "10.0.0.101", "10.0.0.102")
	w.Configure(next)
	w.Begin(100, time.Time{})
	b := w.To(group)
	if b[5] != 2 || b[ipHeaderLen+3] != 3 {
		t.Errorf("advert after the reload: %x", b)
	}
}

func TestMessageWithoutAddresses(t *testing.T) {
	t.Parallel()
	c := Config{Version: 2, VRID: 51, AdvertInt: time.Second, Group: group}
	b := advert(c, group, 100)
	if len(b) != ipHeaderLen+16 || b[ipHeaderLen+3] != 0 {
		t.Fatalf("advert %x", b)
	}
	if _, f := NewWire(c).Check(parse(t, b), time.Time{}); f != 0 {
		t.Errorf("verdict %v", f.Verdict())
	}
}

// TestIntervalFits keeps an interval that is too long for the field within it.
func TestIntervalFits(t *testing.T) {
	t.Parallel()
	p := parse(t, advert(Config{Version: 3, VRID: 1, AdvertInt: time.Minute, Group: group}, group, 1))
	if got := p.interval(); got != 40950*time.Millisecond {
		t.Errorf("interval %v", got)
	}
}

// TestMostAddresses: 255 of them fit into what the encoder reserves.
func TestMostAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range []Config{
		{Version: 2, VRID: 1, AdvertInt: time.Second, Group: group, Auth: AuthAH},
		{Version: 3, VRID: 1, AdvertInt: time.Second, IPv6: true, Group: group6},
	} {
		for i := range 255 {
			a := lower.As4()
			a[3] = byte(i)
			if c.IPv6 {
				c.Addrs = append(c.Addrs, netip.AddrFrom16([16]byte{0: 0xfd, 15: byte(i)}))
			} else {
				c.Addrs = append(c.Addrs, netip.AddrFrom4(a))
			}
		}
		w := NewWire(c)
		w.Source = lower
		if c.IPv6 {
			w.Source = lower6
		}
		room := cap(w.out)
		w.Begin(1, time.Time{})
		if got := w.To(c.Group); cap(got) != room {
			t.Errorf("IPv6 %v: the buffer grew from %d to %d", c.IPv6, room, cap(got))
		}
	}
}

func TestParseIPv4(t *testing.T) {
	t.Parallel()
	good := unhex(t, frames()[0].hex)
	withOptions := append(append([]byte{0x46}, good[1:20]...), append(make([]byte, 4), good[20:]...)...)
	withOptions[3] += 4
	tests := []struct {
		name    string
		bytes   []byte
		want    Verdict
		message []byte
	}{
		{"whole", good, Accept, good[20:]},
		{"Ethernet padding behind it", append(bytes.Clone(good), 0, 0, 0), Accept, good[20:]},
		{"IP options", withOptions, Accept, good[20:]},
		{"empty", nil, DropIPHeader, nil},
		{"shorter than a header", good[:19], DropIPHeader, nil},
		{"cut off", good[:len(good)-1], DropIPHeader, nil},
		{"IPv6", changed(good, 0, 0x65), DropIPHeader, nil},
		{"header length below the least", changed(good, 0, 0x44), DropIPHeader, nil},
		{"total length below the header", changed(changed(good, 2, 0), 3, 19), DropIPHeader, nil},
		{"UDP", changed(good, 9, 17), DropProtocol, nil},
		{"AH", changed(good, 9, 51), Accept, good[44:]},
		{"header alone", changed(changed(good[:20], 2, 0), 3, 20), DropShort, []byte{}},
		{"seven bytes", changed(changed(good[:27], 2, 0), 3, 27), DropShort, good[20:27]},
		{"AH cut off", changed(changed(changed(good[:43], 2, 0), 3, 43), 9, 51), DropShort, good[20:43]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, v := ParseIPv4(tt.bytes)
			if v != tt.want || !bytes.Equal(p.Message, tt.message) {
				t.Errorf("got %v, %x; want %v, %x", v, p.Message, tt.want, tt.message)
			}
			if v == Accept && (p.Src != netip.MustParseAddr("10.0.0.1") || p.Dst != group || p.TTL != 255) {
				t.Errorf("header %v %v %d", p.Src, p.Dst, p.TTL)
			}
		})
	}
}

// changed returns a copy of b with one byte replaced.
func changed(b []byte, at int, value byte) []byte {
	c := bytes.Clone(b)
	c[at] = value
	return c
}

func TestPacketVRID(t *testing.T) {
	t.Parallel()
	b := advert(twoVIPs(2), group, 100)[ipHeaderLen:]
	if got := (Packet{Message: b}).VRID(); got != 51 {
		t.Errorf("VRID %d", got)
	}
	if got := (Packet{Message: b[:7]}).VRID(); got != 0 {
		t.Errorf("VRID of a short packet %d", got)
	}
}

// TestChecksumOddLength: such a body is never an advert, but must not read past its end.
func TestChecksumOddLength(t *testing.T) {
	t.Parallel()
	if got, want := checksum([]byte{0x12, 0x34, 0x56}, ours, noPseudoHeader), ^uint16(0x1234+0x5600); got != want {
		t.Errorf("checksum %#x, want %#x", got, want)
	}
}

// TestShortLine: what 2.2.7 says of packets that end before the VRRP header does.
func TestShortLine(t *testing.T) {
	t.Parallel()
	good := unhex(t, frames()[0].hex)
	ah := unhex(t, frames()[7].hex)
	for want, b := range map[string][]byte{
		"IPv4 VRRP packet too short - 27 bytes": changed(changed(good[:27], 2, 0), 3, 27),
		"IPv4 VRRP packet too short - 24 bytes": changed(changed(ah[:24], 2, 0), 3, 24),
		"IPv4 VRRP packet too short - 51 bytes": changed(changed(ah[:51], 2, 0), 3, 51),
	} {
		p, v := ParseIPv4(b)
		if got := ShortLine(p); v != DropShort || got != want {
			t.Errorf("%v, %q; want %q", v, got, want)
		}
	}
}
