// SPDX-License-Identifier: Apache-2.0

package election

import (
	"fmt"
	"time"
)

// legal says whether the election may go from one state to another. The picture in the
// package comment shows the same edges.
func legal(from, to State) bool {
	switch from {
	case Init:
		return to != Init && to <= Deleted
	case Backup:
		return to == Master || to == FaultState || to == Stopped || to == Deleted
	case Master:
		return to == Backup || to == FaultState || to == Stopped || to == Deleted
	case FaultState:
		return to == Backup || to == Stopped || to == Deleted
	case Stopped, Deleted:
		return false
	}
	return false
}

// become is the only writer of the state.
func (m *Machine) become(to State) {
	if !legal(m.state, to) {
		panic(fmt.Sprintf("vrrp: %s: no way from %s to %s", m.params.Name, m.state, to))
	}
	m.state = to
	m.timers = timers{}
	m.preempt, m.answers = time.Time{}, answers{}
	m.place.wants, m.place.follows, m.place.ready = false, false, false
}

// transit is become with a report.
func (m *Machine) transit(to State, atStart bool) {
	from := m.state
	m.become(to)
	m.do(Transition{From: from, To: to, Priority: m.priority, AtStart: atStart})
}

// becomeMaster takes over: the advert goes first since it stops the neighbours' timers.
func (m *Machine) becomeMaster(now time.Time, atStart bool) {
	was := m.interval
	m.useOwnInterval()
	m.do(m.advert)
	m.transit(Master, atStart)
	if was != m.interval {
		m.do(Log{Code: LogIntervalOwn, Was: was, Now: m.interval})
	}
	m.reign(now)
}

// reign starts what a master does from its first moment on, after its first advert.
func (m *Machine) reign(now time.Time) {
	m.master, m.theirs = noAddr, 0
	m.timers.advert = now.Add(m.interval)
	m.do(AddAddresses{})
	m.announceTakeover(now)
}

// becomeBackup listens for a whole master-down time, which a delayed start puts off.
func (m *Machine) becomeBackup(now time.Time, atStart bool) {
	from := m.state
	m.transit(Backup, atStart)
	m.timers.down = m.listenFrom(now).Add(m.masterDown())
	if from == Master {
		m.do(RemoveAddresses{})
	}
}

// listenFrom is when the election begins for a router that would listen now.
func (m *Machine) listenFrom(now time.Time) time.Time {
	if now.Before(m.hold) {
		return m.hold
	}
	return now
}

// becomeFault leaves the election. A master says so twice, as keepalived: one advert may be
// lost, and without it the neighbours wait for the whole master-down time. One that only
// its sync group drags along says so once, without a line.
func (m *Machine) becomeFault(atStart bool) {
	if m.state != Master {
		m.transit(FaultState, atStart)
		if atStart {
			m.do(RemoveAddresses{}) // an earlier process may have left them
		}
		return
	}
	dragged := m.facts.Faults == FaultGroup
	m.do(SendAdvert{Priority: 0})
	if !dragged {
		m.do(SendAdvert{Priority: 0})
	}
	m.transit(FaultState, atStart)
	if !dragged {
		m.do(Log{Code: LogSentZero})
	}
	m.do(RemoveAddresses{})
}

// becomeEnded ends the instance for good.
func (m *Machine) becomeEnded(to State) {
	if m.state == Master {
		m.do(SendAdvert{Priority: 0})
		m.do(Log{Code: LogSentZero})
		m.do(RemoveAddresses{})
	}
	m.transit(to, false)
}

// resumeMaster goes on where an earlier process was cut off: neighbours and clients are to
// notice nothing.
func (m *Machine) resumeMaster(now time.Time) {
	m.become(Master)
	if m.facts.Faults != 0 {
		m.becomeFault(true)
		return
	}
	m.updatePriority(LogPriorityChanged)
	m.do(m.advert)
	m.reign(now)
}

// resumeBackup goes on with the interval that the earlier process had learned.
func (m *Machine) resumeBackup(now time.Time, interval time.Duration) {
	m.become(Backup)
	m.do(RemoveAddresses{})
	if m.params.Version == 3 && interval > 0 {
		m.interval, m.learned = interval, true
	}
	m.timers.down = now.Add(m.masterDown())
	m.stayOrFault()
}

// resumeFault stays in Fault without a report while the reasons last.
func (m *Machine) resumeFault(now time.Time) {
	m.become(FaultState)
	m.do(RemoveAddresses{})
	m.leaveFault(now)
}
