// SPDX-License-Identifier: Apache-2.0

package track

import (
	"errors"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// TestLines are those of the recordings.
func TestLines(t *testing.T) {
	t.Parallel()
	want := []string{
		"Track script chk is already running, expect idle - skipping run",
		"Track script chk is being timed out, expect idle - skipping run",
		"(VI_1): tracked file tf now FAULT state",
		"(VI_1): tracked file tf leaving FAULT state",
		"Invalid number 99999999999 read from /d/b - ignoring",
		"Quorum gained for tracked process tp",
		"Quorum lost for tracked process tp",
		"(VI_1): entering FAULT state (interface eth1 down)",
		"(VI_1): entering FAULT state (tracked file tf has status -254)",
		"(VI_1) entering FAULT state (tracked process tp quorum not achieved)",
		"(VI_1): entering FAULT state due to script chk",
		"proc_events has confirmed it is configured",
		"Tracked processes are looked for every 500ms: no events",
	}
	got := []string{
		BusyLine("chk", false), BusyLine("chk", true),
		FaultLine("VI_1", "tf", true), FaultLine("VI_1", "tf", false),
		InvalidLine("/d/b", 99999999999),
		QuorumLine("tp", true), QuorumLine("tp", false),
		LinkReason("VI_1", "eth1"), FileReason("VI_1", "tf", -254), ProcessReason("VI_1", "tp"), ScriptReason("VI_1", "chk"),
		confirmedLine, pollingLine(errors.New("no events")),
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

// TestReloadLine is recording script-reload's.
func TestReloadLine(t *testing.T) {
	t.Parallel()
	s := NewScriptState(1, 1, false)
	got := []string{s.ReloadLine("chk")}
	for _, r := range "01" {
		s.Result(resultOf(r))
		got = append(got, s.ReloadLine("chk"))
	}
	want := []string{"", "VRRP_Script(chk) considered successful on reload", "VRRP_Script(chk) considered unsuccessful on reload"}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

// TestOutputLine is one line, of bounded length, without anything that a terminal obeys.
func TestOutputLine(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxOutput+1)
	tests := []struct{ name, output, want string }{
		{"nothing", "", ""},
		{"blank", " \n\n", ""},
		{"one line", "connection refused\n", "VRRP_Script(chk) wrote: connection refused"},
		{"more", "a\nb\r\n\nc", "VRRP_Script(chk) wrote: a | b | c"},
		{"control characters", "a\x1b[2Jb\tc\x00\xff", "VRRP_Script(chk) wrote: a?[2Jb?c??"},
		{"other scripts", "fällt aus", "VRRP_Script(chk) wrote: fällt aus"},
		{"too much", "start " + long, "VRRP_Script(chk) wrote: ..." + long[1:]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := gocmp.Diff(tt.want, OutputLine("chk", tt.output)); diff != "" {
				t.Errorf("line (-want +got):\n%s", diff)
			}
		})
	}
}
