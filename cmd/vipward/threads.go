// SPDX-License-Identifier: Apache-2.0

package main

import (
	"runtime"
	"sync"
)

// spareThreads is how many threads a process has ready. Go makes a thread when one more is
// blocked in a system call, and ends the process when the kernel refuses it (EAGAIN): on a
// machine that is out of processes the daemon must not depend on a new one.
const spareThreads = 8

// reserveThreads has n threads at once, which then wait for work: the runtime keeps them.
func reserveThreads(n int) {
	var all, done sync.WaitGroup
	all.Add(n)
	for range n {
		done.Go(func() {
			runtime.LockOSThread() // each has a thread of its own until all have one
			defer runtime.UnlockOSThread()
			all.Done()
			all.Wait()
		})
	}
	done.Wait()
}
