// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"
)

// crafted is an advert to be damaged: every field has its own knob, and the checksum is
// right for what results, unless a test breaks it.
type crafted struct {
	wire     Wire
	priority uint8
	src, dst netip.Addr
	ttl      uint8
	edit     func(body []byte) []byte // before the checksum
	breakSum bool
}

func (c crafted) packet() Packet {
	b := c.wire.Append(nil, c.src, c.dst, c.priority)
	if c.edit != nil {
		b = c.edit(b)
	}
	if len(b) >= bodyHeaderLen {
		b[6], b[7] = 0, 0
		sum := bodyChecksum(b, int(b[0]>>4), c.src, c.dst)
		if c.breakSum {
			sum++
		}
		binary.BigEndian.PutUint16(b[6:], sum)
	}
	return Packet{Src: c.src, Dst: c.dst, TTL: c.ttl, Payload: b}
}

// twoVIPs is the instance that the packets of TestCheck are for.
func twoVIPs(version int) Wire {
	return Wire{
		Version: version, VRID: 51, AdvertInt: time.Second,
		Addrs: addrs("10.0.0.100", "10.0.0.101"), Group: group,
	}
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

// TestCheck damages adverts in every way, and compares verdict and log line. The lines are
// keepalived's.
func TestCheck(t *testing.T) {
	t.Parallel()
	v2, v3 := twoVIPs(2), twoVIPs(3)
	secret := v2
	secret.AuthType, secret.AuthData = 1, pass("abc")
	unicast := v2
	unicast.Unicast, unicast.Group = true, netip.Addr{}
	tests := []struct {
		name string
		of   Wire // the receiver
		give func(c *crafted)
		want Verdict
		line string
	}{
		{"good v2", v2, nil, Accept, ""},
		{"good v3", v3, nil, Accept, ""},
		{"good password", secret, nil, Accept, ""},
		{"other VRID", v2, func(c *crafted) { c.wire.VRID = 52 }, DropVRID, ""},
		{"no body", v2, func(c *crafted) { c.edit = func([]byte) []byte { return nil } }, DropShort, ""},
		{"seven bytes", v2, func(c *crafted) { c.edit = func(b []byte) []byte { return b[:7] } }, DropShort, ""},
		{"one byte missing", v2, func(c *crafted) { c.edit = cut(1) }, DropShort, ""},
		{"authentication data missing", v2, func(c *crafted) { c.edit = cut(8) }, DropShort, ""},
		{"an address missing", v3, func(c *crafted) { c.edit = cut(4) }, DropShort, ""},
		{
			"too long", v2, func(c *crafted) { c.edit = grow(8) }, DropLong,
			"(I) vrrp packet from 10.0.0.2 too long, length 52 and expect 44",
		},
		{
			"one byte too long", v3, func(c *crafted) { c.edit = grow(1) }, DropLong,
			"(I) vrrp packet from 10.0.0.2 too long, length 37 and expect 36",
		},
		{
			"TTL", v2, func(c *crafted) { c.ttl = 254 }, DropTTL,
			"(I) invalid TTL/HL from 10.0.0.2. Received 254 and expect 255",
		},
		{"TTL of a unicast peer", unicast, func(c *crafted) { c.ttl, c.dst = 3, ours }, Accept, ""},
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
			"authentication type 3", v2, func(c *crafted) { c.edit = set(4, 3) }, DropAuthType,
			"(I) Invalid auth type from 10.0.0.2: 3",
		},
		{
			"AH to none", v2, func(c *crafted) { c.edit = set(4, authAH) }, DropAuthMismatch,
			"(I) received a 2 auth from 10.0.0.2, expecting 0!",
		},
		{
			"password to none", v2, func(c *crafted) { c.wire.AuthType = 1 }, DropAuthMismatch,
			"(I) received a 1 auth from 10.0.0.2, expecting 0!",
		},
		{
			"none to password", secret, func(c *crafted) { c.wire.AuthType = 0 }, DropAuthMismatch,
			"(I) received a 0 auth from 10.0.0.2, expecting 1!",
		},
		{
			"wrong password", secret, func(c *crafted) { c.wire.AuthData = pass("abd") }, DropAuthFailed,
			"(I) received an invalid passwd from 10.0.0.2!",
		},
		{
			"password with more behind it", secret, func(c *crafted) { c.wire.AuthData = pass("abcd") }, DropAuthFailed,
			"(I) received an invalid passwd from 10.0.0.2!",
		},
		{
			"v2 interval", v2, func(c *crafted) { c.wire.AdvertInt = 2 * time.Second }, DropInterval,
			"(I) advertisement interval mismatch with 10.0.0.2 mine=1 sec rcv'd=2 sec",
		},
		{"v3 interval", v3, func(c *crafted) { c.wire.AdvertInt = 2 * time.Second }, Accept, ""},
		{"v3 reserved bits", v3, func(c *crafted) { c.edit = set(4, 0xf0) }, Accept, ""},
		{
			"type 2", v2, func(c *crafted) { c.edit = set(0, 0x22) }, DropType,
			"(I) Invalid packet type from 10.0.0.2. 2 and expect 1",
		},
		{
			"v2 checksum", v2, func(c *crafted) { c.breakSum = true }, DropChecksum,
			"(I) Invalid VRRPv2 checksum from 10.0.0.2",
		},
		{
			"v3 checksum", v3, func(c *crafted) { c.breakSum = true }, DropChecksum,
			"(I) Invalid VRRPv3 checksum from 10.0.0.2",
		},
		{"unicast to multicast", v2, func(c *crafted) { c.dst = ours }, DropDestination, ""},
		{"multicast to unicast", unicast, nil, DropDestination, ""},
		{"another group", v2, func(c *crafted) { c.dst = netip.MustParseAddr("224.0.0.88") }, DropDestination, ""},
		{
			"one address only", v2, func(c *crafted) { c.wire.Addrs = addrs("10.0.0.100") }, AcceptCount,
			"(I) expected 2 VIPs but received 1",
		},
		{
			"no address at all", v3, func(c *crafted) { c.wire.Addrs = nil }, AcceptCount,
			"(I) expected 2 VIPs but received 0",
		},
		{
			"one more address", v3, func(c *crafted) { c.wire.Addrs = append(addrs("10.0.0.99"), c.wire.Addrs...) }, AcceptCount,
			"(I) expected 2 VIPs but received 3",
		},
		{
			"another address", v2, func(c *crafted) { c.wire.Addrs = addrs("10.0.0.100", "10.0.0.199") }, AcceptAddrs,
			"(I) ip address associated with VRID 51 not present in advert from 10.0.0.2: 10.0.0.101",
		},
		{"another order", v2, func(c *crafted) { c.wire.Addrs = addrs("10.0.0.101", "10.0.0.100") }, Accept, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := crafted{wire: tt.of, priority: 200, src: lower, dst: group, ttl: 255}
			if tt.give != nil {
				tt.give(&c)
			}
			p := c.packet()
			ad, v := tt.of.Check(p)
			if v != tt.want {
				t.Fatalf("verdict %v, want %v", v, tt.want)
			}
			if v.Accepted() != (ad.Priority == 200) {
				t.Errorf("verdict %v with advert %+v", v, ad)
			}
			if line, detail := tt.of.Line("I", v, p); line != tt.line || detail {
				t.Errorf("line %q (detail %v), want %q", line, detail, tt.line)
			}
		})
	}
}

