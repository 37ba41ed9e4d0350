// SPDX-License-Identifier: Apache-2.0

package watchdog

import "time"

// hangLimit is how long the loop of a child may be silent. It leaves the service manager's
// usual 30 s time for one child to be replaced.
const hangLimit = 12 * time.Second

// beat asks all children whether their loops go round. Only when all that were asked before
// have answered the service manager is told that the daemon is alive: a process that exists
// but does not work must not look well. One that is to be started again is looked after, and
// one that stays silent is ended for that: its successor adopts, and the others go on.
func (s *supervisor) beat(now time.Time) {
	s.beatAt = now.Add(s.Beat)
	alive := true
	for _, r := range s.order {
		m := s.members[r]
		switch {
		case m.proc == nil:
		case m.pinged:
			alive = false
			s.replace(m, now)
		default:
			m.pinged, m.pingedAt = m.proc.Send(Message{Kind: Ping}) == nil, now
			alive = alive && m.pinged
		}
	}
	if alive {
		s.Alive()
	}
}

// replace ends a child that has been silent for too long. A reload has its own limit, and a
// child that is not up yet may have much to adopt.
func (s *supervisor) replace(m *member, now time.Time) {
	if !m.up || s.NoRespawn || s.phase != Running || now.Sub(m.pingedAt) < hangLimit {
		return
	}
	s.alert(lineHangs(m.role, m.proc.PID(), now.Sub(m.pingedAt)))
	s.warn(m.proc.Kill())
}
