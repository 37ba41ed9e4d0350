// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sys/unix"
)

// NotifySystemd tells the service manager about a phase, if one listens (NOTIFY_SOCKET).
func NotifySystemd(log *slog.Logger, p Phase) {
	state := systemdState(p)
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
