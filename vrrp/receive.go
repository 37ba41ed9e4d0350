// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"slices"
	"time"

	"vipward/vrrp/election"
	"vipward/vrrp/packet"
)

// batchesPerPass bounds one pass over a socket, so that a flood delays no timer.
const batchesPerPass = 16

// read takes what waits in a socket and feeds it to the machines. A virtual router that sends
// more than one advert in a pass ends it: whoever floods us must not keep our own adverts back.
func (l *loop) read(s *socket) {
	if s == nil {
		return
	}
	var heard [256]bool
	for range batchesPerPass {
		n := s.receive(&l.batch)
		now := time.Now()
		again := false
		for i := range n {
			vrid := l.packet(s, i, now)
			again = again || heard[vrid]
			heard[vrid] = true
		}
		if n < batchSize || again {
			return
		}
	}
}

// packet gives one datagram of the batch to the instances that it is for, and says for which
// virtual router it is.
func (l *loop) packet(s *socket, i int, now time.Time) uint8 {
	if s.probing.take(l.batch.datagram(i), l.hops(s, i), now) {
		return 0
	}
	p, v := l.parse(s, i)
	switch {
	case v == packet.DropShort && !s.key.ipv6() && s.unknown.allow(now):
		l.line(packet.ShortLine(p), false)
		return 0
	case v != packet.Accept:
		return 0 // nobody's
	}
	vrid := p.VRID()
	list := s.byVRID[vrid]
	if len(list) == 0 && l.cfg.Global.VRRP.LogUnknownVRIDs && s.unknown.allow(now) {
		l.line(unknownVRIDLine(vrid, s.name))
	}
	for _, vi := range list {
		if vi.accepts(p, len(list) == 1) {
			l.advert(vi, p, now)
		}
	}
	return vrid
}

// hops is the TTL or hop limit of a datagram.
func (l *loop) hops(s *socket, i int) uint8 {
	const ttl = 8
	switch b := l.batch.datagram(i); {
	case s.key.ipv6():
		return l.batch.hopLimit(i)
	case len(b) > ttl:
		return b[ttl]
	}
	return maxTTL
}

func (l *loop) parse(s *socket, i int) (packet.Packet, packet.Verdict) {
	if s.key.ipv6() {
		return packet.ParseIPv6(l.batch.datagram(i), l.batch.from(i), s.key.addr, l.batch.hopLimit(i))
	}
	return packet.ParseIPv4(l.batch.datagram(i))
}

// accepts says whether a packet that came to a shared socket is for this instance. Unicast
// instances may share a VRID when their peers differ; alone, one hears any sender.
func (vi *instance) accepts(p packet.Packet, alone bool) bool {
	return alone || !vi.cfg.Unicast() || slices.Contains(vi.cfg.Peers, p.Src)
}

// advert checks one packet of the instance and steps its machine.
func (l *loop) advert(vi *instance, p packet.Packet, now time.Time) {
	ad, found := vi.wire.Check(p, now)
	vi.evidence.judged(now, found.Verdict(), p.Src)
	if found != 0 && vi.listens() {
		l.remark(vi, vi.wire.News(found), p)
	}
	if !found.Accepted() {
		return
	}
	l.heard = election.Advert(ad)
	l.step(vi, now, &l.heard)
	if vi.m.State() == election.Backup {
		vi.wire.Follow(p.Src)
	}
	if interval := vi.m.Interval(); interval != vi.interval {
		vi.interval, l.unsaved = interval, true
	}
	if vi.wire.Outdated() {
		l.unsaved = true
	}
}

// remark logs what is new about the packets of an instance.
func (l *loop) remark(vi *instance, news packet.Findings, p packet.Packet) {
	for v := range packet.Verdict(packet.Verdicts) {
		if news.Has(v) {
			l.line(vi.wire.Line(vi.cfg.Name, v, p), false)
		}
	}
}

// listens says whether the instance takes part in the election; else packets are no news.
func (vi *instance) listens() bool {
	return vi.m.State() == election.Backup || vi.m.State() == election.Master
}

// limiter lets some log lines a second through: whoever sends a packet must not be able to
// fill the log.
type limiter struct {
	second time.Time
	lines  int
}

func (x *limiter) allow(now time.Time) bool {
	const perSecond = 10
	if now.Sub(x.second) >= time.Second {
		*x = limiter{second: now}
	}
	x.lines++
	return x.lines <= perSecond
}
