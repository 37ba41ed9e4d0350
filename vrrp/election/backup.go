// SPDX-License-Identifier: Apache-2.0

package election

import "time"

// wakeBackup takes over when the master has been silent for the master-down time.
func (m *Machine) wakeBackup(now time.Time) {
	if !due(m.timers.down, now) {
		return
	}
	if !m.place.ready {
		m.do(Log{Code: LogTimeout})
	}
	if m.place.grouped {
		m.place.wants, m.place.follows, m.place.ready = true, false, false
		m.timers.down = now.Add(m.masterDown())
		return
	}
	m.becomeMaster(now, false)
}

// hearAsBackup judges an advert in Backup (RFC 9568 section 6.4.2, as keepalived: an equal
// priority is accepted whatever the address).
func (m *Machine) hearAsBackup(now time.Time, ad Advert) {
	if ad.Priority == 0 {
		m.do(Log{Code: LogBackupZero, From: ad.From})
		m.timers.down = now.Add(m.skew())
		m.place.follows = false
		return
	}
	m.noteMaster(ad)
	if !m.accepts(now, ad.Priority) {
		// The timer runs on: the take-over happens when it was going to happen anyway.
		if m.answers.allow(now, ad.From) {
			m.do(Log{Code: LogDiscardLower, From: ad.From, Theirs: ad.Priority, Ours: m.priority})
		}
		return
	}
	m.learn(ad.Interval)
	m.timers.down = now.Add(m.masterDown())
	m.place.follows, m.place.wants = true, false
	m.delayPreemption(now, ad.Priority)
}

// noteMaster remembers who is master, and says when it is another router than before.
func (m *Machine) noteMaster(ad Advert) {
	m.theirs = ad.Priority
	if ad.From != m.master {
		m.master = ad.From
		m.do(Log{Code: LogMasterSet, From: ad.From})
	}
}

// accepts says whether a router of priority theirs may be master while we are Backup. An
// owner always preempts (RFC 9568 section 6.1).
func (m *Machine) accepts(now time.Time, theirs uint8) bool {
	if theirs >= m.priority || m.params.NoPreempt && !m.params.owner() {
		return true
	}
	if now.Before(m.losses.until) {
		return true // it can hold the addresses, which we could not
	}
	return m.params.PreemptDelay > 0 && !due(m.preempt, now)
}

// delayPreemption counts the preempt delay from the first advert of a lower priority on. An
// advert of a better router ends it.
func (m *Machine) delayPreemption(now time.Time, theirs uint8) {
	switch {
	case theirs >= m.priority:
		m.preempt = time.Time{}
	case m.preempt.IsZero() && m.params.PreemptDelay > 0:
		m.preempt = now.Add(m.params.PreemptDelay)
		m.do(Log{Code: LogPreemptDelay, Was: m.params.PreemptDelay})
	}
}
