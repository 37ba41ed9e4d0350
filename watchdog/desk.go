// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// Errors of a Desk. A child's own error comes as its text.
var (
	ErrNotRunning = errors.New("the process is not running")
	ErrBusy       = errors.New("the process has too many questions to answer")
)

// pendingAsks bounds the questions of one child that wait for an answer: one that hangs
// must not collect them.
const pendingAsks = 16

// Desk is where the local API meets a supervisor. Its methods may be called by any
// goroutine and wait for their answer; the supervisor never waits for them.
type Desk struct{ calls chan event }

// NewDesk makes a desk for Options. It serves once the supervisor runs.
func NewDesk() *Desk { return &Desk{calls: make(chan event)} }

// asked gives what comes to the desk; without one nothing does.
func (d *Desk) asked() <-chan event {
	if d == nil {
		return nil
	}
	return d.calls
}

// call hands something to the supervisor and waits for the answer. The reply channel is
// buffered. Nothing is handed over for somebody who is gone.
func call[T any](ctx context.Context, d *Desk, ev event, reply <-chan T) (answer T, err error) {
	if err := ctx.Err(); err != nil {
		return answer, err
	}
	select {
	case d.calls <- ev:
	case <-ctx.Done():
		return answer, ctx.Err()
	}
	select {
	case answer = <-reply:
		return answer, nil
	case <-ctx.Done():
		return answer, ctx.Err()
	}
}

// Status tells how the processes are.
func (d *Desk) Status(ctx context.Context) (Status, error) {
	reply := make(chan Status, 1)
	return call(ctx, d, statusAsked{reply}, reply)
}

// Reload reads the files again and waits for the outcome. It joins a reload that has not
// begun yet, never one that has: that one may have read an older file.
func (d *Desk) Reload(ctx context.Context) (ReloadResult, error) {
	reply := make(chan ReloadResult, 1)
	return call(ctx, d, reloadAsked{reply}, reply)
}

// Ask hands a question to a child and waits for its answer.
func (d *Desk) Ask(ctx context.Context, r Role, question []byte) ([]byte, error) {
	reply := make(chan answerOf, 1)
	a, err := call(ctx, d, childAsked{r, question, reply}, reply)
	if err != nil {
		return nil, err
	}
	return a.payload, a.err
}

// answerOf is what a child said to a question.
type answerOf struct {
	payload []byte
	err     error
}

// What a Desk hands to the supervisor.
type (
	statusAsked struct{ reply chan<- Status }
	reloadAsked struct{ reply chan<- ReloadResult }
	childAsked  struct {
		role     Role
		question []byte
		reply    chan<- answerOf
	}
)

func (e statusAsked) apply(s *supervisor) { e.reply <- s.status() }

func (e reloadAsked) apply(s *supervisor) {
	if s.phase == Stopping {
		e.reply <- ReloadResult{Began: time.Now(), Ended: time.Now(), Refused: "the daemon stops"}
		return
	}
	s.reloads.next = append(s.reloads.next, e.reply)
	s.request(RequestReload)
}

func (e childAsked) apply(s *supervisor) {
	m := s.members[e.role]
	switch {
	case m == nil || m.proc == nil || s.phase == Stopping:
		e.reply <- answerOf{err: ErrNotRunning}
		return
	case len(m.asked) >= pendingAsks:
		e.reply <- answerOf{err: ErrBusy}
		return
	}
	s.asks++
	if err := m.proc.Send(Message{Kind: Ask, ID: s.asks, Payload: e.question}); err != nil {
		e.reply <- answerOf{err: fmt.Errorf("ask the %s process: %w", e.role, err)}
		return
	}
	if m.asked == nil {
		m.asked = map[uint64]chan<- answerOf{}
	}
	m.asked[s.asks] = e.reply
}

// answer passes a child's answer on.
func (m *member) answer(msg Message) {
	reply, ok := m.asked[msg.ID]
	if !ok {
		return // of a predecessor's number: nobody asked
	}
	delete(m.asked, msg.ID)
	a := answerOf{payload: msg.Payload}
	if msg.Error != "" {
		a.err = errors.New(msg.Error)
	}
	reply <- a
}

// unanswered ends the questions to a child that is gone.
func (m *member) unanswered() {
	for _, reply := range m.asked {
		reply <- answerOf{err: ErrNotRunning}
	}
	m.asked = nil
}

// Status is how the daemon is.
type Status struct {
	Phase     Phase           `json:"phase"`
	PID       int             `json:"pid"`
	Started   time.Time       `json:"started"`
	Processes []ProcessStatus `json:"processes"`
	Reloads   ReloadStatus    `json:"reloads"`
}

// ProcessStatus is how one child is.
type ProcessStatus struct {
	Role     Role      `json:"role"`
	PID      int       `json:"pid,omitempty"` // 0: not running
	Started  time.Time `json:"started"`
	Ready    bool      `json:"ready"`               // it works
	Restarts int       `json:"restarts"`            // since the daemon started
	LastExit string    `json:"last_exit,omitempty"` // how it ended the last time
	Due      time.Time `json:"due,omitzero"`        // of its next start
}

func (s *supervisor) status() Status {
	st := Status{Phase: s.phase, PID: os.Getpid(), Started: s.started, Processes: []ProcessStatus{}, Reloads: s.reloads.ReloadStatus}
	for _, r := range s.order {
		m := s.members[r]
		p := ProcessStatus{
			Role: r, Started: m.started, Ready: m.up, Restarts: max(m.starts-1, 0), LastExit: m.lastExit, Due: m.due,
		}
		if m.proc != nil {
			p.PID = m.proc.PID()
		}
		st.Processes = append(st.Processes, p)
	}
	return st
}

// Life is the begin or the end of one child process.
type Life struct {
	Role   Role   `json:"role"`
	PID    int    `json:"pid"`
	Starts int    `json:"starts"`          // of this role so far
	Ended  string `json:"ended,omitempty"` // how; empty: it was started
}

func (s *supervisor) lived(l Life) {
	if s.Lived != nil {
		s.Lived(l)
	}
}
