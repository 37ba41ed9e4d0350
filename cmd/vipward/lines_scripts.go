// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"vipward/notify"
)

// lineRunning says that a script of the daemon's life begins: name is "startup script".
func lineRunning(name, path string) string { return fmt.Sprintf("Running %s %s", name, path) }

// linesRan say how it ended, in keepalived's words where it has some.
func linesRan(name string, r notify.Result) []string {
	var lines []string
	if r.TimedOut {
		lines = append(lines, name+" timed out")
	}
	switch {
	case r.Err != nil:
		lines = append(lines, fmt.Sprintf("%s script failed: %v", name, r.Err))
	case r.Signal != 0 && !r.TimedOut:
		lines = append(lines, fmt.Sprintf("%s script failed, signal %d", name, int(r.Signal)))
	case r.Signal != 0:
		// Ended by us.
	case r.Status != 0 || r.TimedOut:
		lines = append(lines, fmt.Sprintf("%s script failed, status %d", name, r.Status))
	default:
		lines = append(lines, name+" script succeeded")
	}
	return lines
}
