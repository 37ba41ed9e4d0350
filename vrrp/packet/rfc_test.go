// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"bytes"
	"fmt"
	"net/netip"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

const second = time.Second

var (
	group  = netip.MustParseAddr("224.0.0.18")
	ours   = netip.MustParseAddr("10.0.0.5")
	lower  = netip.MustParseAddr("10.0.0.2")
	higher = netip.MustParseAddr("10.0.0.9")
	group6 = netip.MustParseAddr("ff02::12")
	lower6 = netip.MustParseAddr("fe80::2")
)

// One test per rule of what is sent and received, in RFC 9568 and RFC 3768. The comments give
// the rule in own words. Where keepalived departs from a rule and we follow keepalived, the
// test says so.

// versions runs a test for both protocols.
func versions(t *testing.T, f func(t *testing.T, version int)) {
	t.Parallel()
	for _, v := range []int{2, 3} {
		t.Run(map[int]string{2: "RFC 3768", 3: "RFC 9568"}[v], func(t *testing.T) {
			t.Parallel()
			f(t, v)
		})
	}
}

// received checks one packet that ought to be like any other but for the edit.
func received(version int, edit func(c *crafted)) Verdict {
	c := crafted{wire: twoVIPs(version), priority: 100, src: lower, dst: group, ttl: 255}
	edit(&c)
	_, f := NewWire(twoVIPs(version)).Check(c.packet(), time.Time{})
	return f.Verdict()
}

// 7.1: a packet whose TTL is not 255 is discarded.
func TestRFCReceiveTTL(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		for ttl := range uint8(255) {
			if v := received(version, func(c *crafted) { c.ttl = ttl }); v != DropTTL {
				t.Fatalf("TTL %d: %v", ttl, v)
			}
		}
	})
}

// 7.1: the version must be the one in use.
func TestRFCReceiveVersion(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		other := 5 - version
		if v := received(version, func(c *crafted) { c.wire.Version = other }); v != DropVersion {
			t.Errorf("version %d to %d: %v", other, version, v)
		}
	})
}

// 5.2.2 and 7.1: a packet of unknown type is discarded.
func TestRFCReceiveType(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		for kind := range byte(16) {
			v := received(version, func(c *crafted) { c.edit = set(0, byte(version<<4)|kind) })
			if (v == Accept) != (kind == 1) || kind != 1 && v != DropType {
				t.Errorf("type %d: %v", kind, v)
			}
		}
	})
}

// 7.1: an incomplete packet is discarded.
func TestRFCReceiveComplete(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		w := NewWire(twoVIPs(version))
		b := advert(twoVIPs(version), group, 100)[ipHeaderLen:]
		for n := range b {
			p := Packet{Src: lower, Dst: group, TTL: 255, Message: b[:n]}
			if _, f := w.Check(p, time.Time{}); f.Verdict() != DropShort {
				t.Fatalf("%d of %d bytes: %v", n, len(b), f.Verdict())
			}
		}
	})
}

// 7.1: the checksum must be right: a change of any bit of the body is found.
func TestRFCReceiveChecksum(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		w := NewWire(twoVIPs(version))
		b := advert(twoVIPs(version), group, 100)[ipHeaderLen:]
		for bit := range len(b) * 8 {
			bad := bytes.Clone(b)
			bad[bit/8] ^= 1 << (bit % 8)
			if _, f := w.Check(Packet{Src: lower, Dst: group, TTL: 255, Message: bad}, time.Time{}); f == 0 {
				t.Fatalf("bit %d changed: accepted", bit)
			}
		}
	})
}

// 5.2.8: the VRRPv3 checksum covers the addresses of the IP header; VRRPv2's does not
// (RFC 3768 5.3.8).
func TestRFCChecksumPseudoHeader(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		w := NewWire(twoVIPs(version))
		b := advert(twoVIPs(version), group, 100)[ipHeaderLen:]
		_, f := w.Check(Packet{Src: higher, Dst: group, TTL: 255, Message: b}, time.Time{})
		if want := map[int]Verdict{2: Accept, 3: DropChecksum}[version]; f.Verdict() != want {
			t.Errorf("another source address: %v, want %v", f.Verdict(), want)
		}
	})
}

// 7.1: the VRID must be configured.
func TestRFCReceiveVRID(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		if v := received(version, func(c *crafted) { c.wire.VRID = 1 }); v != DropVRID {
			t.Errorf("verdict %v", v)
		}
	})
}

// RFC 3768 7.1: authentication type and interval must be ours, or the packet is discarded.
// RFC 9568 7.1: another interval is accepted, and may be logged.
func TestRFCReceiveMatch(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		v := received(version, func(c *crafted) { c.wire.AdvertInt = 3 * second })
		if want := map[int]Verdict{2: DropInterval, 3: AcceptInterval}[version]; v != want {
			t.Errorf("interval: %v, want %v", v, want)
		}
		v = received(version, func(c *crafted) { c.wire.Auth = AuthPass })
		if want := map[int]Verdict{2: DropAuthMismatch, 3: Accept}[version]; v != want {
			t.Errorf("authentication: %v, want %v", v, want)
		}
	})
}

