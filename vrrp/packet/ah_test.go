// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"bytes"
	"encoding/binary"
	"math"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ahPair is a router with authentication headers and another one.
func ahPair(unicast bool) (sender, receiver *Wire, dst netip.Addr) {
	c := twoVIPs(2)
	c.Auth, c.Password, dst = AuthAH, pass("secret12"), group
	if unicast {
		c.Group, c.Peers, dst = netip.Addr{}, []Peer{{Addr: lower, MaxTTL: 255}}, ours
	}
	sender, receiver = NewWire(c), NewWire(c)
	sender.Source, receiver.Source = lower, ours
	return sender, receiver, dst
}

// TestAuthenticationHeader: what 2.2.7 was seen to say of injected packets.
func TestAuthenticationHeader(t *testing.T) {
	t.Parallel()
	const digest = "(I) IPSEC-AH : invalid IPSEC HMAC-MD5 value from 10.0.0.2. Due to fields mutation or bad password !"
	tests := []struct {
		name string
		edit func(b []byte) // of a datagram with sequence number 1
		want Verdict
		line string
	}{
		{"as sent", func([]byte) {}, Accept, ""},
		{"TOS changed on the way", func(b []byte) { b[1] = 0 }, Accept, ""},
		{"digest", func(b []byte) { b[32] ^= 1 }, DropAHDigest, digest},
		{"IP identification", func(b []byte) { b[5]++ }, DropAHDigest, digest},
		{"destination", func(b []byte) { b[19]++ }, DropAHDigest, digest},
		{"reserved bits", func(b []byte) { b[22] = 1 }, DropAHDigest, digest},
		{"sequence number", func(b []byte) { b[31]++ }, DropAHDigest, digest},
		{"priority", func(b []byte) { b[46]++ }, DropAHDigest, digest},
		{"checksum", func(b []byte) { b[50]++ }, DropAHDigest, digest},
		{"last byte", func(b []byte) { b[len(b)-1]++ }, DropAHDigest, digest},
		{"SPI", func(b []byte) { b[27] = 9 }, DropAHIndex, "(I) IPSEC-AH : invalid IPSEC SPI value from 10.0.0.2: 0x0a000009"},
		{
			"sequence number 0", func(b []byte) { b[31] = 0 }, DropAHSequence,
			"(I) IPSEC-AH : sequence number 0 from 10.0.0.2 already processed. Packet dropped. Local(0)",
		},
		{"type none inside", func(b []byte) { b[48] = 0 }, DropAuthMismatch, "(I) received a 0 auth from 10.0.0.2, expecting 2!"},
		{"TTL", func(b []byte) { b[8] = 254 }, DropTTL, "(I) invalid TTL/HL from 10.0.0.2. Received 254 and expect 255"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sender, receiver, dst := ahPair(false)
			sender.Begin(100, noon)
			b := sender.To(dst)
			tt.edit(b)
			p := parse(t, b)
			_, f := receiver.Check(p, noon)
			if f.Verdict() != tt.want {
				t.Fatalf("verdict %v, want %v", f.Verdict(), tt.want)
			}
			if line := receiver.Line("I", f.Verdict(), p); line != tt.line {
				t.Errorf("line %q, want %q", line, tt.line)
			}
		})
	}
}

// TestAuthenticationHeaderUnicastTTL: routers on the way lower it.
func TestAuthenticationHeaderUnicastTTL(t *testing.T) {
	t.Parallel()
	sender, receiver, dst := ahPair(true)
	sender.Begin(100, noon)
	b := sender.To(dst)
	b[8] -= 3
	if _, f := receiver.Check(parse(t, b), noon); f != 0 {
		t.Errorf("verdict %v", f.Verdict())
	}
}

// TestAuthenticationHeaderMissing: protocol 112 to an instance that wants 51.
func TestAuthenticationHeaderMissing(t *testing.T) {
	t.Parallel()
	_, receiver, _ := ahPair(false)
	c := crafted{wire: twoVIPs(2), priority: 100, src: lower, dst: group, ttl: 255}
	if _, f := receiver.Check(c.packet(), noon); f.Verdict() != DropForm {
		t.Errorf("verdict %v", f.Verdict())
	}
}

