// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
)

// Command is a program that can be started. Resolve makes it.
type Command struct {
	Path     string   // the file to execute, free of links; empty: Args[0]
	Args     []string // Args[0] is the program as it was asked for
	UID, GID uint32   // whom it runs as
	Groups   []uint32 // supplementary groups; empty: GID alone
	Dir      string   // working directory; empty: the daemon's
	Leashed  bool     // gets SIGTERM when the daemon dies
	Env      []string // nil: the daemon's

	// Unsafe is the part of the path that somebody other than root can change, empty when
	// there is none. Resolve gives it when the command may run all the same.
	Unsafe string
}

// With is the command with more arguments.
func (c Command) With(args ...string) Command {
	c.Args = append(append([]string(nil), c.Args...), args...)
	return c
}

// String is the command line, for log lines.
func (c Command) String() string { return strings.Join(c.Args, " ") }

// path is the file to execute.
func (c Command) path() string {
	if c.Path != "" || len(c.Args) == 0 {
		return c.Path
	}
	return c.Args[0]
}

// Result is how a program ended.
type Result struct {
	Status   int            // exit status, when it exited
	Signal   syscall.Signal // that ended it, else 0
	TimedOut bool           // it was ended since it took too long
	Output   string         // the end of what it wrote, at most 4 KiB
	Err      error          // it could not be started, or it was ended or left since the caller gave up
}

// OK says whether the program ended by itself with status 0.
func (r Result) OK() bool {
	return r.Err == nil && !r.TimedOut && r.Signal == 0 && r.Status == 0
}

// shortages are errors of a start that tell about this machine, not about the program.
var shortages = []error{syscall.EAGAIN, syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE}

// Short says whether the program could not be started since this machine lacks processes,
// memory or descriptors: that says nothing of what the program would have found.
func (r Result) Short() bool {
	return slices.ContainsFunc(shortages, func(s error) bool { return errors.Is(r.Err, s) })
}

// String says how the program ended: "exited with status 1", "timed out", "due to signal 9".
func (r Result) String() string {
	switch {
	case r.Err != nil:
		return r.Err.Error()
	case r.TimedOut:
		return "timed out"
	case r.Signal != 0:
		return fmt.Sprintf("due to signal %d", int(r.Signal))
	}
	return fmt.Sprintf("exited with status %d", r.Status)
}
