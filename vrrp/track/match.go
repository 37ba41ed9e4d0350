// SPDX-License-Identifier: Apache-2.0

package track

import (
	"bytes"
	"strings"
)

// maxComm is how much of a process's name the kernel keeps.
const maxComm = 15

// ProcessMatch says which processes count.
type ProcessMatch struct {
	Args []string // name or command, and its parameters
	Full bool     // the name is argv[0], not the kernel's name of the process
	// Params says how parameters are compared: "" exactly, "partial" the first ones,
	// "initial" as the beginning of the command line, which may end within a word.
	Params string
}

// NeedsCommand says whether Matches looks at the command line.
func (m *ProcessMatch) NeedsCommand() bool { return m.Full || len(m.Args) > 1 }

// Matches says whether a process counts. comm is the kernel's name of it, command what is
// in /proc/PID/cmdline: each word ends with a zero byte.
func (m *ProcessMatch) Matches(comm string, command []byte) bool {
	if !m.NeedsCommand() {
		// A longer name can be meant, and never seen.
		return comm == m.Args[0][:min(len(m.Args[0]), maxComm)]
	}
	want := []byte(strings.Join(m.Args, "\x00"))
	rest, ok := bytes.CutPrefix(command, want)
	switch {
	case !ok:
		return false
	case m.Params == "initial" && len(m.Args) > 1:
		return true
	case m.Params == "partial" || len(m.Args) == 1:
		return len(rest) > 0 && rest[0] == 0
	}
	return len(rest) == 1 && rest[0] == 0
}
