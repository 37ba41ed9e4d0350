// SPDX-License-Identifier: Apache-2.0

package checker

import "golang.org/x/sys/unix"

const (
	// otherFiles is how many descriptors the process needs beside probes.
	otherFiles = 64
	// minSlots keeps checks going where descriptors are scarce.
	minSlots = 16
)

// scriptFiles is how many descriptors a script takes while it runs: both ends of its output,
// what it reads, and the process itself. Other probes have a socket.
const scriptFiles = 4

// descriptors is how many descriptors all checks need when they run at once.
func (r *roster) descriptors() int {
	n := 0
	for _, p := range r.pools {
		for _, s := range p.servers {
			for _, c := range s.checks {
				if n++; c.conf.Misc != nil {
					n += scriptFiles - 1
				}
			}
		}
	}
	return n
}

// probeSlots says how many probes may run at once when they need so many descriptors. The
// limit of the process is raised as far as that needs and the kernel allows; checks that find
// no slot wait.
func probeSlots(descriptors int) int {
	want := uint64(descriptors + otherFiles)
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return minSlots
	}
	if limit.Cur < want {
		raised := unix.Rlimit{Cur: want, Max: max(want, limit.Max)}
		if unix.Setrlimit(unix.RLIMIT_NOFILE, &raised) == nil {
			limit = raised
		}
	}
	return max(int(min(limit.Cur, want))-otherFiles, minSlots)
}
