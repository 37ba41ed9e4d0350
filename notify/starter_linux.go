// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

var errClosed = errors.New("the runner is closed")

// starter starts programs from one OS thread with ordinary scheduling. A new process
// inherits the policy of the thread that forks it; the other threads of the daemon may run
// SCHED_RR, where a busy script could starve the machine.
type starter struct{ startC chan start }

type start struct {
	cmd  *exec.Cmd
	errC chan error
}

func newStarter() starter { return starter{startC: make(chan start)} }

// run serves until ctx is done. It never unlocks its thread, which ends with it and so
// cannot carry its scheduling into the pool of threads.
func (s starter) run(ctx context.Context) {
	runtime.LockOSThread()
	for {
		select {
		case st := <-s.startC:
			err := ordinaryScheduling()
			if err == nil {
				err = st.cmd.Start()
			}
			st.errC <- err
		case <-ctx.Done():
			return
		}
	}
}

// start starts cmd unless life ends first.
func (s starter) start(life context.Context, cmd *exec.Cmd) error {
	st := start{cmd, make(chan error, 1)}
	select {
	case s.startC <- st:
		return <-st.errC
	case <-life.Done():
		return errClosed
	}
}

// ordinaryScheduling gives the calling thread SCHED_OTHER and nice 0. It is done before
// each start, since the daemon may have changed all of its threads in the meantime. The
// nice value may only be lowered with privilege; the policy is what counts.
func ordinaryScheduling() error {
	err := unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_NORMAL}, 0)
	if err == nil {
		return nil
	}
	now, gerr := unix.SchedGetAttr(0, 0)
	if gerr == nil && now.Policy == unix.SCHED_NORMAL {
		return nil
	}
	return fmt.Errorf("give up realtime scheduling: %w", err)
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
