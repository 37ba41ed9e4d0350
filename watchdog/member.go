// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"context"
	"strings"
	"time"
)

// member is one child through all its lives.
type member struct {
	role     Role
	proc     Process // nil: not running
	started  time.Time
	ready    bool      // it has been ready at least once
	up       bool      // its present process is ready
	failures int       // short runs in a row
	due      time.Time // when to start it again; zero: not planned
	limit    time.Time // when to kill it, since it does not stop; zero: not planned
	pidFile  *PIDFile

	starts   int    // so far
	lastExit string // how it ended the last time
	pinged   bool   // and it has not answered yet
	pingedAt time.Time
	asked    map[uint64]chan<- answerOf
}

// cover starts those of the roles that have no process. A child that was to wait for its
// restart gets its chance now: the configuration may be what killed it.
func (s *supervisor) cover(roles []Role) {
	var idle []*member
	for _, r := range roles {
		if m := s.member(r); m.proc == nil {
			s.waiting[r] = true
			idle = append(idle, m)
		}
	}
	// Only now: a start that fails must not find the phase over while others are to come.
	for _, m := range idle {
		s.start(m)
	}
}

func (s *supervisor) member(r Role) *member {
	m := s.members[r]
	if m == nil {
		m = &member{role: r, pidFile: s.openPIDFile(r)}
		s.members[r], s.order = m, append(s.order, r)
	}
	return m
}

func (s *supervisor) start(m *member) {
	m.due, m.started = time.Time{}, time.Now()
	proc, err := s.Starter.Start(m.role, s.plan.For(m.role))
	if err != nil {
		s.Log.Error(err.Error())
		s.comeback(m)
		return
	}
	m.proc, m.pinged, m.up = proc, false, false
	m.starts++
	s.Log.Info(lineStarting(m.role, proc.PID()))
	s.lived(Life{Role: m.role, PID: proc.PID(), Starts: m.starts})
	if m.pidFile != nil {
		s.warn(m.pidFile.Write(proc.PID()))
	}
	s.group.Go(func() error { s.watch(m, proc); return nil })
}

// watch is the helper of one process: it reads its messages until its end. Reading and
// waiting in one goroutine keeps the order, so what a child said before it died counts.
func (s *supervisor) watch(m *member, proc Process) {
	for {
		msg, err := proc.Receive()
		if err != nil {
			break
		}
		s.emit(said{m, proc, msg})
	}
	s.emit(ended{m, proc, proc.Wait()})
}

// apply takes a child's message.
func (e said) apply(s *supervisor) {
	switch e.msg.Kind {
	case Ready:
		e.m.ready, e.m.up = true, true
		s.answered(e.m)
	case Reloaded:
		if e.msg.Error != "" {
			text := "reload of the " + string(e.m.role) + " process: " + e.msg.Error
			s.Log.Error(text)
			s.reloads.problem(text)
		}
		s.answered(e.m)
	case Dump:
		s.dumped(e.m.role, e.msg)
	case Ask:
		e.m.answer(e.msg)
	case News:
		if s.Told != nil {
			s.Told(e.m.role, e.msg.Note)
		}
	case Ping:
		e.m.pinged = false
	case Progress:
		s.extend(e.m)
	case Reload, Stop:
		// The parent says these, no child does.
	}
}

func (s *supervisor) answered(m *member) {
	delete(s.waiting, m.role)
	s.settle()
}

// apply takes a child's end.
func (e ended) apply(s *supervisor) {
	m, pid := e.m, e.proc.PID()
	m.proc, m.limit, m.up = nil, time.Time{}, false
	m.lastExit = e.exit.String()
	m.unanswered()
	s.lived(Life{Role: m.role, PID: pid, Starts: m.starts, Ended: m.lastExit})
	if s.phase == Stopping {
		if e.exit != (Exit{}) {
			s.orphan(m, 0)
		}
		return
	}
	// Only at the start of the daemon: later a child that cannot start must not take
	// the others down.
	if e.exit.permanent() && !m.ready && s.phase == Starting {
		s.Log.Error(linePermanent(pid, e.exit.Code))
		s.stop(&ExitError{Role: m.role, Code: e.exit.Code})
		return
	}
	s.mourn(m.role, pid, e.exit)
	if s.NoRespawn {
		s.orphan(m, 0)
		s.stop(nil)
		return
	}
	s.comeback(m)
}

// orphan lets the owner look after what a child left behind. One that never was ready has
// left nothing.
func (s *supervisor) orphan(m *member, delay time.Duration) {
	if s.Orphan != nil && m.ready {
		s.Orphan(Orphan{Role: m.role, Plan: s.plan, Delay: delay})
	}
}

// mourn logs a child's death.
func (s *supervisor) mourn(r Role, pid int, e Exit) {
	if line := lineExit(pid, e); line != "" {
		s.alert(line)
	}
	for line := range strings.Lines(e.Trace) {
		s.Log.Error("  " + strings.TrimRight(line, "\n"))
	}
	s.alert(lineDied(r, pid, !s.NoRespawn))
}

func (s *supervisor) alert(line string) {
	s.Log.Log(context.Background(), LevelAlert, line)
}

// comeback plans the restart of a child that ended or did not start.
func (s *supervisor) comeback(m *member) {
	now := time.Now()
	delay, next := Restart(m.failures, now.Sub(m.started))
	m.failures, m.due = next, now.Add(delay)
	if next == 0 {
		return // it ran well: keepalived has no line either
	}
	s.Log.Info(lineDelayed(m.role, delay))
	if delay == 0 {
		return
	}
	s.orphan(m, delay)
	s.answered(m) // a child that stays down is not waited for
}

func (s *supervisor) openPIDFile(r Role) *PIDFile {
	path := s.PIDFiles[r]
	if path == "" {
		return nil
	}
	p, err := OpenPIDFile(path)
	s.warn(err)
	return p
}

// warn logs an error that the daemon can live with.
func (s *supervisor) warn(err error) {
	if err != nil {
		s.Log.Warn(err.Error())
	}
}

// alive says whether a process still runs.
func (s *supervisor) alive() bool {
	for _, m := range s.members {
		if m.proc != nil {
			return true
		}
	}
	return false
}

// release removes the children's pid files.
func (s *supervisor) release() {
	for _, r := range s.order {
		if p := s.members[r].pidFile; p != nil {
			s.warn(p.Remove())
		}
	}
}
