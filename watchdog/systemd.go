// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sys/unix"
)

// NotifySystemd tells the service manager about a phase, if one listens (NOTIFY_SOCKET). A
// stop may need the time that child_wait_time allows, which the service manager does not know.
func NotifySystemd(log *slog.Logger, p Phase, patience time.Duration) {
	state := systemdState(p)
	if p == Stopping && patience > 0 {
		state += fmt.Sprintf("\nEXTEND_TIMEOUT_USEC=%d", (stopLimit*patience + stopRoom).Microseconds())
	}
	notifySystemd(log, state)
}

// stopRoom is the time of the parent itself, for what killed children have left behind.
const stopRoom = 10 * time.Second

// beatsPerLimit is how often the service manager hears that we are alive within the time
// after which it ends us, WatchdogSec: one or two may be missing on a busy machine.
const beatsPerLimit = 4

// SystemdBeat is how often the service manager wants to hear that the daemon is alive
// (WATCHDOG_USEC, and WATCHDOG_PID if it means us); 0: never.
func SystemdBeat() (time.Duration, error) {
	limit, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		return 0, fmt.Errorf("watchdog of the service manager: %w", err)
	}
	return limit / beatsPerLimit, nil
}

// SystemdAlive tells the service manager that the daemon is alive.
func SystemdAlive(log *slog.Logger) { notifySystemd(log, daemon.SdNotifyWatchdog) }

func notifySystemd(log *slog.Logger, state string) {
	if state == "" {
		return
	}
	if _, err := daemon.SdNotify(false, state); err != nil {
		log.Warn("notify the service manager: " + err.Error())
	}
}

// systemdState is the sd_notify(3) text for a phase; empty for a phase that has none.
func systemdState(p Phase) string {
	switch p {
	case Running:
		return fmt.Sprintf("%s\nMAINPID=%d", daemon.SdNotifyReady, os.Getpid())
	case Reloading:
		return fmt.Sprintf("%s\nMONOTONIC_USEC=%d", daemon.SdNotifyReloading, monotonicMicros())
	case Stopping:
		return daemon.SdNotifyStopping
	case Starting:
		return ""
	}
	return ""
}

// monotonicMicros is CLOCK_MONOTONIC, which Type=notify-reload compares.
func monotonicMicros() int64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return 0
	}
	return ts.Nano() / 1000
}
