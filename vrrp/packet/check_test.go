// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"
	"time"
)

// crafted is an advert to be damaged: every field has its own knob, and the checksum is
// right for what results, unless a test breaks it.
type crafted struct {
	wire     Config // of the sender
	priority uint8
	src, dst netip.Addr
	ttl      uint8
	edit     func(message []byte) []byte // before the checksum
	breakSum bool
}

func (c crafted) packet() Packet {
	w := NewWire(c.wire)
	w.Source = c.src
	w.Begin(c.priority, noon)
	all := w.To(c.dst)
	b := bytes.Clone(all[w.messageStart():])
	if c.edit != nil {
		b = c.edit(b)
	}
	p := Packet{Src: c.src, Dst: c.dst, TTL: c.ttl, Message: b}
	if !c.wire.IPv6 {
		p.Header = all[:ipHeaderLen]
	}
	if len(b) >= messageHeaderLen {
		c.sum(b)
	}
	return p
}

// sum puts a checksum over all of the message.
func (c crafted) sum(b []byte) {
	dst := noPseudoHeader
	if c.wire.IPv6 || b[0]>>4 == 3 {
		dst = c.dst
	}
	b[6], b[7] = 0, 0
	sum := checksum(b, c.src, dst)
	if c.breakSum {
		sum++
	}
	binary.BigEndian.PutUint16(b[6:], sum)
}

// noon is when the tests happen.
var noon = time.Unix(1_800_000_000, 0)

// twoVIPs is the instance that the packets of TestCheck are for.
func twoVIPs(version int) Config {
	return Config{
		Version: version, VRID: 51, AdvertInt: time.Second, TTL: 255,
		Addrs: addrs("10.0.0.100", "10.0.0.101"), Group: group,
	}
}

// twoVIPs6 is the same in IPv6.
func twoVIPs6(version int) Config {
	c := twoVIPs(version)
	c.IPv6, c.Group, c.Addrs = true, group6, addrs("fe80::100", "fd00::100")
	return c
}

func set(at int, value byte) func([]byte) []byte {
	return func(b []byte) []byte { return changed(b, at, value) }
}

func grow(n int) func([]byte) []byte {
	return func(b []byte) []byte { return append(b, make([]byte, n)...) }
}

func cut(n int) func([]byte) []byte {
	return func(b []byte) []byte { return b[:len(b)-n] }
}

// check is a row of a table: a packet, and what becomes of it. The lines are keepalived's.
type check struct {
	name string
	of   Config // the receiver
	give func(c *crafted)
	want Verdict
	line string
}

func runChecks(t *testing.T, tests []check) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := crafted{wire: tt.of, priority: 200, src: lower, dst: tt.of.Group, ttl: 255}
			if tt.of.IPv6 {
				c.src = lower6
			}
			if tt.give != nil {
				tt.give(&c)
			}
			p, w := c.packet(), NewWire(tt.of)
			ad, f := w.Check(p, noon)
			if f.Verdict() != tt.want {
				t.Fatalf("verdict %v, want %v", f.Verdict(), tt.want)
			}
			if f.Accepted() != (ad.Priority == 200) {
				t.Errorf("verdict %v with advert %+v", f.Verdict(), ad)
			}
			if line := w.Line("I", f.Verdict(), p); line != tt.line {
				t.Errorf("line %q, want %q", line, tt.line)
			}
			if n := w.Counters.Found[tt.want]; n != 1 {
				t.Errorf("counted %d times, want once", n)
			}
		})
	}
}

