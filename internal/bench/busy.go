// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"runtime"
	"time"

	"vipward/internal/lab"
)

// spinArg makes this program a process that only burns CPU time.
const spinArg = "-spin"

func spin() {
	runtime.GOMAXPROCS(1)
	for { //nolint:staticcheck // burning CPU time is what it is for
	}
}

// busyRow counts what a pair loses at the shortest interval on a machine that is
// hopelessly busy.
func busyRow() row {
	return row{
		name: "busy", doc: "advert_int 0.01 with 32 busy processes for 20 s", rounds: 3, quick: true,
		run: func(t lab.TB, d daemon, quick bool) []figure {
			if quick {
				return busy(t, d, 2, 2*time.Second)
			}
			return busy(t, d, 32, 20*time.Second)
		},
	}
}

func busy(t lab.TB, d daemon, processes int, length time.Duration) []figure {
	const adv = 10 * time.Millisecond
	p := newPair(t, d, 3, adv, 1)
	self, err := os.Executable()
	if err != nil {
		t.Fatalf("find own program: %v", err)
	}
	start := time.Now()
	for range processes {
		p.client.Start(self, spinArg)
	}
	p.pause(length)
	end := time.Now()
	changes, sent := count(p.wire.Adverts(), start, end)
	return []figure{
		{"master changes", float64(changes)},
		{"adverts sent %", 100 * float64(sent) / (float64(end.Sub(start)) / float64(adv))},
	}
}

// count counts the adverts in a span of time and how often another node took over.
func count(all []lab.Advert, start, end time.Time) (changes, sent int) {
	for i, a := range all {
		if a.Time.Before(start) || a.Time.After(end) {
			continue
		}
		sent++
		if i > 0 && a.Src != all[i-1].Src {
			changes++
		}
	}
	return changes, sent
}
