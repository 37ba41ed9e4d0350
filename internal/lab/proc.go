// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// stopLimit is how long a program may take to end after SIGTERM.
const stopLimit = 15 * time.Second

// Proc is a program running on a host. Its output is in Lines.
type Proc struct {
	*Lines
	PID int

	t    TB
	name string
	cmd  *exec.Cmd
	done chan struct{} // closed when it ended
}

// Start starts a program on the host. The cleanup of the test ends it and all its children.
func (h *Host) Start(args ...string) *Proc {
	h.t.Helper()
	return h.StartCmd(exec.Command(args[0], args[1:]...))
}

// StartCmd is Start for a command with an environment or a directory of its own. Its
// standard output and error are the Proc's.
func (h *Host) StartCmd(cmd *exec.Cmd) *Proc {
	h.t.Helper()
	r, w, err := os.Pipe()
	h.must("make pipe", err)
	cmd.Stdout, cmd.Stderr = w, w
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid, cmd.SysProcAttr.Pdeathsig = true, syscall.SIGKILL
	err = h.Do(cmd.Start)
	h.must("start "+cmd.Path, errors.Join(err, w.Close()))
	name := h.Name + ": " + cmd.Args[0]
	p := &Proc{Lines: newLines(), PID: cmd.Process.Pid, t: h.t, name: name, cmd: cmd, done: make(chan struct{})}
	waited := spawn(h.t, "wait for "+name, func(context.Context) error {
		defer close(p.done)
		_ = cmd.Wait() // how it ended is in its ProcessState
		return nil
	})
	closeOutput := sync.OnceFunc(func() { _ = r.Close() }) // ends the reader when a stray child holds the pipe
	spawn(h.t, "read output of "+name, func(ctx context.Context) error {
		defer context.AfterFunc(ctx, closeOutput)()
		if err := p.read(r, nil); err != nil && !errors.Is(err, os.ErrClosed) {
			return err
		}
		return nil
	})
	h.t.Cleanup(func() { // before the two above: cleanups run last first
		p.KillTree()
		waited()
	})
	return p
}

// WaitLine waits for a line of output that matches the regular expression, from the start on.
func (p *Proc) WaitLine(pattern string, limit time.Duration) string {
	p.t.Helper()
	return p.WaitLineFrom(0, pattern, limit)
}

// WaitLineFrom is WaitLine for the lines after a Mark.
func (p *Proc) WaitLineFrom(mark int, pattern string, limit time.Duration) string {
	p.t.Helper()
	line, err := p.wait(p.t.Context(), mark, pattern, limit)
	if err != nil {
		p.t.Fatalf("%s: %v; it said:\n%s", p.name, err, strings.Join(p.From(mark), "\n"))
	}
	return line
}

// Running says whether the program has not yet ended.
func (p *Proc) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Wait waits for the program's end and returns its exit status, -1 after a signal.
func (p *Proc) Wait(limit time.Duration) int {
	p.t.Helper()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode()
	case <-timer.C:
		p.t.Fatalf("%s: still running after %v; it said:\n%s", p.name, limit, strings.Join(p.All(), "\n"))
		return -1
	}
}

// Signal sends a signal to the program itself.
func (p *Proc) Signal(sig syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		p.t.Fatalf("%s: send %v: %v", p.name, sig, err)
	}
}

// Stop sends SIGTERM and waits for the end; it returns the exit status.
func (p *Proc) Stop() int {
	p.t.Helper()
	p.Signal(syscall.SIGTERM)
	return p.Wait(stopLimit)
}

// KillTree kills the program and all that descends from it, as a power cut would: the
// program is halted first, so that it can neither replace a killed child nor tell its
// children, and the children die before it, so that none sees it die.
func (p *Proc) KillTree() {
	if !p.Running() {
		return
	}
	_ = unix.Kill(p.PID, unix.SIGSTOP) // each of these may have ended meanwhile
	for _, pid := range descendants(p.PID) {
		_ = unix.Kill(pid, unix.SIGKILL)
	}
	_ = unix.Kill(p.PID, unix.SIGKILL)
	<-p.done
}

// descendants lists the processes below pid, parents first.
func descendants(pid int) []int {
	pids, err := processes()
	if err != nil {
		return nil
	}
	children := map[int][]int{}
	for _, p := range pids {
		if parent, err := parentOf(p); err == nil {
			children[parent] = append(children[parent], p)
		}
	}
	found := children[pid]
	for i := 0; i < len(found); i++ {
		found = append(found, children[found[i]]...)
	}
	return found
}

// parentOf reads a process's parent from /proc/PID/stat; the name before it may hold blanks.
func parentOf(pid int) (int, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	if len(fields) < 2 {
		return 0, fmt.Errorf("short stat of process %d", pid)
	}
	return strconv.Atoi(fields[1])
}