// TestCheck damages adverts in every way, and compares verdict and log line (case
// bad-packets).
func TestCheck(t *testing.T) {
	t.Parallel()
	v2, v3 := twoVIPs(2), twoVIPs(3)
	secret := v2
	secret.Auth, secret.Password = AuthPass, pass("abc")
	runChecks(t, []check{
		{"good v2", v2, nil, Accept, ""},
		{"good v3", v3, nil, Accept, ""},
		{"good password", secret, nil, Accept, ""},
		{"other VRID", v2, func(c *crafted) { c.wire.VRID = 52 }, DropVRID, ""},
		{"TTL", v2, func(c *crafted) { c.ttl = 254 }, DropTTL, "(I) invalid TTL/HL from 10.0.0.2. Received 254 and expect 255"},
		{
			"v3 to v2", v2, func(c *crafted) { c.wire.Version = 3 }, DropVersion,
			"(I) wrong VRRP version from 10.0.0.2. Received 3 and expect 2",
		},
		{
			"v2 to v3", v3, func(c *crafted) { c.wire.Version = 2 }, DropVersion,
			"(I) wrong VRRP version from 10.0.0.2. Received 2 and expect 3",
		},
		{
			"version 7", v3, func(c *crafted) { c.edit = set(0, 0x71) }, DropVersion,
			"(I) wrong VRRP version from 10.0.0.2. Received 7 and expect 3",
		},
		{
			"v2 interval", v2, func(c *crafted) { c.wire.AdvertInt = 2 * time.Second }, DropInterval,
			"(I) advertisement interval mismatch with 10.0.0.2 mine=1 sec rcv'd=2 sec",
		},
		{
			"v3 interval", v3, func(c *crafted) { c.wire.AdvertInt = 2 * time.Second }, AcceptInterval,
			"(I) advertisement interval mismatch ours = 100 centi-sec rcv'd=200 centi-sec",
		},
		{"v3 reserved bits", v3, func(c *crafted) { c.edit = set(4, 0xf0) }, Accept, ""},
		{
			"type 2", v2, func(c *crafted) { c.edit = set(0, 0x22) }, DropType,
			"(I) Invalid packet type from 10.0.0.2. 2 and expect 1",
		},
		{"v2 checksum", v2, func(c *crafted) { c.breakSum = true }, DropChecksum, "(I) Invalid VRRPv2 checksum from 10.0.0.2"},
		{"v3 checksum", v3, func(c *crafted) { c.breakSum = true }, DropChecksum, "(I) Invalid VRRPv3 checksum from 10.0.0.2"},
		{"unicast to multicast", v2, func(c *crafted) { c.dst = ours }, DropDestination, ""},
		{"another group", v2, func(c *crafted) { c.dst = netip.MustParseAddr("224.0.0.88") }, DropDestination, ""},
		{"authentication header to none", v2, func(c *crafted) { c.wire.Auth = AuthAH }, DropAuthMismatch, "(I) received a 2 auth from 10.0.0.2, expecting 0!"},
	})
}

