// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"slices"
	"time"

	"vipward/vrrp/election"
	"vipward/vrrp/packet"
)

// read takes what waits in a socket and feeds it to the machines.
func (l *loop) read(s *socket) {
	if s == nil {
		return
	}
	for range readsPerPass {
		b := s.receive(l.buf[:])
		if b == nil {
			return
		}
		l.packet(s, b)
	}
}

// packet gives one datagram to the instance that it is for.
func (l *loop) packet(s *socket, b []byte) {
	p, v := packet.ParseIPv4(b)
	if v != packet.Accept {
		return // too short for a VRID, so it is nobody's
	}
	list := s.byVRID[p.VRID()]
	for _, vi := range list {
		if vi.accepts(p, len(list) == 1) {
			l.advert(vi, p)
		}
	}
}

// accepts says whether a packet that came to a shared socket is for this instance. Unicast
// instances may share a VRID when their peers differ; alone, one hears any sender.
func (vi *instance) accepts(p packet.Packet, alone bool) bool {
	switch {
	case !vi.cfg.Unicast():
		return true
	case p.Dst != vi.source:
		return false
	}
	return alone || slices.Contains(vi.cfg.Peers, p.Src)
}

// advert checks one packet of the instance and steps its machine.
func (l *loop) advert(vi *instance, p packet.Packet) {
	ad, v := vi.wire.Check(p)
	vi.verdicts[v]++
	vi.evidence.judged(v, p.Src)
	if v != packet.Accept && !vi.logged[v] && vi.listens() {
		vi.logged[v] = true
		l.line(vi.wire.Line(vi.cfg.Name, v, p))
	}
	if !v.Accepted() {
		return
	}
	vi.received++
	l.step(vi, time.Now(), election.Advert(ad))
	if interval := vi.m.Interval(); interval != vi.interval {
		vi.interval, l.unsaved = interval, true
	}
}

// listens says whether the instance takes part in the election; else packets are no news.
func (vi *instance) listens() bool {
	return vi.m.State() == election.Backup || vi.m.State() == election.Master
}
