// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"fmt"
	"syscall"
	"time"
)

const (
	// steadyRun is how long a child must have run for its death not to count against it.
	steadyRun = 60 * time.Second
	// maxDelay bounds the wait before a restart.
	maxDelay = 60 * time.Second
)

// Restart decides how long to wait before a child that ran for so long is started again.
// failures is the number of short runs in a row before this one; next is the number to
// give next time. As keepalived: at once after a steady run, else 0, 1, 2, 4, … 60 s.
func Restart(failures int, ran time.Duration) (delay time.Duration, next int) {
	if ran > steadyRun {
		return 0, 0
	}
	if failures == 0 {
		return 0, 1
	}
	// 2^6 s is beyond the bound, so the shift never needs to be larger.
	return min(time.Second<<min(failures-1, 6), maxDelay), failures + 1
}

// Exit is how a process ended.
type Exit struct {
	Code   int
	Signal syscall.Signal // 0: it exited with Code
	Trace  string         // what a crash wrote to a standard error that leads nowhere
}

// String tells how a process ended: "status 2", "signal 9 (Killed)".
func (e Exit) String() string {
	if e.Signal != 0 {
		return fmt.Sprintf("signal %d (%s)", int(e.Signal), signalName(e))
	}
	return fmt.Sprintf("status %d", e.Code)
}

// permanent says whether a restart could not help: keepalived's exit codes for an error
// that was there from the start.
func (e Exit) permanent() bool {
	return e.Signal == 0 && (e.Code == ExitFatal || e.Code == ExitConfig || e.Code == ExitPermission)
}

// The exit codes with which a child says that starting it again is pointless.
const (
	ExitFatal      = 1
	ExitConfig     = 2
	ExitPermission = 4
)

// permanentName is keepalived's word for a permanent exit code.
func permanentName(code int) string {
	switch code {
	case ExitConfig:
		return "CONFIG"
	case ExitPermission:
		return "missing permission"
	default:
		return "FATAL"
	}
}
