// SPDX-License-Identifier: Apache-2.0

package election

import "time"

// losses remembers how often a master could not hold its addresses lately.
type losses struct {
	last  time.Time
	wait  time.Duration // for how long after the last loss another router may be master
	until time.Time     // that long
}

const (
	lossForget  = time.Minute     // a mastership of this length makes earlier losses forgotten
	lossWaitMax = 5 * time.Minute // no longer than this
)

// add counts a loss. Most are an accident of the moment, so the first one changes nothing.
// When the next one follows soon, something is wrong here that time must heal, and another
// router that takes over may stay: for two master-down times, then four, and so on.
func (l *losses) add(now time.Time, masterDown time.Duration) {
	switch {
	case l.last.IsZero() || now.Sub(l.last) > lossForget+l.wait:
		l.wait = 0
	case l.wait == 0:
		l.wait = 2 * masterDown
	default:
		l.wait = min(2*l.wait, lossWaitMax)
	}
	l.last, l.until = now, now.Add(l.wait)
}

// stepDown leaves the mastership because an address, route or rule is lost. As keepalived it
// waits for its skew only; after several losses for a whole master-down time, so that the
// others are first.
func (m *Machine) stepDown(now time.Time) {
	if m.state != Master {
		return
	}
	m.do(SendAdvert{Priority: 0})
	m.transit(Backup, false)
	wait := m.skew()
	if m.losses.add(now, m.masterDown()); m.losses.wait > 0 {
		wait = m.masterDown()
	}
	m.timers.down = now.Add(wait)
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
