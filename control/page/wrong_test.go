// SPDX-License-Identifier: Apache-2.0

package page

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/checker"
	"vipward/vrrp"
	"vipward/watchdog"
)

// TestWrong goes through what can be wrong: how bad it is, since when, and why.
func TestWrong(t *testing.T) {
	t.Parallel()
	at := ago(3 * time.Minute)
	tests := []struct {
		name   string
		change func(*Look)
		want   []Finding
	}{
		{"nothing", func(*Look) {}, nil},
		{
			"a fault",
			func(l *Look) {
				vi := &l.VRRP.Instances[1]
				vi.State, vi.Since, vi.Faults = "FAULT", at, []string{"interface eth1 is down or missing", "script chk"}
			},
			[]Finding{{Bad, "instance", "VI_2", "FAULT", at, "interface eth1 is down or missing, script chk"}},
		},
		{
			"a master without its address",
			func(l *Look) { l.VRRP.Instances[0].VIPs[0].Set = false },
			[]Finding{{Bad, "instance", "VI_1", "MASTER", ago(time.Minute), "master without 192.0.2.100/24"}},
		},
		{
			"adverts that are not sent",
			func(l *Look) { l.VRRP.Instances[0].SendErr = "operation not permitted" },
			[]Finding{{Bad, "instance", "VI_1", "MASTER", ago(time.Minute), "adverts are not sent: operation not permitted"}},
		},
		{
			"packets that do not come back",
			func(l *Look) { l.VRRP.Instances[0].Deaf = true },
			[]Finding{{Bad, "instance", "VI_1", "MASTER", ago(time.Minute), "packets to ourselves do not come back: adverts may not be received either"}},
		},
		{
			"an instance that rests",
			func(l *Look) { l.VRRP.Instances[1].Resting = true },
			[]Finding{{Note, "instance", "VI_2", "BACKUP", time.Time{}, "an operator made it rest: other routers go first"}},
		},
		{
			"a script that fails",
			func(l *Look) {
				l.VRRP.Trackers = []vrrp.TrackerStatus{{Kind: "script", Name: "chk", State: "BAD", Status: 2}, {Kind: "file", Name: "f", State: "GOOD"}}
			},
			[]Finding{{Warn, "tracker", "chk", "BAD", time.Time{}, "tracked script: status 2"}},
		},
		{
			"a server down",
			func(l *Look) { fail(&l.Checker.Virtuals[0].Reals[1], "Connection refused", at) },
			[]Finding{{Warn, "service", "[192.0.2.100:80]:tcp", "1 of 2 down", at, "10.0.0.1:80 TCP_CHECK: Connection refused"}},
		},
		{
			"no quorum",
			func(l *Look) {
				vs := &l.Checker.Virtuals[0]
				vs.Up, vs.Since = false, ago(time.Second)
				fail(&vs.Reals[0], "timeout", at)
				fail(&vs.Reals[1], "timeout", ago(time.Second))
			},
			[]Finding{{Bad, "service", "[192.0.2.100:80]:tcp", "DOWN", ago(time.Second), "2 of 2 down: 10.0.0.0:80, 10.0.0.1:80 TCP_CHECK: timeout"}},
		},
		{
			"the sorry server",
			func(l *Look) {
				vs := &l.Checker.Virtuals[0]
				vs.Up, vs.Since, vs.Sorry = false, at, &checker.SorryView{Serves: true}
			},
			[]Finding{{Bad, "service", "[192.0.2.100:80]:tcp", "SORRY", at, "the sorry server serves; 0 of 2 down"}},
		},
		{
			"a server that an operator drains",
			func(l *Look) {
				l.Checker.Virtuals[0].Reals[0].Order = &checker.Order{Hold: checker.HoldDrain}
			},
			[]Finding{{Note, "service", "[192.0.2.100:80]:tcp", "1 of 2 held", time.Time{}, "by an operator: 10.0.0.0:80 drain"}},
		},
		{
			"a kernel that does not do as it should",
			func(l *Look) { l.Checker.Trouble, l.Checker.CountersError = "no IPVS", "no counters" },
			[]Finding{{Bad, "daemon", "IPVS", "TROUBLE", time.Time{}, "no IPVS"}, {Bad, "daemon", "IPVS", "TROUBLE", time.Time{}, "no counters"}},
		},
		{
			"a child that is gone",
			func(l *Look) {
				l.Daemon.Processes[0] = watchdog.ProcessStatus{Role: watchdog.VRRP, LastExit: "signal 9 (Killed)"}
				l.Problems = []string{"the checker process does not answer"}
				l.VRRP, l.Checker = nil, nil
			},
			[]Finding{
				{Bad, "daemon", "vipward", "SILENT", time.Time{}, "the checker process does not answer"},
				{Bad, "daemon", "vrrp process", "ENDED", time.Time{}, "signal 9 (Killed)"},
			},
		},
		{
			"a stop",
			func(l *Look) { l.Daemon.Phase = watchdog.Stopping },
			[]Finding{{Bad, "daemon", "vipward", "STOPPING", time.Time{}, "the daemon was told to stop"}},
		},
		{
			"a configuration with errors",
			func(l *Look) {
				l.Refused = true
				l.Daemon.Reloads.Last = &watchdog.ReloadResult{Ended: at, Refused: "1 error"}
			},
			[]Finding{{Warn, "daemon", "configuration", "REFUSED", at, "the files have errors, so the configuration before them goes on: vipward check /k.conf names them"}},
		},
		{
			"the worst first, and of those the newest",
			func(l *Look) {
				l.VRRP.Instances[1].Resting = true
				fail(&l.Checker.Virtuals[0].Reals[1], "", ago(time.Second))
				for i, since := range []time.Time{ago(time.Hour), at} {
					vs := service(fmt.Sprintf("192.0.2.%d:80", i+1), 1)
					vs.Up, vs.Since = false, since
					l.Checker.Virtuals = append(l.Checker.Virtuals, vs)
				}
			},
			[]Finding{
				{Bad, "service", "[192.0.2.2:80]:tcp", "DOWN", at, "0 of 1 down"},
				{Bad, "service", "[192.0.2.1:80]:tcp", "DOWN", ago(time.Hour), "0 of 1 down"},
				{Warn, "service", "[192.0.2.100:80]:tcp", "1 of 2 down", ago(time.Second), "10.0.0.1:80 TCP_CHECK: not run yet"},
				{Note, "instance", "VI_2", "BACKUP", time.Time{}, "an operator made it rest: other routers go first"},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := healthy()
			tt.change(l)
			if diff := cmp.Diff(tt.want, wrong(l)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestReasons: the most frequent reasons of many servers are told, and how many others.
func TestReasons(t *testing.T) {
	t.Parallel()
	vs := service("192.0.2.1:80", 12)
	for i, why := range []string{"timeout", "timeout", "timeout", "timeout", "a", "b", "d", "c"} {
		fail(&vs.Reals[i], why, ago(time.Duration(i)*time.Second))
	}
	c := count(&vs)
	if got, want := c.why(), "10.0.0.0:80, 10.0.0.1:80, 10.0.0.2:80 and 1 more TCP_CHECK: timeout, 10.0.0.4:80 TCP_CHECK: a, 10.0.0.5:80 TCP_CHECK: b and 2 more"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if c.down != 8 || c.active != 36 || !c.since.Equal(ago(7*time.Second)) {
		t.Errorf("%+v", c)
	}
}
