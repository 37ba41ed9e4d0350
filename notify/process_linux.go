// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

var errLeft = errors.New("left running")

// process is a started program.
type process struct {
	mu     sync.Mutex // guards reaped
	reaped bool       // the process number may belong to another process

	cmd   *exec.Cmd
	pidfd *os.File
	out   *output
	doneC chan struct{} // closed when result is set
	// result is to be read after doneC is closed.
	result Result
}

// newCmd prepares a program.
func newCmd(c Command, out *output, pidfd *int) *exec.Cmd {
	cmd := &exec.Cmd{
		Path: c.path(), Args: c.Args, Dir: c.Dir,
		Env:    environ(c.Env),
		Stdout: out.w, Stderr: out.w,
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true, PidFD: pidfd, Credential: credential(c)},
	}
	if c.Leashed {
		cmd.SysProcAttr.Pdeathsig = syscall.SIGTERM
	}
	return cmd
}

// credential is nil when the program runs as the daemon itself and has no other groups.
func credential(c Command) *syscall.Credential {
	groups := c.Groups
	if len(groups) == 0 {
		groups = []uint32{c.GID}
	}
	if int(c.UID) == os.Geteuid() && int(c.GID) == os.Getegid() && same(groups) {
		return nil
	}
	return &syscall.Credential{Uid: c.UID, Gid: c.GID, Groups: groups}
}

// same says whether the daemon has these supplementary groups. Nobody but root could
// change them.
func same(groups []uint32) bool {
	if os.Geteuid() != 0 {
		return true
	}
	own, err := os.Getgroups()
	return err == nil && len(own) == len(groups) && !slices.ContainsFunc(own, func(g int) bool {
		return !slices.Contains(groups, uint32(g))
	})
}

// adopt takes over a program that was started.
func adopt(st started, out *output) (*process, error) {
	if st.pidfd < 0 {
		err := errors.Join(st.cmd.Process.Kill(), st.cmd.Wait())
		return nil, fmt.Errorf("the kernel has no process descriptors (Linux 5.4): %w", err)
	}
	// Without blocking reads, the descriptor can wait in the poller and needs no thread.
	_ = unix.SetNonblock(st.pidfd, true)
	return &process{
		cmd: st.cmd, pidfd: os.NewFile(uintptr(st.pidfd), "pidfd"), out: out,
		doneC: make(chan struct{}),
	}, nil
}

// reap waits for the end of the program and sets the result. When life ends first, the
// program is left to itself.
func (p *process) reap(life context.Context) {
	defer close(p.doneC)
	defer p.pidfd.Close()
	stop := context.AfterFunc(life, func() { _ = p.pidfd.SetReadDeadline(time.Unix(0, 1)) })
	defer stop()
	if err := awaitExit(p.pidfd); err != nil {
		_ = p.cmd.Process.Release()
		p.result = Result{Err: errLeft}
		return
	}
	p.mu.Lock()
	_ = p.cmd.Wait() // the state says more than the error
	p.reaped = true
	p.mu.Unlock()
	p.result = resultOf(p.cmd.ProcessState, p.out)
}

// awaitExit waits until the process has ended, without reaping it.
func awaitExit(pidfd *os.File) error {
	rc, err := pidfd.SyscallConn()
	if err != nil {
		return err
	}
	return rc.Read(func(fd uintptr) bool {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
		return err == nil && n > 0
	})
}

// signal reaches the whole process group.
func (p *process) signal(sig syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		_ = syscall.Kill(-p.cmd.Process.Pid, sig) // ESRCH: it has just ended
	}
}

func resultOf(st *os.ProcessState, out *output) Result {
	var r Result
	if ws, ok := st.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		r.Signal = ws.Signal()
	} else {
		r.Status = st.ExitCode()
	}
	r.Output = out.text()
	return r
}
