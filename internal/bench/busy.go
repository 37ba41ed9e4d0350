// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"runtime"

	"vipward/internal/lab"
)

// spinArg makes this program a process that only burns CPU time.
const spinArg = "-spin"

// spin burns CPU time for as long as its parent lives.
func spin() {
	runtime.GOMAXPROCS(1)
	for parent := os.Getppid(); os.Getppid() == parent; {
		for range 1 << 24 { //nolint:staticcheck // burning CPU time is what it is for
		}
	}
}

// makeBusy starts processes that only burn CPU time.
func (p *pair) makeBusy(t lab.TB, processes int) {
	self, err := os.Executable()
	if err != nil {
		t.Fatalf("find own program: %v", err)
	}
	for range processes {
		p.client.Start(self, spinArg)
	}
}
