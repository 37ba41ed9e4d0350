// SPDX-License-Identifier: Apache-2.0

package election

import "time"

// spacing lets something happen rarely, and the more rarely the longer it is asked for: two
// hosts that both insist on an address must not keep a network busy.
type spacing struct {
	next  time.Time // not before
	pause time.Duration
}

const (
	rivalPause    = time.Second // after the first answer; twice as long after each further one
	rivalPauseMax = time.Minute
)

// allow says whether it may happen now, and if so counts it.
func (s *spacing) allow(now time.Time) bool {
	if now.Before(s.next) {
		return false
	}
	if s.pause == 0 || now.Sub(s.next) > s.pause {
		s.pause = rivalPause // it was quiet for long
	} else {
		s.pause = min(2*s.pause, rivalPauseMax)
	}
	s.next = now.Add(s.pause)
	return true
}

// answerRival announces again because another master is or was there. Beyond keepalived,
// which learns that from adverts only: switches and neighbours would follow the other one
// until their entries expire.
func (m *Machine) answerRival(now time.Time, why Log) {
	if m.state != Master || !m.rivals.allow(now) {
		return
	}
	m.do(why)
	if why.Code == LogRival && !m.params.LowerPrioNoAdvert {
		m.sendAdvert(now)
	}
	m.announce(m.params.Announce.LowerRepeat)
}

// answerOwnLateness treats an advert that was later than the best of the neighbours waits as
// evidence that it took over meanwhile.
func (m *Machine) answerOwnLateness(now time.Time, late time.Duration) {
	if late >= time.Duration(m.params.DownTimerAdverts-1)*m.interval+m.skewOf(254) {
		m.answerRival(now, Log{Code: LogLate, Was: late})
	}
}
