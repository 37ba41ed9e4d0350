// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"vipward/conf"
)

// schedRR and schedOther are scheduling policies of linux/sched.h.
const (
	schedOther = 0
	schedRR    = 2
)

// schedule is how the kernel is to run the threads of the process.
type schedule struct {
	realtime int // SCHED_RR priority, 1-99; 0: none
	nice     int
	cpus     []int // empty: all
	locked   bool  // keep the memory from being swapped
}

// scheduleOf is what a configuration asks for. Realtime scheduling without memory would not
// help, so it locks that too.
func scheduleOf(g conf.Global) schedule {
	p := g.Daemon.VRRPProcess
	return schedule{
		realtime: g.VRRPRealtime, nice: p.Nice, cpus: p.CPUs, locked: g.VRRPRealtime > 0 || p.NoSwap,
	}
}

// apply goes over from what the process was given before. What cannot be had is logged; the
// instances run all the same.
func (s schedule) apply(was schedule, log *slog.Logger) {
	if s.realtime != was.realtime {
		if err := setThreads(s.setClass); err != nil {
			log.Warn(realtimeFailedLine(err))
		}
	}
	if s.nice != was.nice {
		if err := setThreads(s.setNice); err != nil {
			log.Warn(scheduleFailedLine("vrrp_priority", err))
		}
	}
	if !slices.Equal(s.cpus, was.cpus) {
		if err := setThreads(s.setCPUs); err != nil {
			log.Warn(scheduleFailedLine("vrrp_cpu_affinity", err))
		}
	}
	if s.locked && !was.locked {
		// On fault: the runtime reserves far more addresses than it uses.
		if err := unix.Mlockall(unix.MCL_CURRENT | unix.MCL_FUTURE | unix.MCL_ONFAULT); err != nil {
			log.Warn(lockFailedLine(err))
		}
	}
}

// setClass makes a thread SCHED_RR, or ordinary again. Every thread, and not the loop's
// alone: a garbage collection stops the loop until the other threads have agreed, and they
// must get a processor for that too. All have one priority: the runtime
// waits for other threads by spinning and yielding, and sched_yield gives way to equals only.
func (s schedule) setClass(tid int) error {
	attr := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: schedOther, Nice: int32(s.nice)}
	if s.realtime > 0 {
		attr.Policy, attr.Priority = schedRR, uint32(s.realtime)
	}
	return os.NewSyscallError("sched_setattr", gone(unix.SchedSetAttr(tid, &attr, 0)))
}

func (s schedule) setNice(tid int) error {
	return os.NewSyscallError("setpriority", gone(unix.Setpriority(unix.PRIO_PROCESS, tid, s.nice)))
}

func (s schedule) setCPUs(tid int) error {
	var set unix.CPUSet
	for _, cpu := range s.cpus {
		set.Set(cpu)
	}
	if len(s.cpus) == 0 {
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
