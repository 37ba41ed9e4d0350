// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// schedRR is SCHED_RR of linux/sched.h.
const schedRR = 2

// goRealtime makes every thread of the process SCHED_RR with the priority (1-99; 0: leave
// as it is) and locks its memory. Every thread, and not the loop's alone: a garbage
// collection stops the loop until the other threads have agreed, and they must get a
// processor for that too. What cannot be had is logged; the instances run all the same.
func goRealtime(priority int, log *slog.Logger) {
	if priority == 0 {
		return
	}
	if err := setThreads(priority); err != nil {
		log.Warn(realtimeFailedLine(err))
	}
	// On fault: the runtime reserves far more addresses than it uses.
	if err := unix.Mlockall(unix.MCL_CURRENT | unix.MCL_FUTURE | unix.MCL_ONFAULT); err != nil {
		log.Warn(lockFailedLine(err))
	}
}

// setThreads sets every thread. Threads are born with their parent's class, so a second
// look that finds nothing to do ends it.
func setThreads(priority int) error {
	attr := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: schedRR, Priority: uint32(priority)}
	done := map[string]bool{}
	for again := true; again; {
		again = false
		tasks, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return err
		}
		for _, t := range tasks {
			if done[t.Name()] {
				continue
			}
			if err := setThread(t.Name(), &attr); err != nil {
				return err
			}
			done[t.Name()], again = true, true
		}
	}
	return nil
}

func setThread(name string, attr *unix.SchedAttr) error {
	tid, err := strconv.Atoi(name)
	if err != nil {
		return fmt.Errorf("thread name %q: %w", name, err)
	}
	if err = unix.SchedSetAttr(tid, attr, 0); errors.Is(err, unix.ESRCH) {
		return nil // the thread ended meanwhile
	}
	return os.NewSyscallError("sched_setattr", err)
}