// TestCheckLength: what keepalived 2.2.7 says of too few and too many bytes. Padding of short
// Ethernet frames is gone before, so nothing may follow the message, however short it is.
func TestCheckLength(t *testing.T) {
	t.Parallel()
	v2, v3, v6 := twoVIPs(2), twoVIPs(3), twoVIPs6(3)
	one := v3
	one.Addrs = addrs("10.0.0.100")
	size := func(n int) func(c *crafted) {
		return func(c *crafted) {
			c.edit = func(b []byte) []byte { return append(b, make([]byte, 64)...)[:n] }
		}
	}
	runChecks(t, []check{
		{"nothing", v2, size(0), DropShort, ""},
		{"seven bytes", v2, size(7), DropShort, ""},
		{"one byte missing", v2, size(23), DropShort, "(I) vrrp packet from 10.0.0.2 too short, length 43 and expect 44"},
		{"authentication data missing", v2, size(16), DropShort, "(I) vrrp packet from 10.0.0.2 too short, length 36 and expect 44"},
		{"an address missing", v3, size(12), DropShort, "(I) vrrp packet from 10.0.0.2 too short, length 32 and expect 36"},
		{"an IPv6 address missing", v6, size(24), DropShort, "(I) vrrp packet from fe80::2 too short, length 24 and expect 40"},
		{"too long", v2, size(32), DropLong, "(I) vrrp packet from 10.0.0.2 too long, length 52 and expect 44"},
		{"one byte too long", v3, size(17), DropLong, "(I) vrrp packet from 10.0.0.2 too long, length 37 and expect 36"},
		{"four bytes, still below 46", one, size(16), DropLong, "(I) vrrp packet from 10.0.0.2 too long, length 36 and expect 32"},
		{"one more IPv6 address", v6, size(56), DropLong, "(I) vrrp packet from fe80::2 too long, length 56 and expect 40"},
		{"v2 to v3 over IPv6", v6, func(c *crafted) { c.edit = func(b []byte) []byte { b[0] = 0x21; return append(b, make([]byte, 8)...) } }, DropLong, "(I) vrrp packet from fe80::2 too long, length 48 and expect 40"},
	})
}

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	v2 := twoVIPs(2)
	secret := v2
	secret.Auth, secret.Password = AuthPass, pass("abc")
	const wrong = "(I) received an invalid passwd from 10.0.0.2!"
	runChecks(t, []check{
		{"right", secret, nil, Accept, ""},
		{"type 3", v2, func(c *crafted) { c.edit = set(4, 3) }, DropAuthType, "(I) Invalid auth type from 10.0.0.2: 3"},
		{"type AH to none", v2, func(c *crafted) { c.edit = set(4, 2) }, DropAuthMismatch, "(I) received a 2 auth from 10.0.0.2, expecting 0!"},
		{"password to none", v2, func(c *crafted) { c.wire.Auth = AuthPass }, DropAuthMismatch, "(I) received a 1 auth from 10.0.0.2, expecting 0!"},
		{"none to password", secret, func(c *crafted) { c.wire.Auth = AuthNone }, DropAuthMismatch, "(I) received a 0 auth from 10.0.0.2, expecting 1!"},
		{"wrong", secret, func(c *crafted) { c.wire.Password = pass("abd") }, DropPassword, wrong},
		{"more behind it", secret, func(c *crafted) { c.wire.Password = pass("abcd") }, DropPassword, wrong},
		{"not looked at without authentication", v2, func(c *crafted) { c.edit = set(20, 'x') }, Accept, ""},
	})
}

// TestCheckIPv6: checksum and hop limit are checked as in IPv4, and VRRPv2 has no
// authentication data.
func TestCheckIPv6(t *testing.T) {
	t.Parallel()
	v3, v2 := twoVIPs6(3), twoVIPs6(2)
	secret := v2
	secret.Auth, secret.Password = AuthPass, pass("abc")
	runChecks(t, []check{
		{"good v3", v3, nil, Accept, ""},
		{"good v2", v2, nil, Accept, ""},
		{"password, which is not sent", secret, func(c *crafted) { c.wire.Password = pass("xyz") }, Accept, ""},
		{"hop limit", v3, func(c *crafted) { c.ttl = 254 }, DropTTL, "(I) invalid TTL/HL from fe80::2. Received 254 and expect 255"},
		{"checksum", v3, func(c *crafted) { c.breakSum = true }, DropChecksum, "(I) Invalid VRRPv3 checksum from fe80::2"},
		{"v2 checksum", v2, func(c *crafted) { c.breakSum = true }, DropChecksum, "(I) Invalid VRRPv2 checksum from fe80::2"},
		{"another group", v3, func(c *crafted) { c.dst = netip.MustParseAddr("ff02::99") }, DropDestination, ""},
		{"interval", v2, func(c *crafted) { c.wire.AdvertInt = 3 * time.Second }, DropInterval, "(I) advertisement interval mismatch with fe80::2 mine=1 sec rcv'd=3 sec"},
		{"an address only", v3, func(c *crafted) { c.wire.Addrs = addrs("fe80::100") }, AcceptCount, "(I) expected 2 VIPs but received 1"},
		{"another address", v3, func(c *crafted) { c.wire.Addrs = addrs("fe80::100", "fd00::101") }, AcceptAddrs, "(I) ip address associated with VRID 51 not present in advert from fe80::2: fd00::100"},
		{"IPv4 to IPv6", v3, func(c *crafted) { c.wire, c.src, c.dst = twoVIPs(3), lower, group }, DropForm, ""},
	})
}

