// SPDX-License-Identifier: Apache-2.0

// Package sched says how the kernel runs the threads of this process.
package sched

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// schedRR and schedOther are scheduling policies of linux/sched.h.
const (
	schedOther = 0
	schedRR    = 2
)

// Schedule is how the kernel is to run the threads of the process. The zero one is that of
// an ordinary process.
type Schedule struct {
	Realtime int   // SCHED_RR priority, 1-99; 0: none
	Nice     int   // -20 to 19
	CPUs     []int // empty: all
	Locked   bool  // keep the memory from being swapped
}

// Failures are what could not be had of a Schedule.
type Failures struct{ Realtime, Nice, CPUs, Locked error }

// Apply goes over from what the process was given before. Memory stays locked.
func (s Schedule) Apply(was Schedule) (f Failures) {
	if s.Realtime != was.Realtime {
		f.Realtime = setThreads(s.setClass)
	}
	if s.Nice != was.Nice {
		f.Nice = setThreads(s.setNice)
	}
	if !slices.Equal(s.CPUs, was.CPUs) {
		f.CPUs = setThreads(s.setCPUs)
	}
	if s.Locked && !was.Locked {
		// On fault: the runtime reserves far more addresses than it uses.
		f.Locked = os.NewSyscallError("mlockall", unix.Mlockall(unix.MCL_CURRENT|unix.MCL_FUTURE|unix.MCL_ONFAULT))
	}
	return f
}

// setClass makes a thread SCHED_RR, or ordinary again. Every thread, and not that of
// the work alone: a garbage collection stops it until the other threads have agreed, and they
// must get a processor for that too. All have one priority: the runtime
// waits for other threads by spinning and yielding, and sched_yield gives way to equals only.
func (s Schedule) setClass(tid int) error {
	attr := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: schedOther, Nice: int32(s.Nice)}
	if s.Realtime > 0 {
		attr.Policy, attr.Priority = schedRR, uint32(s.Realtime)
	}
	return os.NewSyscallError("sched_setattr", gone(unix.SchedSetAttr(tid, &attr, 0)))
}

func (s Schedule) setNice(tid int) error {
	return os.NewSyscallError("setpriority", gone(unix.Setpriority(unix.PRIO_PROCESS, tid, s.Nice)))
}

func (s Schedule) setCPUs(tid int) error {
	var set unix.CPUSet
	for _, cpu := range s.CPUs {
		set.Set(cpu)
	}
	if len(s.CPUs) == 0 {
		set.Fill() // the kernel leaves out those that there are not
	}
	return os.NewSyscallError("sched_setaffinity", gone(unix.SchedSetaffinity(tid, &set)))
}

// gone forgives that a thread ended meanwhile.
func gone(err error) error {
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	return err
}

// setThreads calls set for every thread. Threads are born with their parent's settings, so a
// second look that finds nothing new ends it.
func setThreads(set func(tid int) error) error {
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
			tid, err := strconv.Atoi(t.Name())
			if err != nil {
				return fmt.Errorf("thread name %q: %w", t.Name(), err)
			}
			if err := set(tid); err != nil {
				return err
			}
			done[t.Name()], again = true, true
		}
	}
	return nil
}
