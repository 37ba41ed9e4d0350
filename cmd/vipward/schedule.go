// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"log/slog"

	"vipward/conf"
	"vipward/internal/sched"
)

// checkerSchedule is what a configuration asks for. As in keepalived the checker is an
// ordinary process unless it is said otherwise.
func checkerSchedule(p conf.Process) sched.Schedule {
	return sched.Schedule{Realtime: p.Realtime, Nice: p.Nice, CPUs: p.CPUs, Locked: p.NoSwap}
}

// scheduleChecker goes over to a schedule. What cannot be had is logged; the checks run all the same.
func scheduleChecker(next, was sched.Schedule, log *slog.Logger) {
	f := next.Apply(was)
	for _, part := range []struct {
		keyword string
		err     error
	}{
		{"checker_rt_priority", f.Realtime},
		{"checker_priority", f.Nice},
		{"checker_cpu_affinity", f.CPUs},
		{"checker_no_swap", f.Locked},
	} {
		if part.err != nil {
			log.Warn(fmt.Sprintf("%s has no effect: %v", part.keyword, part.err))
		}
	}
}
