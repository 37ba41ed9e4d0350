// SPDX-License-Identifier: Apache-2.0

package track

import (
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// run feeds a script with results: 0-9 exit with that status, s is killed by a signal,
// t times out. It returns U or D after each result, in capitals when that was a change.
func runScript(s *ScriptState, results string) string {
	var out strings.Builder
	for _, r := range results {
		changed := s.Result(resultOf(r))
		letter := map[bool]string{true: "u", false: "d"}[s.Up()]
		if changed {
			letter = strings.ToUpper(letter)
		}
		out.WriteString(letter)
	}
	return out.String()
}

func resultOf(r rune) ScriptResult {
	switch r {
	case 's':
		return ScriptResult{Signal: 15}
	case 't':
		return ScriptResult{TimedOut: true}
	}
	return ScriptResult{Status: int(r - '0')}
}

// TestScriptCounter follows rise and fall as keepalived counts them.
func TestScriptCounter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		rise, fall int
		results    string
		want       string
	}{
		{"one and one", 1, 1, "0101", "UDUD"},
		{"first success is enough", 3, 1, "00", "Uu"},
		{"first failure is enough", 1, 3, "10", "DU"},
		{"rise after a first failure", 2, 3, "100", "DdU"},
		{"rise needs successes in a row", 3, 1, "1001000", "DdddddU"},
		{"fall needs failures in a row", 1, 3, "0110111", "UuuuuuD"},
		{"one success heals all failures", 2, 3, "01101101", "Uuuuuuuu"},
		{"one failure spoils all successes", 3, 2, "11001001000", "DdddddddddU"},
		{"signal is a failure", 1, 2, "0ss", "UuD"},
		{"timeout is a failure", 1, 2, "0tt", "UuD"},
		{"zero counts as one", 0, 0, "010", "UDU"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := NewScriptState(tt.rise, tt.fall, false)
			if got := runScript(&s, tt.results); got != tt.want {
				t.Errorf("after %s: %s, want %s", tt.results, got, tt.want)
			}
		})
	}
}

// TestScriptInitFail only matters before the first result.
func TestScriptInitFail(t *testing.T) {
	t.Parallel()
	s := NewScriptState(3, 1, true)
	if s.Known() {
		t.Error("known before a result")
	}
	if got := runScript(&s, "0"); got != "U" {
		t.Errorf("after one success: %s", got)
	}
}

// TestScriptEffect for every weight and state.
func TestScriptEffect(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		initFail bool
		results  string
		weight   int
		reverse  bool
		want     Effect
	}{
		{"no weight, no result", false, "", 0, false, Effect{Undecided: true}},
		{"no weight, no result, init_fail", true, "", 0, false, Effect{Undecided: true}},
		{"no weight, no result, reverse", false, "", 0, true, Effect{Undecided: true}},
		{"no weight, up", false, "0", 0, false, Effect{}},
		{"no weight, down", false, "1", 0, false, Effect{Fault: true}},
		{"no weight, up, reverse", false, "0", 0, true, Effect{Fault: true}},
		{"no weight, down, reverse", false, "1", 0, true, Effect{}},
		{"positive, no result", false, "", 10, false, Effect{}},
		{"positive, no result, init_fail", true, "", 10, false, Effect{}},
		{"positive, up", false, "0", 10, false, Effect{Delta: 10}},
		{"positive, up, reverse", false, "0", 10, true, Effect{Delta: -10}},
		{"positive, down", false, "1", 10, false, Effect{}},
		{"negative, no result", false, "", -10, false, Effect{}},
		{"negative, no result, init_fail", true, "", -10, false, Effect{Delta: -10}},
		{"negative, no result, init_fail, reverse", true, "", -10, true, Effect{Delta: 10}},
		{"negative, up", false, "0", -10, false, Effect{}},
		{"negative, up, init_fail", true, "0", -10, false, Effect{}},
		{"negative, down", false, "1", -10, false, Effect{Delta: -10}},
		{"negative, down, reverse", false, "1", -10, true, Effect{Delta: 10}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := NewScriptState(1, 1, tt.initFail)
			runScript(&s, tt.results)
			if got := s.Effect(tt.weight, tt.reverse); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// TestScriptDisabled has no effect, whatever happened before.
func TestScriptDisabled(t *testing.T) {
	t.Parallel()
	for _, weight := range []int{0, 20, -20} {
		s := NewScriptState(1, 1, true)
		runScript(&s, "1")
		s.Disable()
		if got := s.Effect(weight, false); got != (Effect{}) {
			t.Errorf("weight %d: %+v", weight, got)
		}
		if !s.Known() || !s.Up() {
			t.Error("a disabled script holds its instances up")
		}
	}
}

// TestScriptResume goes on where an earlier process, or the configuration before, stopped,
// within the new rise and fall.
func TestScriptResume(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		m          ScriptMemory
		rise, fall int
		up         bool
		results    string
		want       string
	}{
		{"up, all failures left", ScriptMemory{Up: true, Count: 3}, 2, 2, true, "11", "uD"},
		{"up, one failure left", ScriptMemory{Up: true, Count: 2}, 2, 2, true, "1", "D"},
		{"down, nothing gained", ScriptMemory{Count: 0}, 2, 2, false, "00", "dU"},
		{"down, one success gained", ScriptMemory{Count: 1}, 2, 2, false, "0", "U"},
		{"up, with more fall than before", ScriptMemory{Up: true, Count: 1}, 1, 3, true, "1", "D"},
		{"up, with a larger rise", ScriptMemory{Up: true, Count: 1}, 5, 1, true, "1", "D"},
		{"up, with a smaller fall", ScriptMemory{Up: true, Count: 9}, 1, 2, true, "11", "uD"},
		{"down, with a smaller rise", ScriptMemory{Count: 4}, 1, 1, false, "0", "U"},
		{"nonsense", ScriptMemory{Count: -4}, 2, 1, false, "00", "dU"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := NewScriptState(tt.rise, tt.fall, false)
			s.Resume(tt.m)
			if !s.Known() || s.Up() != tt.up {
				t.Errorf("known %v, up %v", s.Known(), s.Up())
			}
			if got := runScript(&s, tt.results); got != tt.want {
				t.Errorf("after %s: %s, want %s", tt.results, got, tt.want)
			}
		})
	}
}

