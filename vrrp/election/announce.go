// SPDX-License-Identifier: Apache-2.0

package election

import "time"

// announceTakeover sends the first set of announcements and plans the later ones.
func (m *Machine) announceTakeover(now time.Time) {
	a := m.params.Announce
	m.announce(a.Repeat)
	m.timers.second = after(now, a.Delay)
	m.timers.refresh = firstRefresh(now, a)
}

// announceAgain sends a set because another master was heard, and plans a second one. More
// adverts of it move that one: it comes LowerDelay after the last.
func (m *Machine) announceAgain(now time.Time) {
	a := m.params.Announce
	if a.LowerRepeat <= 0 {
		return
	}
	m.announce(a.LowerRepeat)
	m.timers.lower = after(now, a.LowerDelay)
}

// announceDue sends the sets that have come due.
func (m *Machine) announceDue(now time.Time) {
	a := m.params.Announce
	if expire(&m.timers.second, now) {
		m.announce(a.Repeat)
	}
	if expire(&m.timers.lower, now) {
		m.announce(a.LowerRepeat)
	}
	if due(m.timers.refresh, now) {
		m.timers.refresh = following(m.timers.refresh, now, a.Refresh)
		m.announce(a.RefreshRepeat)
	}
}

// announce sends one set of at least one round.
func (m *Machine) announce(rounds int) {
	m.do(Announce{Rounds: max(rounds, 1)})
}

// firstRefresh is a refresh period after the second set, as keepalived 2.4.
func firstRefresh(now time.Time, a AnnounceParams) time.Time {
	if a.Refresh <= 0 {
		return time.Time{}
	}
	return now.Add(a.Delay + a.Refresh)
}

// rearmRefresh follows a changed refresh period of a running master.
func (m *Machine) rearmRefresh(now time.Time, old AnnounceParams) {
	if m.params.Announce.Refresh != old.Refresh {
		m.timers.refresh = after(now, m.params.Announce.Refresh)
	}
}