func TestCheckAddresses(t *testing.T) {
	t.Parallel()
	v2, v3 := twoVIPs(2), twoVIPs(3)
	runChecks(t, []check{
		{"one address only", v2, func(c *crafted) { c.wire.Addrs = addrs("10.0.0.100") }, AcceptCount, "(I) expected 2 VIPs but received 1"},
		{"no address at all", v3, func(c *crafted) { c.wire.Addrs = nil }, AcceptCount, "(I) expected 2 VIPs but received 0"},
		{
			"one more address", v3, func(c *crafted) { c.wire.Addrs = append(addrs("10.0.0.99"), c.wire.Addrs...) }, AcceptCount,
			"(I) expected 2 VIPs but received 3",
		},
		{
			"another address", v2, func(c *crafted) { c.wire.Addrs = addrs("10.0.0.100", "10.0.0.199") }, AcceptAddrs,
			"(I) ip address associated with VRID 51 not present in advert from 10.0.0.2: 10.0.0.101",
		},
		{"another order", v2, func(c *crafted) { c.wire.Addrs = addrs("10.0.0.101", "10.0.0.100") }, Accept, ""},
	})
}

// TestCheckSender: cases unicast-check-source and vmac-unicast, and TTL ranges as 2.2.7 has
// them; only the text is the newer version's.
func TestCheckSender(t *testing.T) {
	t.Parallel()
	any := twoVIPs(2)
	any.Group, any.Peers = netip.Addr{}, []Peer{{lower, 60, 64}, {higher, 0, 255}}
	only := any
	only.OnlyPeers = true
	from := func(src netip.Addr, ttl uint8) func(c *crafted) {
		return func(c *crafted) { c.src, c.dst, c.ttl = src, ours, ttl }
	}
	stranger := netip.MustParseAddr("10.0.0.77")
	runChecks(t, []check{
		{"anybody", any, from(stranger, 3), Accept, ""},
		{"a peer from far away", any, from(lower, 3), Accept, ""},
		{"multicast", any, func(c *crafted) { c.dst = group }, DropDestination, ""},
		{"a stranger where only peers are wanted", only, from(stranger, 255), DropPeer, "(I) unicast source address 10.0.0.77 not a unicast peer"},
		{"least TTL", only, from(lower, 60), Accept, ""},
		{"greatest TTL", only, from(lower, 64), Accept, ""},
		{"from too far", only, from(lower, 59), DropPeerTTL, "(I) TTL/HL 59 from 10.0.0.2 not in range 60 - 64"},
		{"from too near", only, from(lower, 65), DropPeerTTL, "(I) TTL/HL 65 from 10.0.0.2 not in range 60 - 64"},
		{"peer without a range", only, from(higher, 1), Accept, ""},
	})
}

// TestCheckOwnAdvert: what a switch sends back is not another router.
func TestCheckOwnAdvert(t *testing.T) {
	t.Parallel()
	for _, c := range []crafted{
		{wire: twoVIPs(3), priority: 200, src: lower, dst: group, ttl: 255},
		{wire: twoVIPs6(3), priority: 0, src: lower6, dst: group6, ttl: 255},
	} {
		w := NewWire(c.wire)
		w.Source = c.src
		p := c.packet()
		if _, f := w.Check(p, noon); f.Verdict() != DropOwn || f.Accepted() {
			t.Errorf("verdict %v", f.Verdict())
		}
		if got := w.Line("I", DropOwn, p); got != "(I) WARNING - advert received from remote host with our IP address." {
			t.Errorf("line %q", got)
		}
	}
}

func TestCheckIgnored(t *testing.T) {
	t.Parallel()
	owner := twoVIPs(3)
	owner.IgnoreAll = true
	runChecks(t, []check{
		{"all", owner, nil, DropIgnored, ""},
		{"what is wrong is counted as such", owner, func(c *crafted) { c.breakSum = true }, DropChecksum, "(I) Invalid VRRPv3 checksum from 10.0.0.2"},
	})
}

