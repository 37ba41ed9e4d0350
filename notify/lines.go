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
