// SPDX-License-Identifier: Apache-2.0

package track

import "time"

// Quorum says whether enough processes run, and not too many.
type Quorum struct {
	Min       int
	Max       int           // -1: no limit; 0: none may run, whatever Min says
	ForkDelay time.Duration // before a fork that changes it counts
	ExitDelay time.Duration // before an exit that changes it counts
}

// reached says whether n processes are right.
func (q *Quorum) reached(n int) bool {
	if q.Max == 0 {
		return n == 0
	}
	return n >= q.Min && (q.Max < 0 || n <= q.Max)
}

// QuorumState follows the number of processes of one tracker.
type QuorumState struct {
	cfg   Quorum
	count int
	up    bool
	due   time.Time // when a change that waits is believed; zero: none waits
}

// Cause is why the number of processes changed.
type Cause uint8

// The causes.
const (
	Executed Cause = iota // a process got another program or name: nothing is delayed
	Forked
	Exited
)

// NewQuorumState starts with the processes of now.
func NewQuorumState(q Quorum, count int) QuorumState {
	return QuorumState{cfg: q, count: count, up: q.reached(count)}
}

// Up says whether the quorum is reached.
func (s *QuorumState) Up() Up { return Up(s.up) }

// Count is the number of processes.
func (s *QuorumState) Count() int { return s.count }

// Deadline is when Wake has to be called; zero: not at all.
func (s *QuorumState) Deadline() time.Time { return s.due }

// Set takes the number of processes and says whether Up changed.
func (s *QuorumState) Set(now time.Time, count int, why Cause) (changed bool) {
	s.count = count
	if s.cfg.reached(count) == s.up {
		s.due = time.Time{}
		return false
	}
	if d := s.delay(why); d > 0 {
		if s.due.IsZero() {
			s.due = now.Add(d)
		}
		return false
	}
	return s.turn()
}

// Wake believes a change that has waited long enough, and says whether there was one.
func (s *QuorumState) Wake(now time.Time) (changed bool) {
	if s.due.IsZero() || now.Before(s.due) {
		return false
	}
	return s.turn()
}

func (s *QuorumState) turn() bool {
	s.up, s.due = !s.up, time.Time{}
	return true
}

func (s *QuorumState) delay(why Cause) time.Duration {
	switch why {
	case Forked:
		return s.cfg.ForkDelay
	case Exited:
		return s.cfg.ExitDelay
	case Executed:
	}
	return 0
}
