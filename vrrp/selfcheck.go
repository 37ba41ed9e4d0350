// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"net/netip"
	"time"

	"vipward/vrrp/election"
	"vipward/vrrp/packet"
)

// A failover that nothing outside explains has its reason in here: adverts that left late, or
// that came and were dropped. Both are counted, and said when somebody else became master.

// lateness is how late alarms were served.
type lateness struct {
	served uint64
	late   uint64 // by more than lateLimit
	worst  time.Duration
	when   time.Time // of the worst
}

// unheardAfter is how many intervals without any advert make a master of whom there are other
// signs one that cannot be heard.
const unheardAfter = 4

// lateLimit is what a loaded machine may cost; keepalived's timers are as coarse.
const lateLimit = 10 * time.Millisecond

// note takes one alarm that was due and is served now.
func (x *lateness) note(due, now time.Time) {
	x.served++
	by := now.Sub(due)
	if by > lateLimit {
		x.late++
	}
	if by > x.worst {
		x.worst, x.when = by, now
	}
}

// evidence is what an instance remembers of its adverts, sent and received, to explain a
// change of the master.
type evidence struct {
	sent  time.Time     // the last advert of ours
	gap   time.Duration // before it
	late  uint64        // gaps of more than two intervals
	shake time.Duration // the jitter of ours
	told  time.Time     // the advert after whose gap the last explanation was given
	heard time.Time     // the last advert of somebody else, good or not
	drops int           // adverts dropped since one was accepted
	why   packet.Verdict
	from  netip.Addr
}

// jitterShare is how much one advert counts for the jitter, the mean deviation of the gaps from
// the interval: a 16th, as in RTP (RFC 3550 6.4.1).
const jitterShare = 16

// advertSent takes an advert of a master with the interval.
func (e *evidence) advertSent(now time.Time, interval time.Duration) {
	e.gap = 0
	if !e.sent.IsZero() {
		e.gap = now.Sub(e.sent)
		e.shake += ((e.gap - interval).Abs() - e.shake) / jitterShare
	}
	if e.gap > 2*interval {
		e.late++
	}
	e.sent = now
}

// silence is how long the neighbours have heard nothing, or had until the last advert.
func (e *evidence) silence(now time.Time) time.Duration {
	if e.sent.IsZero() {
		return 0
	}
	return max(e.gap, now.Sub(e.sent))
}

// judged takes the verdict on a received packet.
func (e *evidence) judged(now time.Time, v packet.Verdict, from netip.Addr) {
	e.heard = now
	if v.Accepted() {
		e.drops = 0
		return
	}
	e.drops++
	e.why, e.from = v, from
}

// rest forgets the adverts of a mastership that ended.
func (e *evidence) rest() { e.sent, e.gap = time.Time{}, 0 }

// explain says why somebody else thinks that it should be master, if the reason is here. It
// is called with what the machine logs about another master.
func (l *loop) explain(vi *instance, code election.LogCode, now time.Time) {
	e := &vi.evidence
	switch code {
	case election.LogForceElection, election.LogYieldHigher, election.LogYieldAddress:
		silence := e.silence(now)
		if silence > 2*vi.cfg.AdvertInt && !e.told.Equal(e.sent) {
			e.told = e.sent
			l.line(silentLine(vi.cfg.Name, silence))
		}
	case election.LogTimeout:
		if vi.sock != nil && vi.sock.probing != nil && vi.sock.probing.deaf {
			l.line(deafLine(vi.sock.name, vi.sock.key))
		}
		if e.drops > 0 {
			l.line(droppedLine(vi.cfg.Name, e.drops, e.from, e.why))
		}
	case election.LogRival:
		if now.Sub(e.heard) > unheardAfter*vi.m.Interval() {
			l.line(unheardLine(vi.cfg.Name, l.sockKeyOf(vi)))
		}
	default:
		// Nobody changed.
	}
}
