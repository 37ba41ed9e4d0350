// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fakeProc is a child that does what the test says.
type fakeProc struct {
	pid      int
	role     Role
	snapshot string
	sent     []Message // what the parent sent, in order
	deaf     bool      // the parent's messages do not arrive
	in       chan Message
	exit     chan Exit
	killed   bool
	w        *world
}

func (p *fakeProc) PID() int { return p.pid }

func (p *fakeProc) Send(m Message) error {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	if p.deaf {
		return errors.New("nobody reads")
	}
	p.sent = append(p.sent, m)
	return nil
}

func (p *fakeProc) Receive() (Message, error) {
	m, ok := <-p.in
	if !ok {
		return Message{}, io.EOF
	}
	return m, nil
}

func (p *fakeProc) Wait() Exit { return <-p.exit }

func (p *fakeProc) Kill() error {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	p.killed = true
	p.end(Exit{Signal: 9})
	return nil
}

// end makes the process end; messages said before are still read.
func (p *fakeProc) end(e Exit) {
	close(p.in)
	p.exit <- e
}

func (p *fakeProc) say(m Message) { p.in <- m }

// messages is what the parent sent.
func (p *fakeProc) messages() []Message {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	return slices.Clone(p.sent)
}

// kinds lists what the parent sent.
func (p *fakeProc) kinds() []Kind {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	var out []Kind
	for _, m := range p.sent {
		out = append(out, m.Kind)
	}
	return out
}

// world is a supervisor with its surroundings, inside a synctest bubble.
type world struct {
	t        *testing.T
	requests chan Request
	cancel   context.CancelFunc
	done     chan error

	mu      sync.Mutex // guards what follows, and the processes' sent and killed
	procs   []*fakeProc
	lines   []string
	phases  []Phase
	orphans []Orphan
	dumps   map[Role]string
	refuse  error // why Start fails
	load    func() (Plan, error)
}

// newWorld starts a supervisor.
func newWorld(t *testing.T, plan Plan, change func(*Options)) *world {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w := &world{
		t: t, requests: make(chan Request), cancel: cancel, done: make(chan error, 1),
		dumps: make(map[Role]string),
	}
	o := Options{
		Starter:  w,
		Load:     func() (Plan, error) { return w.load() },
		Requests: w.requests,
		Log:      slog.New(lineHandler{w}),
		Phase:    func(p Phase) { w.note(func() { w.phases = append(w.phases, p) }) },
		Orphan:   func(o Orphan) { w.note(func() { w.orphans = append(w.orphans, o) }) },
		Dumped:   func(d Dumped) { w.note(func() { w.dumps[d.Role] = string(d.View) + ": " + d.Text }) },
	}
	if change != nil {
		change(&o)
	}
	go func() { w.done <- Run(ctx, plan, o) }()
	synctest.Wait()
	return w
}

func (w *world) note(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

// Start makes a fake process. The pids count from 1.
func (w *world) Start(r Role, snapshot []byte) (Process, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refuse != nil {
		return nil, w.refuse
	}
	p := &fakeProc{
		pid: len(w.procs) + 1, role: r, snapshot: string(snapshot),
		in: make(chan Message), exit: make(chan Exit, 1), w: w,
	}
	w.procs = append(w.procs, p)
	return p, nil
}

// proc gives the process with the pid, which must have been started.
func (w *world) proc(pid int) *fakeProc {
	w.t.Helper()
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	if pid > len(w.procs) {
		w.t.Fatalf("process %d was not started; log: %q", pid, w.lines)
	}
	return w.procs[pid-1]
}

// ready starts the work of the processes.
func (w *world) ready(pids ...int) {
	w.t.Helper()
	for _, pid := range pids {
		w.proc(pid).say(Message{Kind: Ready})
	}
	synctest.Wait()
}

func (w *world) request(r Request) {
	w.requests <- r
	synctest.Wait()
}

// started is the number of processes so far.
func (w *world) started() int {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.procs)
}

// takeLines gives the log lines since the last call.
func (w *world) takeLines() []string {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.lines
	w.lines = nil
	return out
}

// stop ends the daemon: the processes stop as asked.
func (w *world) stop() error {
	w.t.Helper()
	w.cancel()
	synctest.Wait()
	for _, p := range w.procs {
		if k := p.kinds(); len(k) > 0 && k[len(k)-1] == Stop {
			p.end(Exit{})
		}
	}
	return w.wait()
}

func (w *world) wait() error {
	w.t.Helper()
	select {
	case err := <-w.done:
		return err
	case <-time.After(time.Minute):
		w.t.Fatalf("the supervisor did not end; log: %q", w.lines)
		return nil
	}
}

// lineHandler keeps the messages.
type lineHandler struct{ w *world }

func (h lineHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h lineHandler) Handle(_ context.Context, r slog.Record) error {
	h.w.note(func() { h.w.lines = append(h.w.lines, r.Message) })
	return nil
}

func (h lineHandler) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h lineHandler) WithGroup(string) slog.Handler      { return h }
