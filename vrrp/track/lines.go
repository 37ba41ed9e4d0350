// SPDX-License-Identifier: Apache-2.0

package track

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

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

// ReloadLine says what a script counts as that a reload keeps; empty before its first result.
func (s *ScriptState) ReloadLine(name string) string {
	switch {
	case !s.known:
		return ""
	case s.Up():
		return fmt.Sprintf("VRRP_Script(%s) considered successful on reload", name)
	}
	return fmt.Sprintf("VRRP_Script(%s) considered unsuccessful on reload", name)
}

// BusyLine says that a run is left out since the one before has not ended; overdue: although
// its time is over.
func BusyLine(name string, overdue bool) string {
	state := "already running"
	if overdue {
		state = "being timed out"
	}
	return fmt.Sprintf("Track script %s is %s, expect idle - skipping run", name, state)
}

// ShortLine says that this machine has no room for a script, once until it runs again.
func ShortLine(name string, err error) string {
	return fmt.Sprintf("VRRP_Script(%s) cannot be started, and counts as before: %v", name, err)
}

// Failed says whether the last Result made the script fail.
func (s *ScriptState) Failed() bool { return s.changed && !s.Up() }

// OutputLine is what a script wrote before it failed; empty when it wrote nothing. It is
// vipward's own, since keepalived throws the output away.
func OutputLine(name, output string) string {
	text := strings.Join(strings.FieldsFunc(strings.TrimSpace(output), isLineEnd), " | ")
	if text == "" {
		return ""
	}
	if len(text) > maxOutput {
		text = "..." + text[len(text)-maxOutput:]
	}
	return fmt.Sprintf("VRRP_Script(%s) wrote: %s", name, printable(text))
}

// maxOutput is how much of a script's output is logged: the end of it says why it failed.
const maxOutput = 400

func isLineEnd(r rune) bool { return r == '\n' || r == '\r' }

// printable replaces what could disturb a terminal or a log.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}

// FaultLine says that a tracked file began to hold an instance in Fault, or stopped to.
func FaultLine(instance, file string, fault bool) string {
	what := "leaving"
	if fault {
		what = "now"
	}
	return fmt.Sprintf("(%s): tracked file %s %s FAULT state", instance, file, what)
}

// InvalidLine says that a file holds a number that is not taken.
func InvalidLine(path string, n int64) string {
	return fmt.Sprintf("Invalid number %d read from %s - ignoring", n, path)
}

// QuorumLine says that enough processes run now, or no more.
func QuorumLine(process string, gained bool) string {
	what := "lost"
	if gained {
		what = "gained"
	}
	return fmt.Sprintf("Quorum %s for tracked process %s", what, process)
}

// The reasons for a Fault at the start, as each kind of tracker says them.

// LinkReason is that of an interface.
func LinkReason(instance, dev string) string {
	return fmt.Sprintf("(%s): entering FAULT state (interface %s down)", instance, dev)
}

// FileReason is that of a file with that status.
func FileReason(instance, file string, status int) string {
	return fmt.Sprintf("(%s): entering FAULT state (tracked file %s has status %d)", instance, file, status)
}

// ProcessReason is that of a number of processes.
func ProcessReason(instance, process string) string {
	return fmt.Sprintf("(%s) entering FAULT state (tracked process %s quorum not achieved)", instance, process)
}

// ScriptReason is that of a script.
func ScriptReason(instance, script string) string {
	return fmt.Sprintf("(%s): entering FAULT state due to script %s", instance, script)
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

// confirmedLine is a detail.
const confirmedLine = "proc_events has confirmed it is configured"

// pollingLine says why tracked processes are looked for, where keepalived would stay in
// Fault.
func pollingLine(err error) string {
	return fmt.Sprintf("Tracked processes are looked for every %v: %v", pollInterval, err)
}
