// SPDX-License-Identifier: Apache-2.0

package track

import "fmt"

// Lines returns the lines of the last Result of the script called name.
func (s *ScriptState) Lines(name string) []string {
	var lines []string
	if s.returned {
		lines = append(lines, fmt.Sprintf("Script `%s` now returning %d", name, s.last.Status))
	}
	if s.changed {
		lines = append(lines, fmt.Sprintf("VRRP_Script(%s) %s", name, s.outcome()))
	}
	return lines
}

func (s *ScriptState) outcome() string {
	switch {
	case s.Up():
		return "succeeded"
	case s.last.TimedOut:
		return "timed_out"
	case s.last.Signal != 0:
		return fmt.Sprintf("failed (due to signal %d)", s.last.Signal)
	}
	return fmt.Sprintf("failed (exited with status %d)", s.last.Status)
}
