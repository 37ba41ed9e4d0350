// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// A socket that hears nothing looks like a network without a master, and ends in two of them.
// So each socket of a group proves that it is live: now and then it gets a packet of our own
// that takes the way of adverts from the interface on, through the firewall and the
// socket's filter. It has a TTL of 0, with which the kernel lets no multicast leave the host.

const (
	probeEvery = 10 * time.Second
	probeLimit = time.Second // until a probe that did not come counts as lost

	probeBody = 8
	ahLen     = 24 // of an authentication header with its integrity check value
)

// prober is a packetIO that can send a probe; *rawSocket is one.
type prober interface {
	// probe sends a datagram to the socket's own group and to no other host.
	probe(d datagram) error
}

// probing is what a socket proves. It is a sleeper of the loop.
type probing struct {
	loop  *loop
	sock  *socket
	alarm *alarm

	due   time.Time
	nonce uint32 // of the probe that is under way
	open  bool   // it has not come yet
	deaf  bool   // the last one was lost, and that was said
	sent  uint64
	heard uint64
	b     [60]byte
}

// probe begins the probes of a socket that can be probed.
func (l *loop) probe(s *socket) {
	if _, ok := s.packetIO.(prober); !ok || !s.key.multicast() {
		return
	}
	s.probing = &probing{loop: l, sock: s, due: time.Now().Add(probeLimit)}
	s.probing.alarm = newAlarm(s.probing)
	l.due.update(s.probing.alarm)
}

// Deadline implements sleeper.
func (p *probing) Deadline() time.Time { return p.due }

// wake judges the last probe and sends the next one.
func (p *probing) wake(now time.Time) {
	if p.open && !p.deaf {
		p.deaf = true
		p.loop.line(deafLine(p.sock.name, p.sock.key))
	}
	p.due = now.Add(probeEvery)
	vi := p.sock.speaker()
	if vi == nil {
		return
	}
	p.nonce++
	p.open = p.sock.packetIO.(prober).probe(p.datagram(vi)) == nil
	if p.open {
		p.sent++
		p.due = now.Add(probeLimit)
	}
}

// speaker is an instance that has what a probe needs; nil: none has.
func (s *socket) speaker() *instance {
	for _, list := range s.byVRID {
		for _, vi := range list {
			if vi.sourced && vi.usable() {
				return vi
			}
		}
	}
	return nil
}

// datagram is the probe: version and type are 0, which no advert has, then come a VRID that
// the socket's filter takes, and the nonce.
func (p *probing) datagram(vi *instance) datagram {
	key, b := p.sock.key, p.b[:0]
	n := probeBody
	if key.ah {
		n += ahLen
	}
	if !key.ipv6() {
		b = probeHeader(b, key, vi.source, n)
	}
	if key.ah {
		b = append(b, protoVRRP, ahLen/4-2)
		b = append(b, make([]byte, ahLen-2)...)
	}
	b = append(b, 0, vi.cfg.VRID, 0, 0)
	b = binary.BigEndian.AppendUint32(b, p.nonce)
	return datagram{bytes: b, src: vi.source, dst: key.addr, hops: 0}
}

// probeHeader appends an IPv4 header with a TTL of 0 for n bytes.
func probeHeader(b []byte, key sockKey, src netip.Addr, n int) []byte {
	from, to := src.As4(), key.addr.As4()
	b = append(b, 0x45, tosVRRP, 0, byte(20+n), 0, 0, 0, 0, 0, byte(key.protocol()), 0, 0) // the kernel fills in id and checksum
	return append(append(b, from[:]...), to[:]...)
}

// take says whether a received datagram is a probe, and if it is the one under way notes it.
func (p *probing) take(datagram []byte, hops uint8, now time.Time) bool {
	if p == nil || hops != 0 {
		return false
	}
	body := p.body(datagram)
	if len(body) != probeBody || body[0] != 0 {
		return false
	}
	if p.open && binary.BigEndian.Uint32(body[4:]) == p.nonce {
		p.open = false
		p.heard++
		p.due = now.Add(probeEvery)
		p.loop.due.update(p.alarm)
		if p.deaf {
			p.deaf = false
			p.loop.line(hearsLine(p.sock.name, p.sock.key))
		}
	}
	return true
}

// body is what follows the headers of a datagram as the socket gives it.
func (p *probing) body(datagram []byte) []byte {
	at := 0
	if !p.sock.key.ipv6() && len(datagram) > 0 {
		at = int(datagram[0]&0x0f) * 4
	}
	if p.sock.key.ah {
		at += ahLen
	}
	return datagram[min(at, len(datagram)):]
}
