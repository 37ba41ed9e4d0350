// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/checker/probe"
	"vipward/conf"
	"vipward/notify"
)

// TestMiscLines: the lines of recordings live-misc-check, misc-nondynamic-codes and
// misc-timeout.
func TestMiscLines(t *testing.T) {
	t.Parallel()
	exit1 := &probe.ScriptError{Result: notify.Result{Status: 1}}
	killed := &probe.ScriptError{Result: notify.Result{Signal: syscall.SIGKILL}}
	late := &probe.ScriptError{Result: notify.Result{TimedOut: true, Signal: syscall.SIGTERM}}
	const of = "Misc check for [[127.0.0.11]:udp:53 VS [10.9.0.1]:udp:53] by [/t/chk] "
	tests := []struct {
		retry, failures int
		logAll          bool
		verdict         Verdict
		cause           error
		want            string
	}{
		{0, 0, false, FirstPass, nil, of + "succeeded."},
		{0, 0, false, Recovered, nil, of + "succeeded."},
		{0, 0, false, Same, nil, ""},
		{0, 0, false, Refused, exit1, of + "failed with retry disabled (exited with status 1)."},
		{0, 0, true, Refused, killed, of + "failed with retry disabled (due to signal 9)."},
		{0, 0, false, Refused, late, of + "timed out with retry disabled."},
		{2, 0, false, Refused, exit1, of + "failed after 2 retries (exited with status 1)."},
		{2, 1, true, Retrying, exit1, of + "failed, will do 2 retries (exited with status 1)."},
		{2, 2, true, Retrying, exit1, of + "failed on retry 1/2 (exited with status 1)."},
		{2, 2, true, Retrying, late, of + "timed out on retry 1/2."},
		{2, 1, false, Retrying, exit1, ""},
		{2, 0, false, GivenUp, exit1, of + "failed after 2 retries (exited with status 1)."},
		{2, 0, false, GivenUp, late, of + "timed out after 2 retries."},
		{0, 0, false, Rescheduled, syscall.EMFILE, of + "could not be tried: Too many open files. Rescheduling."},
		{0, 0, false, Refused, errors.New("start /t/chk: permission denied"), of + "failed with retry disabled (start /t/chk: permission denied)."},
	}
	for _, tt := range tests {
		r := ranAs(t, "MISC_CHECK", tt.logAll, tt.verdict, tt.cause)
		r.check.Retry, r.failures = tt.retry, tt.failures
		r.check.Misc = &conf.MiscCheck{Command: conf.Command{Args: []string{"/t/chk", "arg"}}}
		if diff := cmp.Diff(tt.want, strings.Join(runLines(r), "|")); diff != "" {
			t.Errorf("verdict %d, %v (-want +got):\n%s", tt.verdict, tt.cause, diff)
		}
	}
}

// scripted makes the only check of the first real server a MISC_CHECK of a program that is
// there.
func scripted(cfg *conf.Config, m conf.MiscCheck) *conf.Checker {
	c := cfg.VirtualServers[0].RealServers[0].Checkers[0]
	if m.Command.Args == nil {
		m.Command.Args = []string{"/bin/sh"}
	}
	c.Kind, c.Misc = "MISC_CHECK", &m
	return c
}

// TestMiscDynamic follows recording misc-dynamic, and misc-dynamic-timeout with the weight
// computed afresh.
func TestMiscDynamic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "vs 10.9.0.1:80\nrs 127.0.0.11:80 delay=1 weight=10\nrs 127.0.0.12:80 checks=0")
		scripted(b.cfg, conf.MiscCheck{Dynamic: true})
		var end atomic.Pointer[notify.Result]
		end.Store(&notify.Result{})
		b.script = func(context.Context, notify.Command, time.Duration) notify.Result { return *end.Load() }
		b.start()
		b.wait(2 * time.Second)
		b.log.take()
		const (
			rs     = "[127.0.0.11]:tcp:80"
			vs     = "[10.9.0.1]:tcp:80"
			misc   = "Misc check for [" + rs + " VS " + vs + "] by [/bin/sh] "
			out    = "Removing service " + rs + " from VS " + vs
			in     = "Adding service " + rs + " to VS " + vs
			change = "Changing weight from "
			active = " for active service " + rs + " of VS " + vs
		)
		for _, step := range []struct {
			name   string
			end    notify.Result
			weight string // in the table; empty: not there
			lines  []string
		}{
			{"exit 2", notify.Result{Status: 2}, "0", []string{change + "10 to 0" + active}},
			{"exit 3", notify.Result{Status: 3}, "1", []string{change + "0 to 1" + active}},
			{"exit 12", notify.Result{Status: 12}, "10", []string{change + "1 to 10" + active}},
			{"exit 255", notify.Result{Status: 255}, "253", []string{change + "10 to 253" + active}},
			{"exit 255 again", notify.Result{Status: 255}, "253", nil},
			{"exit 0", notify.Result{}, "10", []string{change + "253 to 10" + active}},
			{"exit 5", notify.Result{Status: 5}, "3", []string{change + "10 to 3" + active}},
			{"timeout", notify.Result{TimedOut: true, Signal: syscall.SIGTERM}, "", []string{misc + "timed out with retry disabled.", out}},
			{"exit 0 after the timeout", notify.Result{}, "10", []string{misc + "succeeded.", in}},
			{"exit 1", notify.Result{Status: 1}, "", []string{misc + "failed with retry disabled (exited with status 1).", out}},
			{
				"exit 5 after the failure",
				notify.Result{Status: 5},
				"3",
				[]string{change + "10 to 3 for inactive service " + rs + " of VS " + vs, misc + "succeeded.", in},
			},
		} {
			end.Store(&step.end)
			b.wait(time.Second)
			want := "-A -t 10.9.0.1:80 -s rr\n-a -t 10.9.0.1:80 -r 127.0.0.12:80 -m -w 1"
			if step.weight != "" {
				want = strings.Replace(want, "\n", "\n-a -t 10.9.0.1:80 -r 127.0.0.11:80 -m -w "+step.weight+"\n", 1)
			}
			if diff := cmp.Diff(sortedLines(strings.Split(want, "\n")), sortedLines(strings.Split(strings.TrimSpace(b.kernel.String()), "\n"))); diff != "" {
				t.Errorf("%s: table (-want +got):\n%s", step.name, diff)
			}
			var got []string
			for _, l := range b.log.take() {
				if !strings.HasPrefix(l, "debug: ") {
					got = append(got, l)
				}
			}
			if diff := cmp.Diff(step.lines, got); diff != "" {
				t.Errorf("%s: log (-want +got):\n%s", step.name, diff)
			}
		}
		b.stop()
	})
}

