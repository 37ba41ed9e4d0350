// SPDX-License-Identifier: Apache-2.0

package main

import (
	"runtime/debug"
	"testing"
)

// TestHurry: whoever ends first, the collector is as before when the last one has ended. Other
// tests of this package may read configurations meanwhile, so this one is not parallel.
func TestHurry(t *testing.T) {
	now := func() int {
		p := debug.SetGCPercent(readingGCPercent)
		debug.SetGCPercent(p)
		return p
	}
	before := now()
	start := hurry()
	reload := hurry()
	start()
	if got := now(); got != readingGCPercent {
		t.Errorf("%d while a reload is read, want %d", got, readingGCPercent)
	}
	reload()
	if got := now(); got != before {
		t.Errorf("%d at the end, want %d", got, before)
	}
}
