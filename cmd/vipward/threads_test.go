// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"testing"
)

// TestReserveThreads counts the threads that stay. Others of this process may come, but none
// of these may go.
func TestReserveThreads(t *testing.T) {
	const n = 40 // more than the other tests need
	reserveThreads(n)
	list, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < n {
		t.Errorf("%d threads, want at least %d", len(list), n)
	}
}
