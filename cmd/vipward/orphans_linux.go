// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// reapOrphans reaps processes that were left to us as the first process of a container,
// but none of our own: whoever started those waits for them, so wait4(-1) is not for us.
func reapOrphans(owned func(pid int) bool) {
	for _, pid := range childPIDs() {
		if !owned(pid) {
			// Still running, or gone already: both are fine.
			_, _ = unix.Wait4(pid, nil, unix.WNOHANG, nil)
		}
	}
}

// childPIDs lists the children of all threads.
func childPIDs() []int {
	files, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		return nil // the pattern is constant and right
	}
	var pids []int
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			continue // the thread ended
		}
		for _, word := range strings.Fields(string(b)) {
			if pid, err := strconv.Atoi(word); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}
