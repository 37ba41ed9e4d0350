// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"
)

// kind is one kind of router of the matrix: all that two of them must have in common.
type kind struct {
	version  int
	ipv6     bool
	unicast  bool
	auth     AuthType
	password string
	signed   bool
}

func (k kind) String() string {
	return fmt.Sprintf("v%d IPv6=%v unicast=%v auth=%d %q signed=%v", k.version, k.ipv6, k.unicast, k.auth, k.password, k.signed)
}

// kinds are all that a configuration can ask for.
func kinds() (all []kind) {
	for _, version := range []int{2, 3} {
		for _, ipv6 := range []bool{false, true} {
			for _, unicast := range []bool{false, true} {
				plain := kind{version: version, ipv6: ipv6, unicast: unicast}
				signed := plain
				signed.signed = true
				all = append(all, plain, signed)
				if version == 3 || ipv6 {
					continue
				}
				for _, auth := range []AuthType{AuthPass, AuthAH} {
					for _, password := range []string{"one", "two"} {
						k := plain
						k.auth, k.password = auth, password
						all = append(all, k)
					}
				}
			}
		}
	}
	return all
}

// router is one of the kind, at an address.
func (k kind) router(host byte) *Wire {
	c := Config{
		Version: k.version, IPv6: k.ipv6, VRID: 51, AdvertInt: time.Second, TTL: 64,
		Addrs: addrs("10.0.0.100", "10.0.0.101"), Auth: k.auth, Password: pass(k.password), Group: group,
	}
	if k.ipv6 {
		c.Addrs, c.Group = addrs("fe80::100", "fd00::100"), group6
	}
	if k.unicast {
		c.Group, c.Peers = netip.Addr{}, []Peer{{Addr: k.host(3 - host), MaxTTL: 255}}
	}
	if k.signed {
		c.HMAC = oneKey(Enforce)
	}
	w := NewWire(c)
	w.Source = k.host(host)
	return w
}

func (k kind) host(n byte) netip.Addr {
	if k.ipv6 {
		return netip.AddrFrom16([16]byte{0: 0xfd, 15: n})
	}
	return netip.AddrFrom4([4]byte{10, 0, 0, n})
}

// dst is where a router at an address sends to.
func (k kind) dst(host byte) netip.Addr {
	switch {
	case k.unicast:
		return k.host(3 - host)
	case k.ipv6:
		return group6
	}
	return group
}

// sent is what the other router's socket would deliver, or nothing where the family keeps
// them apart.
func (k kind) sent(w *Wire, priority uint8) Packet {
	w.Begin(priority, noon)
	b := bytes.Clone(w.To(k.dst(1)))
	if k.ipv6 {
		p, _ := ParseIPv6(b, w.Source, k.dst(1), 255)
		return p
	}
	p, _ := ParseIPv4(b)
	return p
}

// TestMatrix: every kind of router understands its like, and nobody else: what differs is
// found, whatever it is.
func TestMatrix(t *testing.T) {
	t.Parallel()
	for _, from := range kinds() {
		for _, to := range kinds() {
			p := from.sent(from.router(1), 77)
			if !from.unicast {
				p.TTL = 255
			}
			ad, f := to.router(2).Check(p, noon)
			if f.Accepted() != (from == to) {
				t.Errorf("from %v\nto   %v: %v", from, to, f.Verdict())
			}
			if f.Accepted() && (ad.Priority != 77 || ad.From != from.host(1) || ad.Interval != time.Second) {
				t.Errorf("%v: %+v", from, ad)
			}
		}
	}
}

// TestMatrixDamage: whatever a checksum, a digest or a signature covers cannot be changed on
// the way. Without any of those the checks of the fields must not be fooled into a panic.
func TestMatrixDamage(t *testing.T) {
	t.Parallel()
	for _, k := range kinds() {
		whole := k.sent(k.router(1), 77)
		for bit := range len(whole.Message) * 8 {
			p := whole
			p.Message = bytes.Clone(whole.Message)
			p.Message[bit/8] ^= 1 << (bit % 8)
			if _, f := k.router(2).Check(p, noon); f.Accepted() {
				t.Fatalf("%v: bit %d of the message changed: %v", k, bit, f.Verdict())
			}
		}
		for bit := range len(whole.AH) * 8 {
			p := whole
			p.AH = bytes.Clone(whole.AH)
			p.AH[bit/8] ^= 1 << (bit % 8)
			if _, f := k.router(2).Check(p, noon); f.Accepted() {
				t.Fatalf("%v: bit %d of the authentication header changed", k, bit)
			}
		}
		for n := range whole.Message {
			p := whole
			p.Message = whole.Message[:n]
			if _, f := k.router(2).Check(p, noon); f.Accepted() {
				t.Fatalf("%v: cut to %d bytes: accepted", k, n)
			}
		}
	}
}

// TestConversation: routers of each kind send in turn, as masters that yield to each other do,
// across reloads and successors, and are always understood. Nothing that was said is
// accepted twice where a sequence protects it.
func TestConversation(t *testing.T) {
	t.Parallel()
	for _, k := range kinds() {
		random := rand.New(rand.NewPCG(1, 2))
		routers := [2]*Wire{k.router(1), k.router(2)}
		now := noon
		var last Packet
		speaker := 0
		for i := range 2000 {
			switch random.IntN(20) {
			case 0:
				speaker = 1 - speaker
			case 1:
				routers[speaker].Configure(routers[speaker].config)
			case 2:
				next := k.router(byte(1 + speaker))
				next.Restore(routers[speaker].Memory())
				routers[speaker] = next
			}
			now = now.Add(time.Duration(random.IntN(1000)) * time.Millisecond)
			listener := routers[1-speaker]
			p := turn(k, routers[speaker], 1+speaker, now)
			if _, f := listener.Check(p, now); !f.Accepted() {
				t.Fatalf("%v: advert %d: %v", k, i, f.Verdict())
			}
			if _, f := listener.Check(p, now); f.Accepted() == (k.auth == AuthAH || k.signed) {
				t.Fatalf("%v: advert %d again: %v", k, i, f.Verdict())
			}
			if k.auth == AuthAH && i > 0 {
				if _, f := listener.Check(last, now); f.Accepted() {
					t.Fatalf("%v: the advert before %d again: accepted", k, i)
				}
			}
			last = p
		}
	}
}

// turn is an advert of the router at an address, as it arrives at the other one.
func turn(k kind, w *Wire, host int, now time.Time) Packet {
	w.Begin(100, now)
	dst := k.dst(byte(host))
	b := bytes.Clone(w.To(dst))
	if k.ipv6 {
		p, _ := ParseIPv6(b, w.Source, dst, 255)
		return p
	}
	p, _ := ParseIPv4(b)
	return p
}
