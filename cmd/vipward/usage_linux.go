// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"log/slog"

	"golang.org/x/sys/unix"
)

// lineSystem names the kernel, as keepalived does at start.
func lineSystem() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "Running on Linux"
	}
	return fmt.Sprintf("Running on %s %s %s",
		unix.ByteSliceToString(u.Sysname[:]), unix.ByteSliceToString(u.Release[:]), unix.ByteSliceToString(u.Version[:]))
}

// logUsage says at the end how much processor time was spent (-D).
func logUsage(log *slog.Logger) {
	var self, children unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &self) != nil || unix.Getrusage(unix.RUSAGE_CHILDREN, &children) != nil {
		return // it is only for the curious
	}
	log.Debug(fmt.Sprintf("CPU usage (self/children) user: %s/%s system: %s/%s",
		seconds(self.Utime), seconds(children.Utime), seconds(self.Stime), seconds(children.Stime)))
}

func seconds(t unix.Timeval) string { return fmt.Sprintf("%d.%06d", t.Sec, t.Usec) }
