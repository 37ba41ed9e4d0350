// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"
)

// Request is what an operator asks a running daemon for.
type Request uint8

// The requests.
const (
	RequestReload     Request = iota + 1 // read the files again
	RequestDump                          // describe the state of all processes
	RequestStats                         // give the counters of VRRP
	RequestStatsClear                    // give them and set them to zero
	RequestJSON                          // give the instances as JSON
)

// view is what a request asks the vrrp child for, and "" if it is about something else.
func (r Request) view() View {
	switch r {
	case RequestStats:
		return ViewStats
	case RequestStatsClear:
		return ViewStatsClear
	case RequestJSON:
		return ViewJSON
	default:
		return ""
	}
}

// Phase is what the daemon as a whole is doing.
type Phase uint8

// The phases.
const (
	Starting Phase = iota
	Running
	Reloading
	Stopping
)

// MarshalText gives the phase's name.
func (p Phase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// String gives the phase's name.
func (p Phase) String() string {
	return [...]string{"starting", "running", "reloading", "stopping"}[p]
}

// UnmarshalText reads a phase's name.
func (p *Phase) UnmarshalText(b []byte) error {
	for q := Starting; q <= Stopping; q++ {
		if q.String() == string(b) {
			*p = q
			return nil
		}
	}
	return fmt.Errorf("no phase is called %q", b)
}

// Plan is a checked configuration: what the children get, and which of them are needed.
type Plan struct {
	Snapshot []byte
	Roles    []Role // in the order in which they are started

	// Parts are the snapshots of children that need less than all.
	Parts map[Role][]byte

	StopTimeout time.Duration // child_wait_time; 0: that of the Options
}

// For is the snapshot that a child gets.
func (p Plan) For(r Role) []byte {
	if part, ok := p.Parts[r]; ok {
		return part
	}
	return p.Snapshot
}

// Options say how to supervise.
type Options struct {
	Starter  Starter
	Validate func() error         // before a reload begins: an error ends it; may be nil
	Load     func() (Plan, error) // reads and checks the files for a reload; reports what is wrong itself
	Requests <-chan Request
	Desk     *Desk // where the local API asks; nil: there is none
	Log      *slog.Logger

	Beat  time.Duration // how often children are asked whether they work, and Alive is due; 0: never
	Alive func()        // all loops go round

	PIDFiles  map[Role]string // no entry: no file
	NoRespawn bool            // the death of a child ends everything

	StopTimeout  time.Duration // until a child that does not stop, and says nothing, is killed; 0: 5 s
	ReplyTimeout time.Duration // until a child that does not answer a reload is no longer waited for; 0: 30 s

	// The hooks run in the supervisor's goroutine and may be nil.
	Phase  func(Phase)                 // the phase changed
	Orphan func(Orphan)                // a child ended in disorder and has no successor yet
	Dumped func(Dumped)                // somebody described its state
	Told   func(Role, json.RawMessage) // a child's News
	Lived  func(Life)                  // a child was started, or ended
	Loaded func(ReloadResult)          // a reload ended
}

// DefaultStopTimeout is that of Options.
const DefaultStopTimeout = 5 * time.Second

// Dumped is the answer to a request for a View.
type Dumped struct {
	Role Role // "": the parent
	View View
	Plan Plan // that the processes work with
	Text string
}

// Orphan is what a dead child leaves behind.
type Orphan struct {
	Role  Role
	Plan  Plan          // what the child worked with
	Delay time.Duration // until its successor starts; 0: there is none
}

// ExitError says that a child could not start for a reason that a restart cannot mend.
type ExitError struct {
	Role Role
	Code int // the child's exit code, and to be the daemon's
}

// Error names the child and its code.
func (e *ExitError) Error() string {
	return fmt.Sprintf("%s child exited with permanent error %d", e.Role, e.Code)
}

// Run starts the children of first and supervises them until ctx ends and all of them
// stopped. A permanent error of a child at start ends all with an *ExitError.
func Run(ctx context.Context, first Plan, o Options) error {
	s := newSupervisor(first, o)
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.inner = inner
	err := s.loop(ctx)
	cancel()
	_ = s.group.Wait() // the helpers return nothing but nil
	return err
}

// supervisor is the state of Run. One goroutine owns it; the helpers only read sockets,
// wait for processes or load files, and send events.
type supervisor struct {
	Options
	plan    Plan
	phase   Phase
	members map[Role]*member
	order   []Role        // of members, for everything that is seen from outside
	waiting map[Role]bool // whose answer ends the phase Starting or Reloading
	queued  bool          // a reload waits for the end of the phase
	reloads reloads
	asks    uint64 // number of the last question to a child
	started time.Time
	limit   time.Time // when to give up the wait in Reloading
	last    time.Time // when no child gets any more time to stop
	beatAt  time.Time // of the next question whether all is well; zero: none
	result  error

	events chan event
	inner  context.Context // ends when the loop has ended
	group  errgroup.Group
}

// event is something that a helper saw. The set is closed.
type event interface{ apply(*supervisor) }

// said is a message of a child, ended its end, loaded the outcome of reading the files.
type (
	said struct {
		m    *member
		proc Process
		msg  Message
	}
	ended struct {
		m    *member
		proc Process
		exit Exit
	}
	loaded struct {
		plan Plan
		err  error
	}
)

func newSupervisor(first Plan, o Options) *supervisor {
	if o.StopTimeout == 0 {
		o.StopTimeout = DefaultStopTimeout
	}
	if o.ReplyTimeout == 0 {
		o.ReplyTimeout = 30 * time.Second
	}
	return &supervisor{
		Options: o,
		plan:    first,
		started: time.Now(),
		members: make(map[Role]*member),
		waiting: make(map[Role]bool),
		events:  make(chan event),
	}
}

func (s *supervisor) loop(ctx context.Context) error {
	if s.Beat > 0 {
		s.beatAt = time.Now().Add(s.Beat)
	}
	s.become(Starting)
	s.cover(s.plan.Roles)
	s.settle()
	timer := time.NewTimer(0)
	defer timer.Stop()
	done := ctx.Done()
	for s.phase != Stopping || s.alive() {
		timer.Reset(s.untilNext(time.Now()))
		select {
		case <-done:
			done = nil
			s.stop(nil)
		case r := <-s.Requests:
			s.request(r)
		case ev := <-s.events:
			ev.apply(s)
		case ev := <-s.Desk.asked():
			ev.apply(s)
		case now := <-timer.C:
			s.wake(now)
		}
	}
	s.release()
	return s.result
}

// become changes the phase.
func (s *supervisor) become(p Phase) {
	s.phase = p
	if s.Phase != nil {
		s.Phase(p)
	}
}

// settle ends Starting or Reloading when nobody is waited for any more.
func (s *supervisor) settle() {
	if len(s.waiting) > 0 || s.phase == Running || s.phase == Stopping {
		return
	}
	line := lineStartup
	if s.phase == Reloading {
		line = lineReloaded
	}
	s.Log.Info(line)
	if s.phase == Reloading {
		s.reloaded(nil)
	}
	s.run()
}

// run goes back to normal work, or on to the reload that was queued.
func (s *supervisor) run() {
	s.limit = time.Time{}
	s.reloadOver(time.Now())
	s.become(Running)
	if s.queued {
		s.queued = false
		s.reload()
	}
}

// emit hands an event of a helper to the loop; it is dropped when the loop has ended.
func (s *supervisor) emit(ev event) {
	select {
	case s.events <- ev:
	case <-s.inner.Done():
	}
}

// untilNext is the time to the next thing that is due.
func (s *supervisor) untilNext(now time.Time) time.Duration {
	next := s.limit
	consider := func(at time.Time) {
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	consider(s.beatAt)
	for _, m := range s.members {
		consider(m.due)
		consider(m.limit)
	}
	if next.IsZero() {
		return time.Hour // nothing is due: any long time does
	}
	return max(next.Sub(now), 0)
}

// wake does what is due.
func (s *supervisor) wake(now time.Time) {
	for _, r := range s.order {
		m := s.members[r]
		if over(m.due, now) {
			s.start(m)
		}
		if over(m.limit, now) {
			s.kill(m)
		}
	}
	if over(s.beatAt, now) {
		s.beat(now)
	}
	if over(s.limit, now) {
		s.limit = time.Time{}
		s.giveUpWaiting()
	}
}

// over says whether a limit is there, and is reached.
func over(limit, now time.Time) bool { return !limit.IsZero() && !now.Before(limit) }
