// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"vipward/internal/lab"
)

// memory is what processes hold, in MB.
type memory struct{ rss, pss float64 }

// memoryOf sums up processes.
func memoryOf(t lab.TB, pids []int) memory {
	var sum memory
	for _, pid := range pids {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			t.Fatalf("read memory of process %d: %v", pid, err)
		}
		m, err := parseRollup(string(b))
		if err != nil {
			t.Fatalf("memory of process %d: %v", pid, err)
		}
		sum.rss += m.rss
		sum.pss += m.pss
	}
	return sum
}

// parseRollup reads smaps_rollup: lines as "Rss:   1234 kB".
func parseRollup(text string) (memory, error) {
	var m memory
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) != 3 || (f[0] != "Rss:" && f[0] != "Pss:") {
			continue
		}
		kb, err := strconv.ParseFloat(f[1], 64)
		if err != nil {
			return memory{}, err
		}
		if f[0] == "Rss:" {
			m.rss = kb / 1024
		} else {
			m.pss = kb / 1024
		}
	}
	if m.rss == 0 || m.pss == 0 {
		return memory{}, fmt.Errorf("no Rss and Pss in %q", text)
	}
	return m, nil
}

// cpu is the CPU time that all threads of processes have used. The scheduler's own count
// is exact where the clock ticks of /proc/PID/stat are not.
func cpu(t lab.TB, pids []int) time.Duration {
	var sum time.Duration
	for _, pid := range pids {
		files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
		if err != nil || len(files) == 0 {
			t.Fatalf("process %d has no threads: %v", pid, err)
		}
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				continue // the thread has ended
			}
			d, err := parseSchedstat(string(b))
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			sum += d
		}
	}
	return sum
}

// parseSchedstat reads "RUNNING WAITING SLICES", the first two in nanoseconds.
func parseSchedstat(text string) (time.Duration, error) {
	f := strings.Fields(text)
	if len(f) != 3 {
		return 0, fmt.Errorf("unexpected schedstat %q", text)
	}
	ns, err := strconv.ParseInt(f[0], 10, 64)
	return time.Duration(ns), err
}
