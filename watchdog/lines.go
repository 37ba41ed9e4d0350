// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// LevelAlert is the level of the line that reports a child's death: syslog severity alert.
const LevelAlert = slog.Level(12)

// The lines below are an interface: tools search the log for them. They are keepalived's.
const (
	lineStartup  = "Startup complete"
	lineReload   = "Reloading ..."
	lineReloaded = "Reload complete"
	lineStopping = "Stopping"
)

func lineStarting(r Role, pid int) string {
	return fmt.Sprintf("Starting %s child process, pid=%d", r.Label(), pid)
}

// lineExit describes an unexpected end; empty for an exit with 0, which has no line.
func lineExit(pid int, e Exit) string {
	switch {
	case e.Signal != 0:
		return fmt.Sprintf("pid %d exited due to signal %d (%s)", pid, int(e.Signal), signalName(e))
	case e.Code != 0:
		return fmt.Sprintf("pid %d exited with status %d", pid, e.Code)
	default:
		return ""
	}
}

func linePermanent(pid, code int) string {
	return fmt.Sprintf("pid %d exited with permanent error %s. Terminating", pid, permanentName(code))
}

func lineDied(r Role, pid int, respawn bool) string {
	what := "Exiting"
	if respawn {
		what = "Respawning"
	}
	return fmt.Sprintf("%s child process(%d) died: %s", r.Label(), pid, what)
}

func lineHangs(r Role, pid int, silent time.Duration) string {
	return fmt.Sprintf("%s child process(%d) has not answered for %d seconds: it is replaced", r.Label(), pid, silent/time.Second)
}

func lineDelayed(r Role, d time.Duration) string {
	return fmt.Sprintf("Restart of %s process delayed %d seconds to limit respawn rate", r.Label(), d/time.Second)
}

func lineForced(r Role) string {
	return fmt.Sprintf("%s process failed to die - forcing termination", r)
}

// signalName is the text of strsignal(3): Go's, with a capital.
func signalName(e Exit) string {
	name := e.Signal.String()
	return strings.ToUpper(name[:1]) + name[1:]
}