// TestCheckOrder: a packet with several faults gets the verdict of the first check.
func TestCheckOrder(t *testing.T) {
	t.Parallel()
	w := twoVIPs(2)
	c := crafted{wire: w, priority: 200, src: lower, dst: ours, ttl: 3, breakSum: true}
	c.wire.AuthType, c.wire.AdvertInt, c.wire.Addrs = 1, 7*time.Second, addrs("10.0.0.1")
	c.edit = set(0, 0x32)
	faults := []struct {
		want Verdict
		mend func()
	}{
		{DropLong, func() { c.edit = func(b []byte) []byte { return changed(b[:len(b)-8], 0, 0x32) } }},
		{DropTTL, func() { c.ttl = 255 }},
		{DropVersion, func() { c.edit = set(0, 0x22) }},
		{DropAuthMismatch, func() { c.wire.AuthType = 0 }},
		{DropInterval, func() { c.wire.AdvertInt = time.Second }},
		{DropType, func() { c.edit = nil }},
		{DropChecksum, func() { c.breakSum = false }},
		{DropDestination, func() { c.dst = group }},
		{AcceptCount, func() { c.wire.Addrs = addrs("10.0.0.100", "10.0.0.2") }},
		{AcceptAddrs, func() { c.wire.Addrs = w.Addrs }},
		{Accept, func() {}},
	}
	for _, f := range faults {
		if _, v := w.Check(c.packet()); v != f.want {
			t.Fatalf("verdict %v, want %v", v, f.want)
		}
		f.mend()
	}
}

// TestCheckAllocates nothing, whatever the verdict: packets may come in a flood.
func TestCheckAllocates(t *testing.T) {
	w := twoVIPs(2)
	good := crafted{wire: w, priority: 200, src: lower, dst: group, ttl: 255}
	other := good
	other.wire.Addrs = addrs("10.0.0.100", "10.0.0.2")
	bad := good
	bad.breakSum = true
	for _, c := range []crafted{good, other, bad} {
		p := c.packet()
		if n := testing.AllocsPerRun(100, func() { w.Check(p) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
}

// TestAppendAllocates nothing into a buffer with room.
func TestAppendAllocates(t *testing.T) {
	w := twoVIPs(3)
	buf := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() { buf = w.Append(buf[:0], lower, group, 1) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestVerdictString(t *testing.T) {
	t.Parallel()
	seen := map[string]Verdict{}
	for v := Verdict(0); v < Verdicts; v++ {
		name := v.String()
		if other, twice := seen[name]; twice || name == "" {
			t.Errorf("%d and %d are both %q", other, v, name)
		}
		seen[name] = v
	}
	if got := Verdict(Verdicts).String(); got != "unknown verdict" {
		t.Errorf("beyond the last: %q", got)
	}
}
