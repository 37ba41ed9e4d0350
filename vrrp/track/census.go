// SPDX-License-Identifier: Apache-2.0

package track

import (
	"slices"
	"time"
)

// ProcessTracker is one vrrp_track_process.
type ProcessTracker struct {
	Name   string
	Match  ProcessMatch
	Quorum Quorum
}

// Census knows which processes count for which trackers. Only those that count for one are
// kept, so that all others of the machine cost nothing here.
type Census struct {
	trackers []ProcessTracker
	states   []QuorumState
	members  map[int][]int // by process: indexes of trackers, in order
	counts   []int
	command  bool // a tracker needs the command line
}

// NewCensus starts without processes.
func NewCensus(trackers []ProcessTracker) *Census {
	c := &Census{trackers: trackers, members: map[int][]int{}, counts: make([]int, len(trackers))}
	for _, t := range trackers {
		c.states = append(c.states, NewQuorumState(t.Quorum, 0))
		c.command = c.command || t.Match.NeedsCommand()
	}
	return c
}

// NeedsCommand says whether Seen wants to know command lines.
func (c *Census) NeedsCommand() bool { return c.command }

// Ups gives the state of each tracker by name.
func (c *Census) Ups() map[string]Up {
	ups := map[string]Up{}
	for i, t := range c.trackers {
		ups[t.Name] = c.states[i].Up()
	}
	return ups
}

// Counts says whether the process counts for a tracker.
func (c *Census) Counts(pid int) bool { return len(c.members[pid]) > 0 }

// PIDs lists the processes that count.
func (c *Census) PIDs() []int {
	pids := make([]int, 0, len(c.members))
	for pid := range c.members {
		pids = append(pids, pid)
	}
	slices.Sort(pids)
	return pids
}

// Begin takes the first picture as it is, without any delay.
func (c *Census) Begin() {
	for i, t := range c.trackers {
		c.states[i] = NewQuorumState(t.Quorum, c.counts[i])
	}
}

// Match gives the trackers that a process counts for, to be handed to Seen.
func (c *Census) Match(comm string, command []byte) []int {
	var found []int
	for i := range c.trackers {
		if c.trackers[i].Match.Matches(comm, command) {
			found = append(found, i)
		}
	}
	return found
}

// Seen takes what a process is now. It returns the names of the trackers that changed.
func (c *Census) Seen(now time.Time, pid int, matches []int, why Cause) []string {
	return c.put(now, pid, matches, why)
}

// Fork takes a new process, which is what its parent is.
func (c *Census) Fork(now time.Time, parent, child int) []string {
	if !c.Counts(parent) {
		return nil
	}
	return c.put(now, child, c.members[parent], Forked)
}

// Exit takes the end of a process.
func (c *Census) Exit(now time.Time, pid int) []string { return c.put(now, pid, nil, Exited) }

// put makes the process count for the trackers want and no others.
func (c *Census) put(now time.Time, pid int, want []int, why Cause) []string {
	have := c.members[pid]
	if slices.Equal(have, want) {
		return nil
	}
	if len(want) == 0 {
		delete(c.members, pid)
	} else {
		c.members[pid] = want
	}
	var changed []string
	for i := range c.trackers {
		was, is := slices.Contains(have, i), slices.Contains(want, i)
		if was == is {
			continue
		}
		c.counts[i] += one(is)
		if c.states[i].Set(now, c.counts[i], why) {
			changed = append(changed, c.trackers[i].Name)
		}
	}
	return changed
}

func one(more bool) int {
	if more {
		return 1
	}
	return -1
}

// Deadline is when Wake has to be called; zero: not at all.
func (c *Census) Deadline() time.Time {
	var first time.Time
	for i := range c.states {
		if d := c.states[i].Deadline(); !d.IsZero() && (first.IsZero() || d.Before(first)) {
			first = d
		}
	}
	return first
}

// Wake believes the changes that have waited long enough, and names their trackers.
func (c *Census) Wake(now time.Time) []string {
	var changed []string
	for i := range c.states {
		if c.states[i].Wake(now) {
			changed = append(changed, c.trackers[i].Name)
		}
	}
	return changed
}
