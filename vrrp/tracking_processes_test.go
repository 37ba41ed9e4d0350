// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"vipward/conf"
)

// startProgram starts a program of that name, which sleeps until it is ended.
func startProgram(t *testing.T, name string) (end func()) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.Symlink("/bin/sleep", path); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	t.Cleanup(end)
	return end
}

func processInstance(t conf.TrackProcess) *conf.Config {
	vi := slow(testInstance(100))
	vi.Tracking.Processes = []conf.TrackProcess{t}
	return oneInstance(vi)
}

// TestTrackProcess is the recording track-process-events, with and without a weight.
func TestTrackProcess(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name          string
		weight        int
		start         []string
		gained, ended string
	}{
		{
			"no weight", 0,
			[]string{"(VI_1) entering FAULT state (tracked process tp quorum not achieved)", "(VI_1) entering FAULT state"},
			"(VI_1) Entering BACKUP STATE", "(VI_1) Entering FAULT STATE",
		},
		{
			"a weight", 10,
			[]string{"(VI_1) Entering BACKUP STATE (init)"},
			"(VI_1) Changing effective priority from 100 to 110", "(VI_1) Changing effective priority from 110 to 100",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			name := "vwt" + map[int]string{0: "a", 10: "b"}[tt.weight]
			p := &conf.TrackedProcess{Name: "tp", Args: []string{name}, Quorum: 1, QuorumMax: -1}
			cfg := processInstance(conf.TrackProcess{Process: p, Weight: tt.weight})
			c := startChild(t, cfg, &memStore{})
			said := tt.start
			c.said(said...)
			end := startProgram(t, name)
			said = append(said, "Quorum gained for tracked process tp", tt.gained)
			c.said(said...)
			if err := c.reloadTo(cfg); err != nil {
				t.Fatal(err)
			}
			end()
			said = append(said, "Quorum lost for tracked process tp", tt.ended)
			c.said(said...)
		})
	}
}
