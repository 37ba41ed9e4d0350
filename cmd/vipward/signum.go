// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strconv"
	"syscall"
)

// The numbers of the C library's real-time signals, which the kernel does not name.
const (
	sigRTMin = 34
	sigRTMax = 64
)

// signum prints the number of the signal that does what its name says.
func (s *scanner) signum(o *options, _, name string) {
	n, ok := map[string]int{
		"STOP":        int(syscall.SIGTERM),
		"RELOAD":      int(syscall.SIGHUP),
		"DATA":        int(syscall.SIGUSR1),
		"STATS":       int(syscall.SIGUSR2),
		"STATS_CLEAR": sigRTMax - 1,
		"JSON":        sigRTMin + 2,
	}[name]
	if !ok {
		o.complain("Unknown sigfunc %s", name)
		s.bad = true
		return
	}
	o.out += strconv.Itoa(n) + "\n"
	o.done = true
}
