// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"vipward/internal/lab"
)

// policies counts the scheduling policies of a process's threads (sched(7)).
func policies(t *testing.T, pid int) map[uint32]int {
	t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	if err != nil || len(tasks) == 0 {
		t.Fatalf("threads of %d: %v %v", pid, tasks, err)
	}
	count := map[uint32]int{}
	for _, task := range tasks {
		tid, err := strconv.Atoi(filepath.Base(task))
		if err != nil {
			t.Fatal(err)
		}
		if attr, err := unix.SchedGetAttr(tid, 0); err == nil { // else the thread has ended
			count[attr.Policy]++
		}
	}
	return count
}

// TestRealtime looks at how the kernel schedules the processes: every thread of the vrrp
// process by SCHED_RR, so that neither a neighbour nor a half of our own keeps an advert
// waiting, and everything else like any other program.
func TestRealtime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script, out := filepath.Join(dir, "check.sh"), filepath.Join(dir, "policy")
	text := fmt.Sprintf("#!/bin/sh\nsed -n 's/^policy *: *//p' /proc/self/sched >%s.new && mv %s.new %s\n", out, out, out)
	if err := os.WriteFile(script, []byte(text), 0o755); err != nil { //nolint:gosec // a script must be executable
		t.Fatal(err)
	}
	block := fmt.Sprintf("vrrp_script look {\n  script %q\n  interval 1\n}\n", script)
	cfg := instance{version: 3, advert: "0.2", before: block, extra: "  track_script {\n    look\n  }\n"}.String()
	lb := lab.NewNet(t).Host("lb1", nodeAddr[0]+"/24")
	d := lab.StartDaemon(lb, lab.Vipward, cfg)
	d.WaitLine(`Entering MASTER STATE`, patient)

	if got := policies(t, d.RolePID("vrrp")); got[unix.SCHED_RR] == 0 || len(got) != 1 {
		t.Errorf("threads of the vrrp process by policy: %v, want only SCHED_RR (%d)", got, unix.SCHED_RR)
	}
	if got := policies(t, d.RolePID("parent")); got[unix.SCHED_NORMAL] == 0 || len(got) != 1 {
		t.Errorf("threads of the parent by policy: %v, want only SCHED_OTHER (%d)", got, unix.SCHED_NORMAL)
	}
	lab.Wait(t, patient, "a script with ordinary scheduling", func() error {
		b, err := os.ReadFile(out)
		if err == nil && strings.TrimSpace(string(b)) != "0" {
			err = fmt.Errorf("the script runs with policy %q, want 0", b)
		}
		return err
	})
}

// TestRealtimeOff turns it off.
func TestRealtimeOff(t *testing.T) {
	t.Parallel()
	cfg := instance{version: 3, advert: "0.2", global: "  vrrp_rt_priority 0\n"}.String()
	lb := lab.NewNet(t).Host("lb1", nodeAddr[0]+"/24")
	d := lab.StartDaemon(lb, lab.Vipward, cfg)
	d.WaitLine(`Entering MASTER STATE`, patient)
	if got := policies(t, d.RolePID("vrrp")); got[unix.SCHED_NORMAL] == 0 || len(got) != 1 {
		t.Errorf("threads of the vrrp process by policy: %v, want only SCHED_OTHER (%d)", got, unix.SCHED_NORMAL)
	}
}

// TestRealtimeChangesAtReload turns it on and off, with a nice value and one processor.
func TestRealtimeChangesAtReload(t *testing.T) {
	t.Parallel()
	text := func(global string) string {
		return instance{version: 3, advert: "0.2", global: global}.String()
	}
	lb := lab.NewNet(t).Host("lb1", nodeAddr[0]+"/24")
	d := lab.StartDaemon(lb, lab.Vipward, text("  vrrp_rt_priority 0\n"))
	d.WaitLine(`Entering MASTER STATE`, patient)
	pid := d.RolePID("vrrp")
	for _, step := range []struct {
		global string
		policy uint32
		nice   int32
		cpus   int
	}{
		{"  vrrp_rt_priority 7\n", unix.SCHED_RR, 0, 0},
		{"  vrrp_rt_priority 0\n  vrrp_priority -5\n  vrrp_cpu_affinity 0\n", unix.SCHED_NORMAL, -5, 1},
		{"  vrrp_rt_priority 0\n", unix.SCHED_NORMAL, 0, 0},
	} {
		mark := d.Reload(text(step.global))
		d.WaitLineFrom(mark, `Reload complete`, patient)
		if got := policies(t, pid); got[step.policy] == 0 || len(got) != 1 {
			t.Errorf("%q: threads by policy %v, want only %d", step.global, got, step.policy)
		}
		attr, err := unix.SchedGetAttr(pid, 0)
		var set unix.CPUSet
		if err == nil {
			err = unix.SchedGetaffinity(pid, &set)
		}
		if err != nil {
			t.Fatal(err)
		}
		if attr.Nice != step.nice && step.policy == unix.SCHED_NORMAL || step.cpus > 0 && set.Count() != step.cpus {
			t.Errorf("%q: nice %d and %d processors, want %d and %d", step.global, attr.Nice, set.Count(), step.nice, step.cpus)
		}
	}
	if n := d.Count(0, `Entering \w+ STATE`); n != 2 {
		t.Errorf("%d transitions, want 2", n)
	}
}

// TestCheckerSchedule: the checker process is ordinary unless it is said otherwise.
func TestCheckerSchedule(t *testing.T) {
	t.Parallel()
	const service = "virtual_server 192.0.2.200 80 {\n  delay_loop 1\n  real_server 192.0.2.9 80 {\n    TCP_CHECK {\n    }\n  }\n}\n"
	text := func(global string) string { return "global_defs {\n" + global + "}\n" + service }
	lb := lab.NewNet(t).Host("lb1", nodeAddr[0]+"/24")
	d := lab.StartDaemon(lb, lab.Vipward, text("  checker_rt_priority 3\n"))
	d.WaitLine(`Startup complete`, patient)
	pid := d.RolePID(lab.Checker)
	if got := policies(t, pid); got[unix.SCHED_RR] == 0 || len(got) != 1 {
		t.Errorf("threads by policy %v, want only SCHED_RR (%d)", got, unix.SCHED_RR)
	}
	mark := d.Reload(text("  checker_priority 5\n  checker_cpu_affinity 0\n  checker_no_swap\n"))
	d.WaitLineFrom(mark, `Reload complete`, patient)
	if got := policies(t, pid); got[unix.SCHED_NORMAL] == 0 || len(got) != 1 {
		t.Errorf("threads by policy %v, want only SCHED_OTHER (%d)", got, unix.SCHED_NORMAL)
	}
	attr, err := unix.SchedGetAttr(pid, 0)
	var set unix.CPUSet
	if err == nil {
		err = unix.SchedGetaffinity(pid, &set)
	}
	if err != nil || attr.Nice != 5 || set.Count() != 1 {
		t.Errorf("nice %d, %d processors, %v, want 5 and 1", attr.Nice, set.Count(), err)
	}
	if status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)); err != nil || strings.Contains(string(status), "VmLck:\t       0 kB") {
		t.Errorf("its memory is not locked: %v", err)
	}
}