// TestCheckOrder: a packet with several faults gets the verdict of the first check.
func TestCheckOrder(t *testing.T) {
	t.Parallel()
	own := twoVIPs(2)
	own.OnlyPeers = true
	w := NewWire(own)
	w.Source = lower
	c := crafted{wire: own, priority: 200, src: lower, dst: ours, ttl: 3, breakSum: true}
	c.wire.Auth, c.wire.AdvertInt, c.wire.Addrs = AuthPass, 7*time.Second, addrs("10.0.0.1")
	c.edit = set(0, 0x32)
	faults := []struct {
		want Verdict
		mend func()
	}{
		{DropLong, func() { c.edit = func(b []byte) []byte { return changed(b[:len(b)-8], 0, 0x32) } }},
		{DropTTL, func() { c.ttl = 255 }},
		{DropVersion, func() { c.edit = set(0, 0x22) }},
		{DropAuthMismatch, func() { c.wire.Auth = AuthNone }},
		{DropInterval, func() { c.wire.AdvertInt = time.Second }},
		{DropType, func() { c.edit = nil }},
		{DropChecksum, func() { c.breakSum = false }},
		{DropDestination, func() { c.dst = group }},
		{DropOwn, func() { w.Source = ours }},
		{AcceptCount, func() { c.wire.Addrs = addrs("10.0.0.100", "10.0.0.2") }},
		{AcceptAddrs, func() { c.wire.Addrs = own.Addrs }},
		{Accept, func() {}},
	}
	for _, f := range faults {
		if _, got := w.Check(c.packet(), noon); got.Verdict() != f.want {
			t.Fatalf("verdict %v, want %v", got.Verdict(), f.want)
		}
		f.mend()
	}
}

// TestCheckAllRemarks: a packet may be odd in several ways, and still be dropped.
func TestCheckAllRemarks(t *testing.T) {
	t.Parallel()
	own := twoVIPs(3)
	own.Group, own.Peers, own.OnlyPeers = netip.Addr{}, []Peer{{higher, 0, 255}}, true
	c := crafted{wire: own, priority: 200, src: lower, dst: ours, ttl: 255}
	c.wire.AdvertInt, c.wire.Addrs = time.Minute/2, addrs("10.0.0.100")
	w := NewWire(own)
	_, f := w.Check(c.packet(), noon)
	if want := of(AcceptInterval) | of(AcceptCount) | of(DropPeer); f != want {
		t.Errorf("found %b, want %b", f, want)
	}
	if c := w.Counters; c.Received != 1 || c.Addresses() != 1 || c.Found[DropPeer] != 1 || c.Found[Accept] != 0 {
		t.Errorf("counted %+v", c)
	}
}

// TestCheckAllocates nothing, whatever the verdict and the authentication: packets may come in
// a flood.
func TestCheckAllocates(t *testing.T) {
	signed, ah := twoVIPs(3), twoVIPs(2)
	signed.HMAC = oneKey(Enforce)
	ah.Auth, ah.Password = AuthAH, pass("secret12")
	for name, c := range map[string]Config{"v2": twoVIPs(2), "v3": twoVIPs(3), "IPv6": twoVIPs6(3), "signed": signed, "AH": ah} {
		src := lower
		if c.IPv6 {
			src = lower6
		}
		sender, w := NewWire(c), NewWire(c)
		sender.Source = src
		now := noon
		if n := testing.AllocsPerRun(100, func() {
			now = now.Add(time.Second)
			sender.Begin(100, now)
			b := sender.To(c.Group)
			p, _ := ParseIPv6(b, src, c.Group, 255)
			if !c.IPv6 {
				p, _ = ParseIPv4(b)
			}
			if _, f := w.Check(p, now); f != 0 {
				t.Fatalf("%s: %v", name, f.Verdict())
			}
			p.Message[len(p.Message)-1]++
			w.Check(p, now)
		}); n != 0 {
			t.Errorf("%s: %v allocations for sending and judging", name, n)
		}
	}
}
