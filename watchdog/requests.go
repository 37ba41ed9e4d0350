// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// request does what an operator asked for.
func (s *supervisor) request(r Request) {
	switch {
	case s.phase == Stopping:
		// Too late for anything.
	case r == RequestDump:
		s.dump()
	case r.view() != "":
		s.show(VRRP, r.view())
	case s.phase == Running:
		s.reload()
	default:
		s.queued = true
	}
}

// reload reads the files in a helper: the children are looked after meanwhile.
func (s *supervisor) reload() {
	s.become(Reloading)
	s.reloads.begin(time.Now())
	s.waiting[""] = true // the files
	s.group.Go(func() error {
		plan, err := s.load()
		s.emit(loaded{plan, err})
		return nil
	})
}

// load is called by the helper.
func (s *supervisor) load() (Plan, error) {
	if s.Validate != nil {
		if err := s.Validate(); err != nil {
			return Plan{}, err
		}
	}
	s.Log.Info(lineReload)
	return s.Load()
}

// apply takes the outcome of reading the files.
func (e loaded) apply(s *supervisor) {
	delete(s.waiting, "")
	if s.phase == Stopping {
		return
	}
	if e.err != nil {
		s.Log.Error("Reload refused, the running configuration stays: " + e.err.Error())
		s.reloaded(e.err)
		s.run()
		return
	}
	s.plan = e.plan
	s.limit = time.Now().Add(s.ReplyTimeout)
	s.spread()
	s.cover(s.plan.Roles)
	s.settle()
}

// spread sends the new configuration to the children that run. Those that are no longer
// needed get it too: as in keepalived they go on with nothing to do.
func (s *supervisor) spread() {
	for _, r := range s.order {
		m := s.members[r]
		if m.proc == nil {
			continue
		}
		if err := m.proc.Send(Message{Kind: Reload, Payload: s.plan.For(r)}); err != nil {
			err = fmt.Errorf("reload the %s process: %w", r, err)
			s.warn(err)
			s.reloads.problem(err.Error())
			continue
		}
		s.waiting[r] = true
	}
}

// giveUpWaiting ends a reload that a child does not answer.
func (s *supervisor) giveUpWaiting() {
	for _, r := range s.order {
		if s.waiting[r] {
			text := fmt.Sprintf("%s process did not answer the reload", r)
			s.Log.Error(text)
			s.reloads.problem(text)
			delete(s.waiting, r)
		}
	}
	s.settle()
}

// stop begins the end: all children at once, so the slowest decides how long it takes.
func (s *supervisor) stop(result error) {
	s.Log.Info(lineStopping)
	s.result = result
	s.become(Stopping)
	s.reloads.abandon()
	now := time.Now()
	s.beatAt = time.Time{} // the service manager has its own limit for the stop
	s.limit, s.last = time.Time{}, now.Add(stopLimit*s.patience())
	for _, r := range s.order {
		m := s.members[r]
		switch {
		case m.proc != nil:
			m.limit = now.Add(s.patience())
			s.warn(m.proc.Send(Message{Kind: Stop}))
		case !m.due.IsZero():
			m.due = time.Time{}
			s.orphan(m, 0)
		}
	}
}

// stopLimit bounds, in StopTimeouts, the stop of a child that makes progress.
const stopLimit = 12

// patience is how long a stop waits for a child that says nothing.
func (s *supervisor) patience() time.Duration { return cmp.Or(s.plan.StopTimeout, s.StopTimeout) }

// extend gives a child that makes progress more time to stop: killed in the middle of it, it
// leaves behind what it had still to take away.
func (s *supervisor) extend(m *member) {
	if m.limit.IsZero() {
		return
	}
	if m.limit = time.Now().Add(s.patience()); m.limit.After(s.last) {
		m.limit = s.last
	}
}

// kill ends a child that did not stop.
func (s *supervisor) kill(m *member) {
	m.limit = time.Time{}
	s.Log.Error(lineForced(m.role))
	s.warn(m.proc.Kill())
}

// dump asks all children for their state and tells the parent's own.
func (s *supervisor) dump() {
	s.shown("", ViewData, s.describe())
	for _, r := range s.order {
		s.show(r, ViewData)
	}
}

// show asks a child, if it runs, to describe its state.
func (s *supervisor) show(r Role, v View) {
	if m := s.members[r]; m != nil && m.proc != nil {
		s.warn(m.proc.Send(Message{Kind: Dump, View: v}))
	}
}

func (s *supervisor) shown(r Role, v View, text string) {
	if s.Dumped != nil {
		s.Dumped(Dumped{r, v, s.plan, text})
	}
}

// dumped takes the answer of a child.
func (s *supervisor) dumped(r Role, m Message) {
	if m.Error != "" {
		s.Log.Error(fmt.Sprintf("dump of the %s process: %s", r, m.Error))
		return
	}
	s.shown(r, m.View, string(m.Payload))
}

// describe is the parent's part of a dump.
func (s *supervisor) describe() string {
	var b strings.Builder
	fmt.Fprintf(&b, "------< Processes >------\n Phase = %s\n", s.phase)
	for _, r := range s.order {
		m := s.members[r]
		fmt.Fprintf(&b, " %s process\n", r.Label())
		if m.proc == nil {
			fmt.Fprintf(&b, "   Not running, restart at = %s\n", m.due.Format(time.RFC3339))
		} else {
			fmt.Fprintf(&b, "   Pid = %d\n   Started = %s\n", m.proc.PID(), m.started.Format(time.RFC3339))
		}
		fmt.Fprintf(&b, "   Short runs in a row = %d\n", m.failures)
	}
	return b.String()
}
