// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// testKey is the key of the captured packets: 00 01 … 1f.
func testKey() string {
	var k [32]byte
	for i := range k {
		k[i] = byte(i)
	}
	return string(k[:])
}

func oneKey(m Mode) *HMAC {
	return &HMAC{Keys: []Key{{1, testKey()}}, Active: 1, Window: 5 * time.Second, Mode: m}
}

// vector is the payload of a signed packet.
type vector struct {
	name     string
	config   Config
	src, dst netip.Addr
	hex      string
}

// vectors were captured from keepalived 2.4.3.
func vectors() []vector {
	src, peer := netip.MustParseAddr("192.0.2.10"), netip.MustParseAddr("192.0.2.20")
	c := Config{Version: 2, VRID: 51, AdvertInt: time.Second, Group: group, TTL: 255, Addrs: addrs("192.0.2.100"), HMAC: oneKey(Enforce)}
	v3, unicast, v6 := c, c, c
	v3.Version = 3
	unicast.Version, unicast.Group, unicast.Peers = 3, netip.Addr{}, []Peer{{Addr: peer, MaxTTL: 255}}
	v6.Version, v6.IPv6, v6.Group, v6.Addrs = 3, true, group6, addrs("fe80::100", "fd00::100")
	c.Addrs, v3.Addrs, unicast.Addrs = addrs("192.0.2.100"), addrs("192.0.2.100"), addrs("192.0.2.100")
	return []vector{
		{"v2 multicast", c, src, group, "2133c80100015465c00002640000000000000000" + "010100006b02de6ba7b500009a70232adefbf7c9945216e82e248e2e"},
		{"v3 multicast", v3, src, group, "3133c8010064a168c0000264" + "010100006b02de70b1860000f86f0b40adcb0aac5b2af2f7f16bb47d"},
		{"v3 unicast", unicast, src, peer, "3133c8010064bf66c0000264" + "010100006b02de75c2600000fa8b0e93e06de40bde06c5bcd83d411e"},
		{
			"v3 IPv6", v6, netip.MustParseAddr("fe80::a096:b9ff:fe58:e141"), group6,
			"3133c8020064e017fe800000000000000000000000000100fd000000000000000000000000000100" + "010100006b02de7acaf100005bd334a603c72d90ef04958086a20de8",
		},
	}
}

// signedAt is when the sender of a packet signed it, by its own clock.
func signedAt(payload []byte) time.Time {
	t := payload[len(payload)-trailerLen+trailerSeqAt:]
	seq := binary.BigEndian.Uint64(t)
	nanos := (seq >> 16 & 0xffff * uint64(time.Second)) >> 16
	return time.Unix(int64(seq>>32), int64(nanos)+1) // the field is rounded down
}

func (v vector) packet(t testing.TB) Packet {
	p := Packet{Src: v.src, Dst: v.dst, TTL: 255, Message: unhex(t, v.hex)}
	if !v.config.IPv6 {
		p.Header = make([]byte, ipHeaderLen)
	}
	return p
}