// 7.1: differing addresses may be checked and should be logged. RFC 3768 has the packet
// discarded unless it is the owner's; as keepalived 2.4 it is accepted.
func TestRFCReceiveAddresses(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		v := received(version, func(c *crafted) { c.wire.Addrs = addrs("10.0.0.100") })
		if v != AcceptCount || !v.Accepted() {
			t.Errorf("verdict %v", v)
		}
	})
}

// 5.2: every field of what is sent has its place.
func TestRFCTransmitFields(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		c := Config{Version: version, VRID: 7, AdvertInt: 2 * second, Group: group, Addrs: addrs("192.0.2.1", "192.0.2.2")}
		got := advert(c, group, 99)[ipHeaderLen:]
		got[6], got[7] = 0, 0
		want := []byte{byte(version<<4 | 1), 7, 99, 2, 0, 2, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2}
		if version == 2 {
			want = append(want, make([]byte, 8)...) // RFC 3768 5.3.10: zero without authentication
		} else {
			want[4], want[5] = 0, 200 // 5.2.5: reserved bits zero, 5.2.7: centiseconds
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("body (-want +got):\n%s", diff)
		}
	})
}

// 5.1.1: an advert goes to the group, from the sender's address, with TTL 255 and protocol
// 112. RFC 9568 5.1.1.3 and RFC 3768 5.2.3.
func TestRFCTransmitHeader(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		b := advert(twoVIPs(version), group, 99)
		p := parse(t, b)
		if p.Src != lower || p.Dst != group || p.TTL != 255 || b[9] != 112 {
			t.Errorf("from %v to %v, TTL %d, protocol %d", p.Src, p.Dst, p.TTL, b[9])
		}
		if checksum(b[:ipHeaderLen], noPseudoHeader, noPseudoHeader) != 0 {
			t.Errorf("header checksum %x", b[10:12])
		}
		if int(b[2])<<8|int(b[3]) != len(b) {
			t.Errorf("total length %x of %d bytes", b[2:4], len(b))
		}
	})
}

// RFC 9568 5.2.8: the checksum of IPv6 covers a pseudo header with next header 112 and the
// length of the message.
func TestRFCChecksumIPv6(t *testing.T) {
	t.Parallel()
	message := advert(twoVIPs6(3), group6, 99)
	src, dst := lower6.As16(), group6.As16()
	all := bytes.Join([][]byte{src[:], dst[:], {0, 0, 0, byte(len(message))}, {0, 0, 0, 112}, message}, nil)
	if got := checksum(all, noPseudoHeader, noPseudoHeader); got != 0 {
		t.Errorf("checksum is off by %#x", got)
	}
}

// RFC 2202, cases 1 and 2, cut to what a password can be: the digest of AH is HMAC-MD5 (RFC
// 2403), of 96 bits.
func TestRFCDigest(t *testing.T) {
	t.Parallel()
	var a authHeader
	a.configure(pass("Jefe"))
	a.mac.Write([]byte("what do ya want for nothing?"))
	if diff := gocmp.Diff("750c783e6ab0b503eaa86e310a5db738", fmt.Sprintf("%x", a.mac.Sum(nil))); diff != "" {
		t.Errorf("digest (-want +got):\n%s", diff)
	}
	if ahDigestLen*8 != 96 {
		t.Errorf("digest of %d bits", ahDigestLen*8)
	}
}

// RFC 2402 2.2 and 2.5: the header's length counts in words of 32 bits less two; the sequence
// begins with 1 and rises by 1.
func TestRFCAuthenticationHeader(t *testing.T) {
	t.Parallel()
	sender, _, dst := ahPair(false)
	for sequence := range byte(5) {
		sender.Begin(100, noon)
		p := parse(t, sender.To(dst))
		src := p.Src.As4()
		want := bytes.Join([][]byte{{112, 4, 0, 0}, src[:], {0, 0, 0, sequence + 1}}, nil)
		if diff := gocmp.Diff(want, p.AH[:ahDigestAt]); diff != "" {
			t.Errorf("header (-want +got):\n%s", diff)
		}
	}
}

// RFC 9568 5.2.4: priority 0 is sent to say good-bye, 255 by the owner, all others are passed
// on as they are.
func TestRFCTransmitPriority(t *testing.T) {
	versions(t, func(t *testing.T, version int) {
		w := NewWire(twoVIPs(version))
		for priority := range 256 {
			ad, f := w.Check(parse(t, advert(twoVIPs(version), group, uint8(priority))), noon)
			if f != 0 || ad.Priority != uint8(priority) {
				t.Fatalf("priority %d: %+v, %v", priority, ad, f.Verdict())
			}
		}
		if w.Counters.ZeroReceived != 1 || w.Counters.Received != 256 {
			t.Errorf("counted %d, %d of them 0", w.Counters.Received, w.Counters.ZeroReceived)
		}
	})
}
