// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
)

// Self starts children by executing this program again.
type Self struct {
	args   []string
	env    []string
	stderr *os.File // nil: none, as in a daemon
	lifeR  *os.File
	lifeW  *os.File
	states map[Role]*os.File

	mu   sync.Mutex   // held over a start, so that Owns never misses a new child
	pids map[int]bool // children that nobody but their Wait may reap
}

// NewSelf prepares to start children with these arguments (without argv[0]), this
// environment and this standard error. Without one, what a crash writes is kept for
// Exit.Trace. Their standard input and output are /dev/null.
func NewSelf(args, env []string, stderr *os.File) (*Self, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("create life pipe: %w", err)
	}
	return &Self{
		args: args, env: env, stderr: stderr, lifeR: r, lifeW: w,
		states: make(map[Role]*os.File), pids: make(map[int]bool),
	}, nil
}

// Close releases the state files and ends the life pipe: a child that still runs stops.
func (s *Self) Close() error {
	errs := []error{s.lifeR.Close(), s.lifeW.Close()}
	for _, f := range s.states {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// Saved gives what the last child in the role saved, nil if nothing. No child may run in
// the role.
func (s *Self) Saved(r Role) []byte {
	if f, ok := s.states[r]; ok {
		return OpenState(f).Load()
	}
	return nil
}

// Discard forgets what the last child in the role saved: its successor starts afresh. No
// child may run in the role.
func (s *Self) Discard(r Role) error {
	f, ok := s.states[r]
	if !ok {
		return nil
	}
	if err := f.Truncate(0); err != nil {
		return fmt.Errorf("discard the state of the %s child: %w", r, err)
	}
	return nil
}

// Owns says whether pid is a child that was started here and not yet waited for.
func (s *Self) Owns(pid int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pids[pid]
}

// Start starts a child. Its state file is the one that its predecessor in the role had.
func (s *Self) Start(r Role, snapshot []byte) (Process, error) {
	state, err := s.state(r)
	if err != nil {
		return nil, err
	}
	config, err := sealedMemfd("vipward-config", snapshot)
	if err != nil {
		return nil, err
	}
	defer config.Close()
	conn, control, err := newConnPair()
	if err != nil {
		return nil, err
	}
	defer control.Close()
	trace, err := s.trace(r)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	// The order is that of the fd constants in child_linux.go.
	cmd := s.command(r, []*os.File{config, control, state, s.lifeR})
	p := &process{Conn: conn, cmd: cmd, owner: s, trace: trace}
	if trace != nil {
		cmd.Stderr = trace
	}
	if err := s.start(cmd); err != nil {
		p.release()
		return nil, fmt.Errorf("start %s child: %w", r, err)
	}
	return p, nil
}

// trace makes a file for what a crash writes, if that would be lost otherwise.
func (s *Self) trace(r Role) (*os.File, error) {
	if s.stderr != nil {
		return nil, nil
	}
	return newMemfd("vipward-trace-" + string(r))
}

func (s *Self) command(r Role, files []*os.File) *exec.Cmd {
	cmd := &exec.Cmd{
		Path:       "/proc/self/exe", // still this program after an upgrade replaced its file
		Args:       append([]string{r.Argv0()}, s.args...),
		Env:        s.env,
		ExtraFiles: files,
	}
	// An interface that holds a nil *os.File is not nil.
	if s.stderr != nil {
		cmd.Stderr = s.stderr
	}
	return cmd
}

func (s *Self) start(cmd *exec.Cmd) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := cmd.Start(); err != nil {
		return err
	}
	s.pids[cmd.Process.Pid] = true
	return nil
}

func (s *Self) state(r Role) (*os.File, error) {
	if f, ok := s.states[r]; ok {
		return f, nil
	}
	f, err := newMemfd("vipward-state-" + string(r))
	if err != nil {
		return nil, err
	}
	s.states[r] = f
	return f, nil
}

func (s *Self) forget(pid int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.pids, pid)
}

// process is a child of Self.
type process struct {
	*Conn
	cmd   *exec.Cmd
	owner *Self
	trace *os.File // nil: its standard error leads somewhere
}

// PID is the child's process id.
func (p *process) PID() int { return p.cmd.Process.Pid }

// Kill sends SIGKILL.
func (p *process) Kill() error { return p.cmd.Process.Kill() }

// Wait reaps the child and releases its files.
func (p *process) Wait() Exit {
	// The error repeats what the process state says.
	_ = p.cmd.Wait()
	p.owner.forget(p.PID())
	defer p.release()
	ws, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !ws.Signaled() {
		return Exit{Code: p.cmd.ProcessState.ExitCode()}
	}
	return Exit{Signal: ws.Signal(), Trace: p.crash()}
}

// maxTrace is as much of a crash as is kept: its beginning says what and where.
const maxTrace = 4 << 10

func (p *process) crash() string {
	if p.trace == nil {
		return ""
	}
	b := make([]byte, maxTrace)
	n, _ := p.trace.ReadAt(b, 0) // a short file is the normal case
	return string(b[:n])
}

func (p *process) release() {
	_ = p.Close()
	if p.trace != nil {
		_ = p.trace.Close()
	}
}
