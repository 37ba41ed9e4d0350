// SPDX-License-Identifier: Apache-2.0

package watchdog

import "time"

// beat asks all children whether their loops go round. Only when all that were asked before
// have answered the service manager is told that the daemon is alive: a process that exists
// but does not work must not look well. One that is to be started again is looked after.
func (s *supervisor) beat(now time.Time) {
	s.beatAt = now.Add(s.Beat)
	alive := true
	for _, r := range s.order {
		m := s.members[r]
		switch {
		case m.proc == nil:
		case m.pinged:
			alive = false
		default:
			m.pinged = m.proc.Send(Message{Kind: Ping}) == nil
			alive = alive && m.pinged
		}
	}
	if alive {
		s.Alive()
	}
}
