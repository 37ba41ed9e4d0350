// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"log/slog"

	"vipward/conf"
	"vipward/internal/sched"
)

// scheduleOf is what a configuration asks for. Realtime scheduling without memory would not
// help, so it locks that too.
func scheduleOf(g conf.Global) sched.Schedule {
	p := g.Daemon.VRRPProcess
	return sched.Schedule{Realtime: g.VRRPRealtime, Nice: p.Nice, CPUs: p.CPUs, Locked: g.VRRPRealtime > 0 || p.NoSwap}
}

// schedule goes over to a schedule. What cannot be had is logged; the instances run all the same.
func schedule(next, was sched.Schedule, log *slog.Logger) {
	f := next.Apply(was)
	if f.Realtime != nil {
		log.Warn(realtimeFailedLine(f.Realtime))
	}
	if f.Nice != nil {
		log.Warn(scheduleFailedLine("vrrp_priority", f.Nice))
	}
	if f.CPUs != nil {
		log.Warn(scheduleFailedLine("vrrp_cpu_affinity", f.CPUs))
	}
	if f.Locked != nil {
		log.Warn(lockFailedLine(f.Locked))
	}
}