// TestMiscInterval: scripts run from start to start, and at once when one took longer.
func TestMiscInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct{ takes, want time.Duration }{
			{time.Second, 4 * time.Second},
			{6 * time.Second, 6 * time.Second},
		} {
			b := newBench(t, "vs 10.9.0.1:80\nrs 127.0.0.11:80 delay=4")
			scripted(b.cfg, conf.MiscCheck{Timeout: time.Minute})
			starts := make(chan time.Time, 100)
			b.script = func(ctx context.Context, _ notify.Command, _ time.Duration) notify.Result {
				starts <- time.Now()
				select {
				case <-time.After(tt.takes):
				case <-ctx.Done():
				}
				return notify.Result{}
			}
			b.start()
			b.wait(30 * time.Second)
			last := <-starts
			for range 3 {
				next := <-starts
				if got := next.Sub(last); got != tt.want {
					t.Errorf("a run of %v: the next one %v after its start, want %v", tt.takes, got, tt.want)
				}
				last = next
			}
			b.stop()
		}
	})
}

// TestMiscReload: a check that stays has its new time limit at once.
func TestMiscReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const text = "vs 10.9.0.1:80\nrs 127.0.0.11:80 delay=4"
		b := newBench(t, text)
		scripted(b.cfg, conf.MiscCheck{Timeout: time.Second})
		var limit atomic.Int64
		b.script = func(_ context.Context, _ notify.Command, l time.Duration) notify.Result {
			limit.Store(int64(l))
			return notify.Result{}
		}
		b.start()
		b.wait(2 * time.Second)
		cfg := parseConfig(t, text)
		scripted(cfg, conf.MiscCheck{Timeout: 9 * time.Second})
		b.switchTo(cfg)
		b.wait(5 * time.Second)
		if got := time.Duration(limit.Load()); got != 9*time.Second {
			t.Errorf("the limit is %v", got)
		}
		b.stop()
	})
}

// TestFindScripts follows recording misc-missing.
func TestFindScripts(t *testing.T) {
	t.Parallel()
	plain := filepath.Join(t.TempDir(), "noexec")
	if err := os.WriteFile(plain, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const left = "Misc check for [[127.0.0.11]:tcp:80 VS [10.9.0.1]:tcp:80] by [/no/script] is left out: without another check the real server counts as up"
	tests := []struct {
		name   string
		args   []string
		alpha  bool
		checks int
		lines  []string
	}{
		{"there", []string{"/bin/sh"}, false, 1, []string{lineInsecure}},
		{"missing", []string{"/no/script", "arg"}, false, 0, []string{
			"Script /no/script cannot be accessed - No such file or directory",
			"Disabling misc script '/no/script' 'arg' since not found/accessible", left,
		}},
		{"missing, alpha", []string{"/no/script"}, true, 1, nil},
		{"not executable", []string{plain}, false, 0, []string{
			"WARNING - script '" + plain + "' is not executable for uid:gid 0:0 - disabling.", strings.Replace(left, "/no/script", plain, 1),
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if os.Geteuid() != 0 {
				t.Skip("needs root: the lines name uid 0")
			}
			cfg := parseConfig(t, "vs 10.9.0.1:80\nrs 127.0.0.11:80\nrs 127.0.0.12:80")
			scripted(cfg, conf.MiscCheck{Command: conf.Command{Args: tt.args}}).Alpha = tt.alpha
			out, s := findScripts(cfg)
			if diff := cmp.Diff(tt.lines, s.lines); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
			servers := out.VirtualServers[0].RealServers
			if got := len(servers[0].Checkers); got != tt.checks {
				t.Errorf("%d checks, want %d", got, tt.checks)
			}
			if servers[1] != cfg.VirtualServers[0].RealServers[1] || len(cfg.VirtualServers[0].RealServers[0].Checkers) != 1 {
				t.Error("another server, or the configuration, was changed")
			}
		})
	}
}

// A check with alpha whose script is missing fails, and so its server stays down.
func TestProbeOfBrokenScript(t *testing.T) {
	t.Parallel()
	cfg := parseConfig(t, "vs 10.9.0.1:80\nrs 127.0.0.11:80")
	cc := scripted(cfg, conf.MiscCheck{Command: conf.Command{Args: []string{"/no/script"}}})
	cc.Alpha = true
	c := &child{}
	_, c.scripts = findScripts(cfg)
	if r := c.probeOf(cc).Run(t.Context()); r.Outcome != probe.Failed || r.Cause == nil {
		t.Errorf("%+v", r)
	}
}
