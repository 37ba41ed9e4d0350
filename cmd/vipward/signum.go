// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strconv"
	"syscall"
)

// The numbers of the C library's real-time signals, which the kernel does not name.
const (
	sigRTMin = syscall.Signal(34)
	sigRTMax = syscall.Signal(64)

	sigStatsClear = sigRTMax - 1
	sigJSON       = sigRTMin + 2
)

// signum prints the number of the signal that does what its name says.
func (s *scanner) signum(o *options, _, name string) {
	n, ok := map[string]syscall.Signal{
		"STOP":        syscall.SIGTERM,
		"RELOAD":      syscall.SIGHUP,
		"DATA":        syscall.SIGUSR1,
		"STATS":       syscall.SIGUSR2,
		"STATS_CLEAR": sigStatsClear,
		"JSON":        sigJSON,
	}[name]
	if !ok {
		o.complain("Unknown sigfunc %s", name)
		s.bad = true
		return
	}
	o.out += strconv.Itoa(int(n)) + "\n"
	o.done = true
}
