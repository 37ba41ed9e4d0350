// SPDX-License-Identifier: Apache-2.0

package main

import (
	"runtime"
	"runtime/debug"

	"vipward/watchdog"
)

const (
	// gcPercent keeps the heaps small; they hold a few MB, so the collector has little to do.
	gcPercent = 50
	// vrrpProcs is the least GOMAXPROCS of the vrrp child: with fewer, a collection or a
	// busy goroutine takes the processor that an advert needs.
	vrrpProcs = 4
)

// tuneRuntime sets what all processes of the daemon share, in one place.
func tuneRuntime(r watchdog.Role) {
	debug.SetGCPercent(gcPercent)
	// A crash ends with SIGABRT and not with 2, which would read as a wrong configuration.
	debug.SetTraceback("crash")
	if r == watchdog.VRRP {
		runtime.GOMAXPROCS(max(vrrpProcs, runtime.GOMAXPROCS(0)))
	}
	nameProcess("vipward") // a program started as /proc/self/exe is named "exe"
}
