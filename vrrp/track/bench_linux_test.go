// SPDX-License-Identifier: Apache-2.0

package track

import (
	"os"
	"testing"
	"time"
)

// BenchmarkForeignProcess is what a program that nobody tracks costs when it starts: one look
// at its name. Its fork and its end cost no look at all.
func BenchmarkForeignProcess(b *testing.B) {
	for name, process := range map[string]string{"name": "haproxy", "command line": "/usr/sbin/haproxy -W"} {
		b.Run(name, func(b *testing.B) {
			w := ProcessWatch{Trackers: []ProcessTracker{tracker("t", process, Quorum{Min: 1, Max: -1})}}
			w.begin()
			self, now := os.Getpid(), time.Now()
			b.ReportAllocs()
			for b.Loop() {
				w.follow(now, processEvent{what: eventFork, pid: 1, child: self})
				w.follow(now, processEvent{what: eventExec, pid: self})
				w.follow(now, processEvent{what: eventExit, pid: self})
			}
		})
	}
}

// BenchmarkRound is one round of looking at all processes of the machine without events,
// after they have been there for a while.
func BenchmarkRound(b *testing.B) {
	w := &ProcessWatch{Trackers: []ProcessTracker{tracker("t", "haproxy", Quorum{Min: 1, Max: -1})}}
	w.begin()
	p := &processPoll{w: w, ages: map[int]int{}, held: map[int]*os.File{}}
	for range pollYoung + 1 {
		must(b, p.look(time.Now()))
	}
	b.ReportMetric(float64(len(p.ages)), "processes")
	for b.Loop() {
		must(b, p.look(time.Now()))
	}
}
