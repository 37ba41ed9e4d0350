// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"vipward/internal/lab"
)

// parseRow is the check of a large file: time, and what it takes of processor and memory.
func parseRow(name string, servers, perService int, quick bool) row {
	return row{
		name: name, doc: fmt.Sprintf("-t on %d real servers, %d to a virtual server", servers, perService),
		rounds: 5, quick: quick,
		run: func(t lab.TB, d daemon, quick bool) []figure {
			if quick {
				return parse(t, d, servers/40, perService)
			}
			return parse(t, d, servers, perService)
		},
	}
}

func parse(t lab.TB, d daemon, servers, perService int) []figure {
	file := filepath.Join(t.TempDir(), "big.conf")
	if err := os.WriteFile(file, []byte(serversConfig(servers, perService)), 0o600); err != nil {
		t.Fatalf("write configuration: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), d.path, "-t", "-f", file)
	start := time.Now()
	out, err := cmd.CombinedOutput()
	elapsed := time.Since(start)
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s -t: %v", d.path, err)
	}
	ended := cmd.ProcessState
	if status := ended.ExitCode(); status != 0 {
		t.Fatalf("%s -t: exit status %d:\n%.2000s", d.path, status, out)
	}
	const perMB = 1024 // Maxrss is in kB
	peak := ended.SysUsage().(*syscall.Rusage).Maxrss
	return []figure{
		{"time ms", ms(elapsed)},
		{"CPU ms", ms(ended.UserTime() + ended.SystemTime())},
		{"peak MB", float64(peak) / perMB},
	}
}
