// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// StateLine is the line for a FIFO that says that an instance or group has a state.
// kind is INSTANCE or GROUP.
func StateLine(kind, name, state string, priority int) string {
	return fmt.Sprintf("%s \"%s\" %s %d\n", kind, name, state, priority)
}

func openFailedLine(p Pipe, err error) string {
	var perr *fs.PathError
	var errno syscall.Errno
	switch {
	case errors.As(err, &perr) && perr.Op == "create":
		return fmt.Sprintf("Unable to create %s fifo %s: %v", p.Name, p.Path, perr.Err)
	case errors.As(err, &errno):
		return fmt.Sprintf("Unable to open %s fifo %s - errno %d (%v)", p.Name, p.Path, int(errno), errno)
	case perr != nil:
		err = perr.Err
	}
	return fmt.Sprintf("Unable to open %s fifo %s: %v", p.Name, p.Path, err)
}

func samePathLine(p Pipe) string {
	return fmt.Sprintf("notify FIFO %s has been specified for global and %s FIFO - ignoring %[2]s FIFO", p.Path, shortName(p))
}

// shortName is vrrp of vrrp_notify.
func shortName(p Pipe) string { return p.Name[:max(0, len(p.Name)-len("_notify"))] }

func closeFailedLine(p Pipe, err error) string {
	return fmt.Sprintf("Unable to close %s fifo %s: %v", p.Name, p.Path, err)
}

func writeFailedLine(p Pipe, err error) string {
	return fmt.Sprintf("Unable to write to %s fifo %s: %v", p.Name, p.Path, err)
}

func fullLine(p Pipe) string {
	return fmt.Sprintf("%s fifo %s is full: nobody reads it, lines are lost", p.Name, p.Path)
}

func roomLine(p Pipe, lost uint64) string {
	return fmt.Sprintf("%s fifo %s has room again: %d lines were lost", p.Name, p.Path, lost)
}

func describeLine(p Pipe, made bool, lost uint64) string {
	from := "found"
	if made {
		from = "made"
	}
	return fmt.Sprintf("%s fifo = %s (%s, %d lines lost)", p.Name, p.Path, from, lost)
}

func readerEndedLine(role string) string { return role + " notify fifo script terminated" }

func readerResultLine(c Command, r Result) string {
	return fmt.Sprintf("notify fifo script %s: %s", c.path(), r)
}

func readerOutputLine(c Command, line string) string {
	return fmt.Sprintf("notify fifo script %s said: %s", c.path(), line)
}
