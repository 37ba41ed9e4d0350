// SPDX-License-Identifier: Apache-2.0

package election

import (
	"net/netip"
	"time"
)

// noAddr is the zero address, for comparisons.
var noAddr netip.Addr

// wakeMaster does what has come due, the advert first.
func (m *Machine) wakeMaster(now time.Time) {
	if due(m.timers.advert, now) {
		late := now.Sub(m.timers.advert)
		m.timers.advert = following(m.timers.advert, now, m.interval)
		m.do(m.advert)
		m.answerOwnLateness(now, late)
	}
	m.announceDue(now)
	if expire(&m.timers.rogue, now) {
		m.do(Log{Code: LogRogueGone})
	}
}

// hearAsMaster judges an advert in Master (RFC 9568 section 6.4.3).
func (m *Machine) hearAsMaster(now time.Time, ad Advert) {
	own := ad.Priority == m.priority && ad.From == m.facts.Source
	switch {
	case !own && m.beatenBy(ad):
		m.warnTwoOwners(now, ad)
		m.yield(now, ad)
	case !m.answers.allow(now, ad.From):
		m.answerSoon(now, own || ad.Priority == 0)
	case own:
		m.do(Log{Code: LogOwnAddress, From: ad.From, Theirs: ad.Priority})
	case ad.Priority == 0:
		m.do(Log{Code: LogMasterZero, From: ad.From})
		m.defend(now)
	default:
		m.warnTwoOwners(now, ad)
		m.hearLower(now, ad)
	}
}

// answerSoon is what an advert gets that came too soon after an answered one of the same
// router. It may be a flood. Or that router gave way, and took over once more for a reason
// that is gone: it must not stay master until our next advert in turn.
func (m *Machine) answerSoon(now time.Time, harmless bool) {
	soon := now.Add(answerAgain)
	if !harmless && !m.params.LowerPrioNoAdvert && m.answers.once() && soon.Before(m.timers.advert) {
		m.timers.advert = soon
	}
}

// hearLower answers a router that thinks to be master with less right to it.
func (m *Machine) hearLower(now time.Time, ad Advert) {
	code := LogForceElection
	if m.params.LowerPrioNoAdvert {
		code = LogLowerUnanswered
	}
	m.do(Log{Code: code, From: ad.From, Theirs: ad.Priority, Ours: m.priority})
	if !m.params.LowerPrioNoAdvert {
		m.sendAdvert(now)
	}
	m.announceAgain(now)
	m.do(MasterRxLowerPri{Priority: m.priority})
}

// beatenBy says whether another master is the better one. Equal priorities are decided by
// the numerically higher address.
func (m *Machine) beatenBy(ad Advert) bool {
	if ad.Priority != m.priority {
		return ad.Priority > m.priority
	}
	return m.facts.Source.Less(ad.From)
}

// yield leaves the mastership to a better router, without priority 0: it is there already.
func (m *Machine) yield(now time.Time, ad Advert) {
	if m.params.HigherPrioSendAdvert {
		m.do(m.advert)
	}
	code := LogYieldHigher
	if ad.Priority == m.priority {
		code = LogYieldAddress
	}
	m.do(Log{Code: code, From: ad.From, Theirs: ad.Priority, Ours: m.priority})
	m.learn(ad.Interval)
	m.master, m.theirs = ad.From, ad.Priority
	m.becomeBackup(now, false)
	m.place.follows = true
}

// defend answers another master: an advert tells it of ours, and announcements undo what
// its own have done to switches and neighbours. keepalived announces after a lower priority
// only; a master that just left with priority 0 has done the same harm.
func (m *Machine) defend(now time.Time) {
	m.sendAdvert(now)
	m.announceAgain(now)
}

// sendAdvert sends an advert out of turn; the next one follows a whole interval later.
func (m *Machine) sendAdvert(now time.Time) {
	m.do(m.advert)
	m.timers.advert = now.Add(m.interval)
}

// warnTwoOwners reports a second address owner once until it falls silent. As keepalived
// 2.4: the ordinary rules decide between the two.
func (m *Machine) warnTwoOwners(now time.Time, ad Advert) {
	if !m.params.owner() || ad.Priority != 255 {
		return
	}
	if m.timers.rogue.IsZero() {
		m.do(Log{Code: LogTwoOwners, From: ad.From})
	}
	m.timers.rogue = now.Add(m.interval * 11 / 5) // 2.2 intervals, measured on keepalived 2.4.3
}
