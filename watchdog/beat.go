// SPDX-License-Identifier: Apache-2.0

package watchdog

import "time"

// How long the loop of a child may be silent: hangLimit, or two beats where the service
// manager waits for less, so that there is time to replace a child; never less than hangLeast,
// which a busy machine may take.
const (
	hangLimit = 12 * time.Second
	hangLeast = 3 * time.Second
)

func (s *supervisor) hangLimit() time.Duration {
	return min(hangLimit, max(2*s.Beat, hangLeast))
}

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
			// A reload has its own limit, after which a child must answer again.
			alive = alive && s.phase == Reloading
			s.replace(m, now)
		default:
			m.pinged, m.pingedAt = true, now
			alive = m.proc.Send(Message{Kind: Ping}) == nil && alive
		}
	}
	if alive {
		s.Alive()
	}
}

// replace ends a child that has been silent for too long. One that is not up yet may have much
// to adopt.
func (s *supervisor) replace(m *member, now time.Time) {
	if !m.up || s.NoRespawn || s.phase != Running || now.Sub(m.pingedAt) < s.hangLimit() {
		return
	}
	s.alert(lineHangs(m.role, m.proc.PID(), now.Sub(m.pingedAt)))
	s.warn(m.proc.Kill())
}

// reloadOver lets the time of children that have not answered begin anew: until now the reload
// may have been what they were busy with.
func (s *supervisor) reloadOver(now time.Time) {
	for _, m := range s.members {
		m.pingedAt = now
	}
}