// TestSharedSequence: as in 2.2.7, the routers of a virtual router share one sequence. Who
// becomes master goes on behind the last number heard, so that the others accept it, and
// nothing that was heard is accepted again, whoever sent it.
func TestSharedSequence(t *testing.T) {
	t.Parallel()
	first, backup, dst := ahPair(false)
	first.ah.sequence = 999
	first.Begin(200, noon)
	heard := bytes.Clone(first.To(dst))
	accepts(t, backup, heard, Accept)
	accepts(t, backup, heard, DropAHSequence)
	backup.Begin(100, noon)
	answer := bytes.Clone(backup.To(dst))
	if got := parse(t, answer).AH[8:12]; !bytes.Equal(got, []byte{0, 0, 3, 0xe9}) {
		t.Errorf("sequence number %x, want 1001", got)
	}
	accepts(t, first, answer, Accept)
	first.Begin(200, noon)
	accepts(t, backup, first.To(dst), Accept)
	accepts(t, backup, heard, DropAHSequence)
}

// TestSequenceBeginsAnew (RFC 2402 section 3.3.2): after the last number comes the first one, the
// others go along, and nothing from before the end is accepted again right away.
func TestSequenceBeginsAnew(t *testing.T) {
	t.Parallel()
	master, backup, dst := ahPair(false)
	master.ah.sequence = math.MaxUint32 - 2
	backup.ah.sequence = math.MaxUint32 - 300 // it has missed some
	var got []uint32
	for range 4 {
		master.Begin(200, noon)
		b := bytes.Clone(master.To(dst))
		got = append(got, binary.BigEndian.Uint32(parse(t, b).AH[8:]))
		accepts(t, backup, b, Accept)
		accepts(t, backup, b, DropAHSequence)
	}
	if diff := cmp.Diff([]uint32{math.MaxUint32 - 1, math.MaxUint32, 1, 2}, got); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	backup.Begin(100, noon)
	accepts(t, master, bytes.Clone(backup.To(dst)), Accept)
}

// TestSequenceOrder is all of it by number.
func TestSequenceOrder(t *testing.T) {
	t.Parallel()
	const last = math.MaxUint32
	for _, tt := range []struct {
		sequence, heard uint32
		want            bool
	}{
		{1, 0, true},
		{last, 0, true},
		{0, 0, false},
		{7, 7, false},
		{6, 7, false},
		{1 << 31, 1, true},
		{1, 1 << 31, false},
		{1, last, true},
		{0, last, false},
		{wrapZone - 1, last, true},
		{wrapZone, last, false},
		{1, last - wrapZone + 1, true},
		{1, last - wrapZone, false},
	} {
		if got := follows(tt.sequence, tt.heard); got != tt.want {
			t.Errorf("%d follows %d: %v", tt.sequence, tt.heard, got)
		}
	}
}

// TestSuccessorAtTheEnd: the numbers that a predecessor may have sent are left out there too.
func TestSuccessorAtTheEnd(t *testing.T) {
	t.Parallel()
	for saved, want := range map[uint32]uint32{
		math.MaxUint32 - memoryGap - 1: math.MaxUint32,
		math.MaxUint32 - memoryGap:     1,
		math.MaxUint32 - 6:             memoryGap - 6,
		math.MaxUint32:                 memoryGap,
	} {
		master, _, dst := ahPair(false)
		master.Restore(Memory{AH: saved})
		for range 3 {
			master.Begin(200, noon)
			if got := binary.BigEndian.Uint32(parse(t, master.To(dst)).AH[8:]); got != want {
				t.Errorf("behind %d: sent %d, want %d", saved, got, want)
			}
			want = max(want+1, 1)
		}
	}
}

// TestForgedSequence: a wrong digest must not move the window.
func TestForgedSequence(t *testing.T) {
	t.Parallel()
	sender, receiver, dst := ahPair(false)
	sender.ah.sequence = 1 << 30
	sender.Begin(100, noon)
	forged := bytes.Clone(sender.To(dst))
	forged[40] ^= 0xff
	accepts(t, receiver, forged, DropAHDigest)
	sender.ah.sequence = 0
	sender.Begin(100, noon)
	accepts(t, receiver, sender.To(dst), Accept)
}

// TestAuthenticationHeaderPassword: a reload changes it, and the sequence goes on.
func TestAuthenticationHeaderPassword(t *testing.T) {
	t.Parallel()
	sender, receiver, dst := ahPair(false)
	next := sender.config
	next.Password = pass("other")
	sender.Begin(100, noon)
	accepts(t, receiver, sender.To(dst), Accept)
	sender.Configure(next)
	sender.Begin(100, noon)
	accepts(t, receiver, sender.To(dst), DropAHDigest)
	receiver.Configure(next)
	accepts(t, receiver, sender.To(dst), Accept)
	if sender.ah.sequence != 2 {
		t.Errorf("sequence %d, want 2", sender.ah.sequence)
	}
}

func accepts(t *testing.T, w *Wire, b []byte, want Verdict) {
	t.Helper()
	if _, f := w.Check(parse(t, b), noon); f.Verdict() != want {
		t.Fatalf("verdict %v, want %v", f.Verdict(), want)
	}
}
