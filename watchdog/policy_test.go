// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRestart(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		failures int
		ran      time.Duration
		delay    time.Duration
		next     int
	}{
		{"first short run", 0, time.Second, 0, 1},
		{"second", 1, time.Second, time.Second, 2},
		{"third", 2, 0, 2 * time.Second, 3},
		{"fourth", 3, 0, 4 * time.Second, 4},
		{"seventh", 6, 0, 32 * time.Second, 7},
		{"bounded", 7, 0, 60 * time.Second, 8},
		{"bounded for ever", 1 << 40, 0, 60 * time.Second, 1<<40 + 1},
		{"exactly a minute is short", 3, 60 * time.Second, 4 * time.Second, 4},
		{"a steady run forgives", 7, 61 * time.Second, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			delay, next := Restart(tt.failures, tt.ran)
			if delay != tt.delay || next != tt.next {
				t.Errorf("Restart(%d, %s) = %s, %d, want %s, %d", tt.failures, tt.ran, delay, next, tt.delay, tt.next)
			}
		})
	}
}

// The sequence that a child which always dies at once goes through.
func TestRestartSequence(t *testing.T) {
	t.Parallel()
	var got []int
	var delay time.Duration
	for failures, i := 0, 0; i < 10; i++ {
		delay, failures = Restart(failures, 0)
		got = append(got, int(delay/time.Second))
	}
	if diff := cmp.Diff([]int{0, 1, 2, 4, 8, 16, 32, 60, 60, 60}, got); diff != "" {
		t.Errorf("delays in seconds (-want +got):\n%s", diff)
	}
}

func TestExitPermanent(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		exit Exit
		want bool
	}{
		{"normal", Exit{}, false},
		{"fatal", Exit{Code: 1}, true},
		{"config", Exit{Code: 2}, true},
		{"other", Exit{Code: 3}, false},
		{"permission", Exit{Code: 4}, true},
		{"signal with the number of a code", Exit{Signal: 2}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.exit.permanent(); got != tt.want {
				t.Errorf("permanent() = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	got := []string{
		lineStarting(VRRP, 10),
		lineStarting(Checker, 11),
		lineExit(10, Exit{Signal: syscall.SIGKILL}),
		lineExit(10, Exit{Signal: syscall.SIGSEGV}),
		lineExit(10, Exit{Code: 3}),
		lineExit(10, Exit{}),
		linePermanent(10, 1),
		linePermanent(10, 2),
		linePermanent(10, 4),
		lineDied(VRRP, 10, true),
		lineDied(Checker, 11, false),
		lineDelayed(VRRP, 4*time.Second),
		lineForced(VRRP),
		lineForced(Checker),
	}
	want := []string{
		"Starting VRRP child process, pid=10",
		"Starting Healthcheck child process, pid=11",
		"pid 10 exited due to signal 9 (Killed)",
		"pid 10 exited due to signal 11 (Segmentation fault)",
		"pid 10 exited with status 3",
		"",
		"pid 10 exited with permanent error FATAL. Terminating",
		"pid 10 exited with permanent error CONFIG. Terminating",
		"pid 10 exited with permanent error missing permission. Terminating",
		"VRRP child process(10) died: Respawning",
		"Healthcheck child process(11) died: Exiting",
		"Restart of VRRP process delayed 4 seconds to limit respawn rate",
		"vrrp process failed to die - forcing termination",
		"checker process failed to die - forcing termination",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestRoleOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		argv0 string
		role  Role
		ok    bool
	}{
		{"vipward: vrrp", VRRP, true},
		{"vipward: checker", Checker, true},
		{"vipward", "", false},
		{"vipward: bfd", "", false},
		{"vrrp", "", false},
		{"", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.argv0, func(t *testing.T) {
			t.Parallel()
			role, ok := RoleOf(tt.argv0)
			if role != tt.role || ok != tt.ok {
				t.Errorf("RoleOf(%q) = %q, %v, want %q, %v", tt.argv0, role, ok, tt.role, tt.ok)
			}
		})
	}
}
