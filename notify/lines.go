// SPDX-License-Identifier: Apache-2.0

package notify

import "fmt"

func endedLine(j Job, c Command, r Result) string {
	return fmt.Sprintf("%s notify script %s for %s: %s", j.Key, c.path(), j.State, r)
}

func outputLine(j Job, c Command, line string) string {
	return fmt.Sprintf("%s notify script %s for %s said: %s", j.Key, c.path(), j.State, line)
}

func overrunLine(j Job, c Command) string {
	return fmt.Sprintf("%s notify script %s for %s is still running - not waiting for it any longer", j.Key, c.path(), j.State)
}

func skippedLine(j Job, why string) string {
	return fmt.Sprintf("%s skipping the notify scripts for %s: %s", j.Key, j.State, why)
}

// skippedAllLine tells of jobs that others behind them made void, or that a stop has no
// time for.
func skippedAllLine(n int, stopping bool) string {
	if stopping {
		return fmt.Sprintf("notify scripts of %d changes skipped: the daemon stops", n)
	}
	return fmt.Sprintf("notify scripts of %d changes skipped: too many at once, the last of each was run", n)
}

// UnsafeLine says that a command is run although others than root could change it. It
// begins with keepalived's line.
func (c Command) UnsafeLine() string {
	return fmt.Sprintf("Unsafe permissions found for script '%s'. Others than root can change %s "+
		"(enable_script_security refuses such scripts)", c.Args[0], c.Unsafe)
}
