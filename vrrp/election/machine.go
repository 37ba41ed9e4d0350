// SPDX-License-Identifier: Apache-2.0

package election

import (
	"net/netip"
	"time"
)

// Machine is the election of one virtual router, as a pure state machine: the same events
// at the same times give the same actions. It is not safe for concurrent use.
type Machine struct {
	params  Params
	facts   Facts
	state   State
	started bool
	hold    time.Time // of a delayed start: until then no election; zero: not delayed

	priority uint8         // effective
	interval time.Duration // between the adverts of whoever is master
	learned  bool          // interval comes from another router (VRRPv3)
	master   netip.Addr    // the last other master heard; zero: none
	theirs   uint8         // its priority

	timers  timers
	preempt time.Time // end of the preempt delay; zero: it has not begun
	answers answers
	losses  losses
	rivals  spacing
	place   place

	out    []Action
	advert Action // SendAdvert of the present priority, boxed once
}

// NewMachine returns a Machine in Init. It does nothing before Start.
func NewMachine(p Params) *Machine {
	m := &Machine{params: p, interval: p.AdvertInt}
	m.setPriority(p.Priority)
	return m
}

// State returns the state of the election.
func (m *Machine) State() State { return m.state }

// Priority returns the effective priority.
func (m *Machine) Priority() uint8 { return m.priority }

// Interval returns the time between two adverts of the master: our own one's while we are
// it, else the one that a VRRPv3 master announced.
func (m *Machine) Interval() time.Duration { return m.interval }

// MasterDown is how long a Backup waits for an advert.
func (m *Machine) MasterDown() time.Duration { return m.masterDown() }

// Heard returns address and priority of the master that was heard last; none while we are it.
func (m *Machine) Heard() (from netip.Addr, priority uint8) { return m.master, m.theirs }

// Deadline returns when the next Wake is due. Zero means never. After a Wake it lies in the
// future, or a shell that serves what is due would never come to an end.
func (m *Machine) Deadline() time.Time { return m.timers.earliest() }

// Step takes one event and returns what is to be done about it. The slice is valid until
// the next Step. Times must not go backwards.
func (m *Machine) Step(now time.Time, ev Event) []Action {
	m.out = m.out[:0]
	m.event(now, ev)
	return m.out
}

func (m *Machine) event(now time.Time, ev Event) {
	if m.ended() {
		return
	}
	m.giveUpAfterSleep(now)
	switch ev := ev.(type) {
	case Start:
		m.start(now, ev)
	case Wake:
		m.wake(now)
	case Advert:
		m.receive(now, ev)
	case *Advert:
		m.receive(now, *ev)
	case Facts:
		m.setFacts(now, ev)
	case Reconfigure:
		m.reconfigure(now, ev.Params)
	case Lost:
		m.stepDown(now)
	case Rival:
		m.answerRival(now, Log{Code: LogRival, What: ev.What})
	case Stop:
		m.becomeEnded(Stopped)
	case Delete:
		m.becomeEnded(Deleted)
	}
}

// ended says that nothing can happen any more.
func (m *Machine) ended() bool { return m.state == Stopped || m.state == Deleted }

func (m *Machine) start(now time.Time, ev Start) {
	if m.started {
		return
	}
	m.started = true
	switch ev.Resume {
	case Master:
		m.resumeMaster(now)
	case Backup:
		m.resumeBackup(now, ev.Interval)
	case FaultState:
		m.resumeFault(now)
	case Init, Stopped, Deleted:
		m.hold = after(now, ev.Delay)
		if m.facts.Faults == 0 {
			m.do(RemoveAddresses{}) // an earlier process may have left them
		}
		if !m.place.grouped {
			m.leaveInit(now, true)
		}
	}
}

func (m *Machine) wake(now time.Time) {
	switch m.state {
	case Backup:
		m.wakeBackup(now)
	case Master:
		m.wakeMaster(now)
	case Init:
		if expire(&m.timers.begin, now) {
			m.leaveInit(now, true)
		}
	case FaultState, Stopped, Deleted:
		// They wait for facts, not for time.
	}
}

func (m *Machine) receive(now time.Time, ad Advert) {
	if now.Before(m.hold) {
		return // the start is delayed
	}
	ad.From = ad.From.WithZone("")
	switch m.state {
	case Backup:
		m.hearAsBackup(now, ad)
	case Master:
		m.hearAsMaster(now, ad)
	case Init, FaultState, Stopped, Deleted:
		// No part in the election.
	}
}

func (m *Machine) setFacts(now time.Time, f Facts) {
	f.Source = f.Source.WithZone("")
	m.facts = f
	if !m.started {
		return
	}
	switch m.state {
	case Init:
		m.leaveInit(now, false)
	case FaultState:
		m.leaveFault(now)
	case Backup, Master:
		m.stayOrFault()
	case Stopped, Deleted:
	}
}

// leaveInit goes where the facts say, or stays in Init while they say nothing yet.
func (m *Machine) leaveInit(now time.Time, atStart bool) {
	if m.facts.Faults != 0 {
		m.becomeFault(atStart)
		return
	}
	m.updatePriority(LogPriorityChanged)
	switch {
	case m.facts.Undecided:
	case !m.params.owner() || m.place.waits:
		m.becomeBackup(now, atStart)
	case now.Before(m.hold):
		m.timers.begin = m.hold // an owner needs nobody's silence, so it just waits
	case atStart:
		m.do(Log{Code: LogTimeout}) // as keepalived, though nothing was waited for
		m.becomeMaster(now, atStart)
	default:
		m.becomeMaster(now, atStart)
	}
}

// leaveFault goes to Backup when nothing is wrong any more, even for an address owner: as
// keepalived, it listens for a whole master-down time first.
func (m *Machine) leaveFault(now time.Time) {
	if m.facts.Faults != 0 || m.facts.Undecided {
		return
	}
	m.updatePriority(LogPrioritySet)
	m.useOwnInterval()
	m.becomeBackup(now, false)
	if m.params.Unicast {
		m.do(AnnounceSource{}) // the peers may have forgotten who has it
	}
}

// stayOrFault judges new facts of an instance that takes part in the election. An undecided
// script does not end it: only a result does.
func (m *Machine) stayOrFault() {
	if m.facts.Faults != 0 {
		m.becomeFault(false)
		return
	}
	before := m.masterDown()
	m.updatePriority(LogPriorityChanged)
	m.shiftDown(before)
}

// reconfigure takes new parameters over. What is equal changes nothing, not even a timer.
func (m *Machine) reconfigure(now time.Time, p Params) {
	if p == m.params {
		return
	}
	old, before := m.params, m.masterDown()
	m.params = p
	if !m.learned || p.Version != 3 {
		m.useOwnInterval()
	}
	switch m.state {
	case Backup:
		m.rebase(old.Priority)
		m.shiftDown(before)
	case Master:
		m.rebase(old.Priority)
		m.sendAdvert(now)
		m.rearmRefresh(now, old.Announce)
	case Init, FaultState, Stopped, Deleted:
		// The priority is computed when they are left.
	}
}

// do adds an action to the answer of this Step.
func (m *Machine) do(a Action) { m.out = append(m.out, a) }
