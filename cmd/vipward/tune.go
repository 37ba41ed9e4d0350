// SPDX-License-Identifier: Apache-2.0

package main

import (
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"vipward/watchdog"
)

const (
	// gcPercent is that of parent and checker child, whose heaps grow with the servers; what they
	// make besides is little.
	gcPercent = 15
	// vrrpGCPercent is that of the vrrp child: its heap is small, and a collection is to be rare.
	vrrpGCPercent = 50
	// readingGCPercent is that of every process while it reads a configuration, which makes most
	// of what it needs.
	readingGCPercent = 400
	// vrrpProcs is the least GOMAXPROCS of the vrrp child: with fewer, a collection or a
	// busy goroutine takes the processor that an advert needs.
	vrrpProcs = 4
)

// settleTime is how long a process that has come up is busy with that: a checker child logs its
// checks and makes the first of them.
const settleTime = 5 * time.Second

// settle is what a process does when it has come up; the vrrp child has its threads from the
// beginning, since they are to be scheduled like the others.
func settle() {
	reserveThreads(spareThreads)
	time.AfterFunc(settleTime, tidy)
}

// tidy gives back what the reading of a configuration has taken. It stops the process for
// some milliseconds. The vrrp child has its memory locked, so that it never waits for a page.
func tidy() {
	debug.FreeOSMemory()
	_ = dropProgram("/proc/self/smaps") // without it they stay, which breaks nothing
}

// collector is the garbage collector of this process. Several may be in a hurry at once.
var collector struct {
	mu      sync.Mutex // guards what follows
	percent int        // while nobody is in a hurry
	hurries int
}

// hurry lets the collector wait while a configuration is read, until the function that it
// gives is called.
func hurry() (end func()) {
	collector.mu.Lock()
	defer collector.mu.Unlock()
	if collector.hurries++; collector.hurries == 1 {
		collector.percent = debug.SetGCPercent(readingGCPercent)
	}
	return func() {
		collector.mu.Lock()
		defer collector.mu.Unlock()
		if collector.hurries--; collector.hurries == 0 {
			debug.SetGCPercent(collector.percent)
		}
	}
}

// tuneRuntime sets what all processes of the daemon share, in one place.
func tuneRuntime(r watchdog.Role) {
	debug.SetGCPercent(gcPercent)
	// A crash ends with SIGABRT and not with 2, which would read as a wrong configuration.
	debug.SetTraceback("crash")
	if r == watchdog.VRRP {
		debug.SetGCPercent(vrrpGCPercent)
		runtime.GOMAXPROCS(max(vrrpProcs, runtime.GOMAXPROCS(0)))
		reserveThreads(spareThreads)
	}
	nameProcess("vipward") // a program started as /proc/self/exe is named "exe"
}
