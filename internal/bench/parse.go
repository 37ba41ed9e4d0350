// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"vipward/internal/lab"
)

// parseRow times the check of a large file.
func parseRow() row {
	return row{
		name: "parse", doc: "-t on 40,000 real servers", rounds: 5, quick: true,
		run: func(t lab.TB, d daemon, quick bool) []figure {
			if quick {
				return parse(t, d, 1000)
			}
			return parse(t, d, 40_000)
		},
	}
}

func parse(t lab.TB, d daemon, servers int) []figure {
	file := filepath.Join(t.TempDir(), "big.conf")
	if err := os.WriteFile(file, []byte(serversConfig(servers)), 0o600); err != nil {
		t.Fatalf("write configuration: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), d.path, "-t", "-f", file)
	start := time.Now()
	out, err := cmd.CombinedOutput()
	elapsed := time.Since(start)
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s -t: %v", d.path, err)
	}
	if status := cmd.ProcessState.ExitCode(); status != 0 {
		t.Fatalf("%s -t: exit status %d:\n%.2000s", d.path, status, out)
	}
	return []figure{{"time ms", ms(elapsed)}}
}
