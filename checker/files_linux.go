// SPDX-License-Identifier: Apache-2.0

package checker

import "golang.org/x/sys/unix"

const (
	// otherFiles is how many descriptors the process needs beside probes.
	otherFiles = 64
	// minSlots keeps checks going where descriptors are scarce.
	minSlots = 16
)

// probeSlots says how many probes may run at once, with one descriptor each,
// when there are so many checks. The limit of the process is raised as far as
// that needs and the kernel allows; checks that find no slot wait.
func probeSlots(checks int) int {
	want := uint64(checks + otherFiles)
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
