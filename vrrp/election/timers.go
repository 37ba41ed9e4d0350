// SPDX-License-Identifier: Apache-2.0

package election

import "time"

// timers are the deadlines of a Machine; zero means not running. A change of state stops
// all of them, and each become function starts those of its state.
type timers struct {
	begin time.Time // Init: the delayed start of an owner
	down  time.Time // Backup: the master counts as dead (Active_Down_Timer)

	advert  time.Time // Master: next advert (Adver_Timer)
	second  time.Time // Master: second set of announcements after the take-over
	lower   time.Time // Master: second set after an advert of another master
	refresh time.Time // Master: next periodic set
	rogue   time.Time // Master: the other address owner counts as gone
}

// earliest returns the first deadline, zero if none runs.
func (t *timers) earliest() time.Time {
	first := t.down
	for _, d := range [...]time.Time{t.begin, t.advert, t.second, t.lower, t.refresh, t.rogue} {
		if first.IsZero() || !d.IsZero() && d.Before(first) {
			first = d
		}
	}
	return first
}

// due says whether a deadline runs and has come.
func due(deadline, now time.Time) bool {
	return !deadline.IsZero() && !now.Before(deadline)
}

// expire stops a one-shot timer that is due and says so.
func expire(deadline *time.Time, now time.Time) bool {
	if !due(*deadline, now) {
		return false
	}
	*deadline = time.Time{}
	return true
}

// after returns the deadline d from now, and zero for no d.
func after(now time.Time, d time.Duration) time.Time {
	if d <= 0 {
		return time.Time{}
	}
	return now.Add(d)
}

// following returns the deadline that follows one which was served now. It counts from the
// deadline, so that late service does not add up; after a whole period was missed it counts
// from now, so that no burst makes up for it.
func following(deadline, now time.Time, period time.Duration) time.Time {
	if next := deadline.Add(period); next.After(now) {
		return next
	}
	return now.Add(period)
}

// skew is Skew_Time: the better the priority, the shorter. VRRPv2 measures it in parts of a
// second (RFC 3768 section 6.1), VRRPv3 in parts of the master's interval (RFC 9568 section 6.1).
func (m *Machine) skew() time.Duration { return m.skewOf(m.priority) }

func (m *Machine) skewOf(priority uint8) time.Duration {
	unit := time.Second
	if m.params.Version == 3 {
		unit = m.interval
	}
	return time.Duration(256-int(priority)) * unit / 256
}

// masterDown is Active_Down_Interval: how long a backup waits for an advert.
func (m *Machine) masterDown() time.Duration {
	return time.Duration(m.params.DownTimerAdverts)*m.interval + m.skew()
}

// shiftDown changes the time that a Backup still waits by as much as its master-down time
// has changed, which was before.
func (m *Machine) shiftDown(before time.Duration) {
	if m.state == Backup {
		m.timers.down = m.timers.down.Add(m.masterDown() - before)
	}
}

// learn takes the interval of a VRRPv3 master over. An interval of zero says nothing.
func (m *Machine) learn(interval time.Duration) {
	if m.params.Version != 3 || interval <= 0 {
		return
	}
	if interval != m.interval {
		m.do(Log{Code: LogIntervalLearned, Was: m.interval, Now: interval})
	}
	m.interval, m.learned = interval, true
}

// useOwnInterval forgets what another router announced.
func (m *Machine) useOwnInterval() {
	m.interval, m.learned = m.params.AdvertInt, false
}