// TestScriptMemory is empty before the first result, and resumes as the same state.
func TestScriptMemory(t *testing.T) {
	t.Parallel()
	s := NewScriptState(3, 4, false)
	if m, ok := s.Memory(); ok {
		t.Errorf("before a result: %+v", m)
	}
	for _, r := range "0110022000" {
		s.Result(resultOf(r))
		m, ok := s.Memory()
		again := NewScriptState(3, 4, false)
		again.Resume(m)
		if got, _ := again.Memory(); !ok || got != m {
			t.Errorf("after %c: %+v became %+v", r, m, got)
		}
	}
	s.Result(ScriptResult{Status: 2})
	m, _ := s.Memory()
	again := NewScriptState(3, 4, false)
	again.Resume(m)
	again.Result(ScriptResult{Status: 2})
	if got := again.Lines("chk"); len(got) > 0 {
		t.Errorf("the same exit status again: %q", got)
	}
}

// TestScriptFailed holds only for the result that makes a script fail.
func TestScriptFailed(t *testing.T) {
	t.Parallel()
	s := NewScriptState(1, 2, false)
	var got strings.Builder
	for _, r := range "0111011" {
		s.Result(resultOf(r))
		got.WriteString(map[bool]string{true: "F", false: "."}[s.Failed()])
	}
	if got.String() != "..F...F" {
		t.Errorf("got %s", got.String())
	}
}

func TestScriptString(t *testing.T) {
	t.Parallel()
	s := NewScriptState(1, 1, false)
	got := []string{s.String()}
	for _, r := range "01" {
		s.Result(resultOf(r))
		got = append(got, s.String())
	}
	s.Disable()
	got = append(got, s.String())
	if diff := gocmp.Diff([]string{"INIT", "GOOD", "BAD", "disabled"}, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

// TestScriptLines are those of the recorded runs, for every result.
func TestScriptLines(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		rise, fall int
		results    string
		want       []string
	}{
		{"good from the start", 1, 1, "00", []string{"VRRP_Script(chk) succeeded"}},
		{"failing at the start", 2, 3, "1100", []string{
			"Script `chk` now returning 1",
			"VRRP_Script(chk) failed (exited with status 1)",
			"Script `chk` now returning 0",
			"VRRP_Script(chk) succeeded",
		}},
		{"fall 2, a signal in between, rise 2", 2, 2, "033s00", []string{
			"VRRP_Script(chk) succeeded",
			"Script `chk` now returning 3",
			"VRRP_Script(chk) failed (exited with status 3)",
			"Script `chk` now returning 0",
			"VRRP_Script(chk) succeeded",
		}},
		{"timeout", 1, 1, "0tt0", []string{
			"VRRP_Script(chk) succeeded",
			"VRRP_Script(chk) timed_out",
			"VRRP_Script(chk) succeeded",
		}},
		{"signal", 1, 1, "0s0", []string{
			"VRRP_Script(chk) succeeded",
			"VRRP_Script(chk) failed (due to signal 15)",
			"VRRP_Script(chk) succeeded",
		}},
		{"another status while down", 1, 1, "012", []string{
			"VRRP_Script(chk) succeeded",
			"Script `chk` now returning 1",
			"VRRP_Script(chk) failed (exited with status 1)",
			"Script `chk` now returning 2",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := NewScriptState(tt.rise, tt.fall, false)
			var got []string
			for _, r := range tt.results {
				s.Result(resultOf(r))
				got = append(got, s.Lines("chk")...)
			}
			if diff := gocmp.Diff(tt.want, got); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}