// TestSignAsKeepalived makes the captured packets, byte for byte.
func TestSignAsKeepalived(t *testing.T) {
	t.Parallel()
	for _, v := range vectors() {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			w := NewWire(v.config)
			w.Source = v.src
			w.Begin(200, signedAt(unhex(t, v.hex)))
			got := w.To(v.dst)[w.messageStart():]
			if diff := gocmp.Diff(v.hex, hex.EncodeToString(got)); diff != "" {
				t.Errorf("payload (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCheckSigned judges the captured packets, as they are and damaged.
func TestCheckSigned(t *testing.T) {
	t.Parallel()
	for _, v := range vectors() {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			p := v.packet(t)
			at := signedAt(p.Message)
			ad, f := NewWire(v.config).Check(p, at)
			if f != 0 || ad.Priority != 200 {
				t.Fatalf("as captured: %v, %+v", f.Verdict(), ad)
			}
			for bit := range len(p.Message) * 8 {
				bad := p
				bad.Message = bytes.Clone(p.Message)
				bad.Message[bit/8] ^= 1 << (bit % 8)
				_, f := NewWire(v.config).Check(bad, at)
				if f.Accepted() {
					t.Fatalf("bit %d changed: accepted", bit)
				}
			}
			p.Src = v.src.Next()
			if _, f := NewWire(v.config).Check(p, at); f.Verdict() != DropSignature {
				t.Errorf("from another address: %v", f.Verdict())
			}
		})
	}
}

// signed gives a sender and a receiver with the same rules.
func signed(sends, expects *HMAC) (sender, receiver *Wire) {
	c := twoVIPs(3)
	c.HMAC = sends
	sender = NewWire(c)
	c.HMAC = expects
	receiver = NewWire(c)
	sender.Source, receiver.Source = lower, ours
	return sender, receiver
}

func send(w *Wire, at time.Time) []byte {
	w.Begin(100, at)
	return bytes.Clone(w.To(group))
}

func receive(t *testing.T, w *Wire, b []byte, at time.Time) Verdict {
	t.Helper()
	_, f := w.Check(parse(t, b), at)
	return f.Verdict()
}

// TestSignatureModes: who accepts whom.
func TestSignatureModes(t *testing.T) {
	t.Parallel()
	modes := map[string]*HMAC{"none": nil, "enforce": oneKey(Enforce), "permissive": oneKey(Permissive), "receive-only": oneKey(ReceiveOnly)}
	unsigned := map[string]Verdict{"none": Accept, "enforce": DropUnsigned, "permissive": Accept, "receive-only": Accept}
	for from, sends := range modes {
		for to, expects := range modes {
			sender, receiver := signed(sends, expects)
			want := unsigned[to]
			if from == "enforce" || from == "permissive" {
				want = Accept
				if to == "none" {
					want = DropLong
				}
			}
			if got := receive(t, receiver, send(sender, noon), noon); got != want {
				t.Errorf("%s to %s: %v, want %v", from, to, got, want)
			}
		}
	}
}

// TestSignatureOrder: the cheap checks come first, the look at the past last.
func TestSignatureOrder(t *testing.T) {
	t.Parallel()
	other := oneKey(Enforce)
	other.Keys = []Key{{2, testKey()}}
	other.Active = 2
	wrong := oneKey(Enforce)
	wrong.Keys = []Key{{1, "another key of at least 32 bytes"}}
	const at = ipHeaderLen + 16 // where the trailer begins
	tests := []struct {
		name  string
		sends *HMAC
		edit  func(b []byte) []byte
		late  time.Duration
		want  Verdict
		line  string
	}{
		{"good", oneKey(Enforce), nil, 0, Accept, ""},
		{"no trailer", nil, nil, 0, DropUnsigned, "(I) auth_hmac: advert from 10.0.0.2 is not signed"},
		{"scheme", other, set(at, 2), time.Hour, DropMalformed, "(I) auth_hmac: malformed signature from 10.0.0.2"},
		{"reserved", other, set(at+3, 1), time.Hour, DropMalformed, "(I) auth_hmac: malformed signature from 10.0.0.2"},
		{"stale", other, nil, 6 * time.Second, DropStale, "(I) auth_hmac: stale advert from 10.0.0.2, signed at 2027-01-15 08:00:00; do the clocks agree?"},
		{"of the future", other, nil, -6 * time.Second, DropStale, "(I) auth_hmac: stale advert from 10.0.0.2, signed at 2027-01-15 08:00:00; do the clocks agree?"},
		{"unknown key", other, nil, 5 * time.Second, DropKey, "(I) auth_hmac: unknown key 2 from 10.0.0.2"},
		{"wrong key", wrong, nil, -5 * time.Second, DropSignature, "(I) auth_hmac: invalid signature from 10.0.0.2, made with key 1"},
		{"half a trailer", oneKey(Enforce), cut(14), 0, DropLong, "(I) vrrp packet from 10.0.0.2 too long, length 50 and expect 64"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sender, receiver := signed(tt.sends, oneKey(Enforce))
			b := send(sender, noon)
			if tt.edit != nil {
				b = tt.edit(b)
				binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
			}
			if got := receive(t, receiver, b, noon.Add(tt.late)); got != tt.want {
				t.Fatalf("verdict %v, want %v", got, tt.want)
			}
			if line := receiver.Line("I", tt.want, parse(t, b)); line != tt.line {
				t.Errorf("line %q, want %q", line, tt.line)
			}
		})
	}
}

// TestSignatureReplay: nothing is accepted twice, nor out of order, whether it comes from a
// peer or by multicast.
func TestSignatureReplay(t *testing.T) {
	t.Parallel()
	sender, receiver := signed(oneKey(Enforce), oneKey(Enforce))
	first, second := send(sender, noon), send(sender, noon) // the same instant
	if v := receive(t, receiver, second, noon); v != Accept {
		t.Fatalf("the second: %v", v)
	}
	for name, b := range map[string][]byte{"first": first, "second": second} {
		if v := receive(t, receiver, b, noon); v != DropReplay {
			t.Errorf("the %s again: %v", name, v)
		}
	}
	if got := receiver.Line("I", DropReplay, parse(t, first)); got != "(I) auth_hmac: replayed advert from 10.0.0.2" {
		t.Errorf("line %q", got)
	}
	if v := receive(t, receiver, send(sender, noon.Add(time.Second)), noon); v != Accept {
		t.Errorf("the next one: %v", v)
	}
}

// TestSignatureClockSetBack: by less than the window the sender counts on, by more it begins
// anew, and receivers whose clocks go right forget what they heard of the future.
func TestSignatureClockSetBack(t *testing.T) {
	t.Parallel()
	for back, want := range map[time.Duration]Verdict{3 * time.Second: Accept, time.Hour: Accept} {
		sender, receiver := signed(oneKey(Enforce), oneKey(Enforce))
		if v := receive(t, receiver, send(sender, noon), noon); v != Accept {
			t.Fatal(v)
		}
		now := noon.Add(-back)
		if v := receive(t, receiver, send(sender, now), now); v != want {
			t.Errorf("after the clocks went back by %v: %v", back, v)
		}
	}
}

// TestSignatureMonotonic: age does not matter, order does, for ever.
func TestSignatureMonotonic(t *testing.T) {
	t.Parallel()
	rules := oneKey(Enforce)
	rules.Monotonic = true
	sender, receiver := signed(rules, rules)
	old := send(sender, noon)
	if v := receive(t, receiver, old, noon.Add(24*time.Hour)); v != Accept {
		t.Fatalf("a day late: %v", v)
	}
	if v := receive(t, receiver, send(sender, noon.Add(-time.Hour)), noon); v != Accept {
		t.Errorf("after the sender's clock was set back: %v", v)
	}
	if v := receive(t, receiver, old, noon.Add(48*time.Hour)); v != DropReplay {
		t.Errorf("again: %v", v)
	}
}

// TestSignatureKeyChange: keys are changed one router at a time.
func TestSignatureKeyChange(t *testing.T) {
	t.Parallel()
	both := oneKey(Enforce)
	both.Keys = append(both.Keys, Key{2, "the second key, of 32 bytes or more"})
	sender, receiver := signed(oneKey(Enforce), both)
	if v := receive(t, receiver, send(sender, noon), noon); v != Accept {
		t.Fatal(v)
	}
	next := sender.config
	second := *both
	second.Active = 2
	next.HMAC = &second
	sender.Configure(next)
	b := send(sender, noon)
	if b[len(b)-trailerLen+1] != 2 {
		t.Errorf("signed with key %d, want 2", b[len(b)-trailerLen+1])
	}
	if v := receive(t, receiver, b, noon); v != Accept {
		t.Error(v)
	}
}

// TestSignatureOnceForAllPeers: the copies to all peers are signed once.
func TestSignatureOnceForAllPeers(t *testing.T) {
	t.Parallel()
	sender, _ := signed(oneKey(Enforce), nil)
	sender.Begin(100, noon)
	a, b := bytes.Clone(sender.To(higher)), bytes.Clone(sender.To(ours))
	if !bytes.Equal(a[len(a)-trailerLen:], b[len(b)-trailerLen:]) {
		t.Errorf("trailers differ: %x, %x", a, b)
	}
	if bytes.Equal(a[26:28], b[26:28]) {
		t.Errorf("equal checksums for two destinations")
	}
}
