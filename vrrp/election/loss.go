// SPDX-License-Identifier: Apache-2.0

package election

import "time"

// losses remembers how long a master that could not hold its addresses stays away.
type losses struct {
	last time.Time
	wait time.Duration // after the last loss
}

const (
	lossForget  = time.Minute     // a mastership of this length makes earlier losses forgotten
	lossWaitMax = 5 * time.Minute // no longer than this
)

// next is the wait after a loss now: the skew at first, as keepalived, since most losses are
// an accident of the moment. When the next loss follows soon, something is wrong here that
// time must heal, and the other routers get their turn: a whole master-down time, then twice
// that, and so on.
func (l *losses) next(now time.Time, skew, masterDown time.Duration) time.Duration {
	switch {
	case l.last.IsZero() || now.Sub(l.last) > lossForget+l.wait:
		l.wait = skew
	case l.wait < masterDown:
		l.wait = masterDown
	default:
		l.wait = min(2*l.wait, lossWaitMax)
	}
	l.last = now
	return l.wait
}

// stepDown leaves the mastership because an address, route or rule is lost.
func (m *Machine) stepDown(now time.Time) {
	if m.state != Master {
		return
	}
	m.do(SendAdvert{Priority: 0})
	m.transit(Backup, false)
	m.timers.down = now.Add(m.losses.next(now, m.skew(), m.masterDown()))
	m.do(Log{Code: LogSentZero})
	m.do(RemoveAddresses{})
}

// giveUpAfterSleep ends the mastership of a process that slept for so long that the best of
// the other routers must be master by now (timer_expired_backup). It comes before whatever
// else happens: that router's adverts are not to be answered.
func (m *Machine) giveUpAfterSleep(now time.Time) {
	other := m.params.TimerExpiredBackup
	if m.state != Master || other == 0 {
		return
	}
	silent := now.Sub(m.timers.advert.Add(-m.interval))
	over := silent - time.Duration(m.params.DownTimerAdverts)*m.interval - m.skewOf(other)
	if over <= 0 {
		return
	}
	m.do(Log{Code: LogTimerExpired, Was: over})
	m.becomeBackup(now, false)
}
