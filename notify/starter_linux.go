// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

var errClosed = errors.New("the runner is closed")

// starter starts programs from one OS thread, so that none of them gets the daemon's
// realtime scheduling, with which a busy script could starve the machine.
type starter struct{ jobC chan startJob }

type startJob struct {
	c    Command
	out  *output
	resC chan started
}

// started is a program that was started, or the error.
type started struct {
	cmd   *exec.Cmd
	pidfd int
	err   error
}

func newStarter() starter { return starter{jobC: make(chan startJob)} }

// run serves until ctx is done. It never unlocks its thread, which ends with it and so
// cannot carry its scheduling into the pool of threads.
func (s starter) run(ctx context.Context) {
	runtime.LockOSThread()
	for {
		select {
		case j := <-s.jobC:
			j.resC <- startOrdinary(j.c, j.out)
		case <-ctx.Done():
			return
		}
	}
}

// start starts a program unless life ends first.
func (s starter) start(life context.Context, c Command, out *output) started {
	j := startJob{c, out, make(chan started, 1)}
	select {
	case s.jobC <- j:
		return <-j.resC
	case <-life.Done():
		return started{err: errClosed}
	}
}

// startOrdinary starts a program with SCHED_OTHER and nice 0, whatever the scheduling of the
// calling thread, which a process inherits at first.
//
// To make the thread ordinary before the fork would be simple, but until the new process
// has executed its program Go's runtime cannot stop this thread. An ordinary process
// waits for its turn on a busy machine, and a garbage collection that begins meanwhile
// stops the world until then, realtime threads included: 90 ms were seen. So the new
// process keeps the daemon's scheduling up to the first instruction of its program, where
// a trace stops it, and goes on without.
func startOrdinary(c Command, out *output) started {
	now, err := unix.SchedGetAttr(0, 0)
	if err != nil {
		return started{err: fmt.Errorf("read scheduling: %w", err)}
	}
	if now.Policy == unix.SCHED_NORMAL && now.Nice == 0 {
		return begin(c, out, false)
	}
	st := begin(c, out, true)
	if errors.Is(st.err, fs.ErrPermission) {
		// Either the program may not be executed, or nothing may be traced here.
		return startFromOrdinary(c, out, now)
	}
	if st.err == nil {
		st.err = demote(st.cmd.Process.Pid)
		if st.err != nil {
			st.err = errors.Join(st.err, st.cmd.Process.Kill())
			_ = st.cmd.Wait() // says that it was killed
		}
	}
	return st
}

// startFromOrdinary makes the thread ordinary for the time of the start.
func startFromOrdinary(c Command, out *output, now *unix.SchedAttr) started {
	if err := ordinary(0); err != nil {
		return started{err: err}
	}
	st := begin(c, out, false)
	_ = unix.SchedSetAttr(0, now, 0) // without the privilege the thread stays ordinary, which is safe
	return st
}

// begin starts a program with the scheduling of the thread, stopped if it is to be traced.
func begin(c Command, out *output, trace bool) started {
	st := started{pidfd: -1}
	st.cmd = newCmd(c, out, &st.pidfd)
	st.cmd.SysProcAttr.Ptrace = trace
	st.err = st.cmd.Start()
	return st
}

// demote waits for the first instruction of a traced program and lets it go on, ordinary.
func demote(pid int) error {
	if err := awaitTrace(pid); err != nil {
		return fmt.Errorf("wait for the first instruction: %w", err)
	}
	if err := ordinary(pid); err != nil {
		return err
	}
	if err := unix.PtraceDetach(pid); err != nil && !errors.Is(err, unix.ESRCH) { // ESRCH: killed already
		return fmt.Errorf("end the trace: %w", err)
	}
	return nil
}

// awaitTrace waits until the process is stopped, or has ended, which is left to be seen by
// its reaper.
func awaitTrace(pid int) error {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WSTOPPED|unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// ordinary gives a thread SCHED_OTHER and nice 0. Only the privileged may lower the nice
// value; for others the policy is what counts.
func ordinary(tid int) error {
	attr := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_NORMAL}
	err := unix.SchedSetAttr(tid, &attr, 0)
	if errors.Is(err, unix.EPERM) {
		if now, gerr := unix.SchedGetAttr(tid, 0); gerr == nil {
			attr.Nice = now.Nice
			err = unix.SchedSetAttr(tid, &attr, 0)
		}
	}
	if err != nil {
		return fmt.Errorf("give up realtime scheduling: %w", err)
	}
	return nil
}

// keepDescriptors marks all descriptors but the first three as not to be inherited. Go
// does so with those that it opens; the daemon's parent may have passed others.
func keepDescriptors() error {
	const dir = "/proc/self/fd"
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil {
			return fmt.Errorf("read %s: %w", dir, err)
		}
		if fd > 2 {
			unix.CloseOnExec(fd)
		}
	}
	return nil
}
