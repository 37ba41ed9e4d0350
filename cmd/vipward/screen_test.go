// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"vipward/checker"
	"vipward/control"
	"vipward/ipvs"
	"vipward/vrrp"
	"vipward/watchdog"
)

// golden compares a text with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		must(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.Local)

func ago(d time.Duration) time.Time { return noon.Add(-d) }

// exampleState is a node on which a lot is going on.
func exampleState() *control.State {
	return &control.State{
		Host: "lb1", Version: "v1.0.0", At: noon, Event: 9,
		Daemon: watchdog.Status{
			Phase: watchdog.Running, PID: 4711, Started: ago(76 * time.Hour),
			Processes: []watchdog.ProcessStatus{{Role: watchdog.Checker, PID: 4712}, {Role: watchdog.VRRP, PID: 4713, Restarts: 1}},
		},
		Config:  control.ConfigState{Path: "/etc/keepalived/keepalived.conf", Refused: true},
		VRRP:    &vrrp.Status{Instances: exampleInstances(), Groups: []vrrp.GroupStatus{{Name: "G", State: "FAULT", Members: []string{"VI_OUT"}}}, Trackers: exampleTrackers()},
		Checker: &checker.View{Virtuals: exampleVirtuals(), Trouble: "IPVS: add service 192.0.2.100:443: no space left on device"},
	}
}

func exampleInstances() []vrrp.InstanceStatus {
	address := func(text string, set bool) vrrp.AddressStatus {
		return vrrp.AddressStatus{Address: netip.MustParsePrefix(text), Device: "eth0", Set: set}
	}
	return []vrrp.InstanceStatus{
		{
			Name: "VI_WEB", State: "MASTER", Since: ago(3 * time.Hour), Interface: "eth0", Configured: 100, Priority: 105, Interval: 1,
			Source: netip.MustParseAddr("192.0.2.11"), LastAdvert: ago(300 * time.Millisecond),
			VIPs:     []vrrp.AddressStatus{address("192.0.2.100/24", true), address("192.0.2.101/24", false)},
			Excluded: []vrrp.AddressStatus{address("2001:db8::100/64", true)},
			Watches:  []vrrp.WatchStatus{{Kind: "script", Name: "chk", Weight: 5, Delta: 5}},
			Counters: vrrp.CounterStatus{Dropped: map[string]uint64{"wrong password": 12, "wrong TTL": 1}}, Late: 2,
			History: []vrrp.Change{
				{At: ago(4 * time.Hour), From: "INIT", To: "BACKUP", Priority: 100, Why: "started"},
				{At: ago(3 * time.Hour), From: "BACKUP", To: "MASTER", Priority: 105, Why: "Receive advertisement timeout"},
			},
		},
		{
			Name: "VI_DB", State: "BACKUP", Since: ago(42 * time.Second), Interface: "eth1", Configured: 90, Priority: 90, Interval: 1,
			Master: &vrrp.MasterStatus{Address: netip.MustParseAddr("198.51.100.12"), Priority: 120}, Deadline: noon.Add(3 * time.Second),
			VIPs: []vrrp.AddressStatus{address("198.51.100.100/24", false)},
		},
		{
			Name: "VI_OUT", State: "FAULT", Since: ago(5 * time.Minute), Interface: "eth2", Configured: 100, Priority: 100,
			Faults: []string{"interface eth2 is down or missing", "script dns failed"}, Group: "G",
			Watches: []vrrp.WatchStatus{{Kind: "script", Name: "dns", Fault: true}},
			VIPs:    []vrrp.AddressStatus{address("203.0.113.100/28", false)},
		},
		{
			Name: "VI_REST", State: "BACKUP", Since: ago(time.Minute), Interface: "eth0", Configured: 100, Priority: 1, Resting: true, Interval: 1,
			Master: &vrrp.MasterStatus{Address: netip.MustParseAddr("192.0.2.12"), Priority: 90}, Deadline: noon.Add(3 * time.Second),
			VIPs: []vrrp.AddressStatus{address("192.0.2.110/24", false)}, Deaf: true,
		},
	}
}

func exampleTrackers() []vrrp.TrackerStatus {
	return []vrrp.TrackerStatus{
		{Kind: "script", Name: "dns", State: "BAD", Status: 1, What: "/usr/bin/dig @127.0.0.1 example.com"},
		{Kind: "script", Name: "chk", State: "GOOD"},
		{Kind: "process", Name: "haproxy", State: "GOOD"},
		{Kind: "file", Name: "load", State: "GOOD", Status: 7},
	}
}

func exampleVirtuals() []checker.VirtualView {
	check := func(up bool, kind, why string) checker.CheckView {
		return checker.CheckView{
			Kind: kind, Target: netip.MustParseAddrPort("10.0.0.1:80"), Up: up, Ran: true, Since: ago(90 * time.Second), Began: ago(2 * time.Second),
			Latency: 0.00213, Streak: 7, Runs: 100, Bad: 9, Why: why, Next: noon.Add(1500 * time.Millisecond),
		}
	}
	real := func(addr string, alive bool, checks ...checker.CheckView) checker.RealView {
		return checker.RealView{
			Name: "[x]:tcp:80", Address: netip.MustParseAddrPort(addr), Alive: alive, InTable: alive, Weight: 10, Configured: 10,
			Since: ago(90 * time.Second), Load: &ipvs.Load{Active: 1234}, Checks: checks,
		}
	}
	drained := real("10.0.0.3:80", true, check(true, "TCP_CHECK", ""))
	drained.Weight, drained.Order = 0, &checker.Order{Hold: checker.HoldDrain, By: "uid 0 (pid 77, vipward)", At: ago(time.Minute)}
	return []checker.VirtualView{
		{
			Name: "[192.0.2.100]:tcp:80", Service: "192.0.2.100:80", Protocol: "tcp", Scheduler: "wrr", Up: true, Since: ago(76 * time.Hour), Quorum: 1, Live: 20,
			Counters: &ipvs.Counters{Connections: 99999},
			Reals: []checker.RealView{
				real("10.0.0.1:80", true, check(true, "TCP_CHECK", ""), check(true, "HTTP_GET", "")),
				real("10.0.0.2:80", false, check(true, "TCP_CHECK", ""), check(false, "HTTP_GET", "status code 503 is none of 200, which is what the page said before it went away for good")),
				drained,
			},
		},
		{
			Name: "[fd00::1]:tcp:443", Service: "[2001:db8:0:1234:5678:9abc:def0:1]:443", Protocol: "tcp", Scheduler: "rr", Since: ago(5 * time.Second), Quorum: 2, Live: 1,
			Sorry: &checker.SorryView{Name: "[127.0.0.1]:tcp:80", Serves: true},
			Reals: []checker.RealView{{Address: netip.MustParseAddrPort("[2001:db8:0:1234:5678:9abc:def0:2]:443"), Alive: true, InTable: true, Weight: 1, Configured: 1}},
		},
	}
}

func TestStatusGolden(t *testing.T) {
	t.Parallel()
	for _, width := range []int{40, 80, 200} {
		got := screen{width: width}.status(exampleState(), noon)
		golden(t, fmt.Sprintf("status-%d.golden", width), got)
		for line := range strings.Lines(got) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > width {
				t.Errorf("a line of %d columns on a screen of %d: %q", n, width, line)
			}
		}
	}
	golden(t, "status-color.golden", screen{width: 120, color: true}.status(exampleState(), noon))
}

// recentNews is what has happened of late.
func recentNews(t *testing.T, n int) []control.Event {
	t.Helper()
	var out []control.Event
	for i := range n {
		b, err := json.Marshal(vrrp.News{Kind: "instance", Name: "VI_WEB", From: "BACKUP", To: "MASTER", Priority: 105, Why: fmt.Sprintf("reason %d \x1b[2J", i)})
		must(t, err)
		out = append(out, control.Event{ID: uint64(i + 1), At: ago(time.Duration(n-i) * time.Minute), Kind: "instance", Data: b})
	}
	return out
}

// A view that is watched fills the terminal and no more: where there is not room for all, what
// is well is only counted; where there is, the last events are below.
func TestFrameGolden(t *testing.T) {
	t.Parallel()
	for _, size := range []struct{ width, height int }{{80, 24}, {200, 50}, {80, 8}} {
		got := screen{width: size.width}.frame(exampleState(), recentNews(t, 60), nil, size.height)
		golden(t, fmt.Sprintf("watch-%dx%d.golden", size.width, size.height), got)
		if n := strings.Count(got, "\n"); n > size.height {
			t.Errorf("%d lines on a terminal of %d", n, size.height)
		}
	}
}

func TestCheckText(t *testing.T) {
	t.Parallel()
	c := exampleVirtuals()[0].Reals[1].Checks[1]
	c.Why = "Status 503"
	want := "HTTP_GET of 10.0.0.1:80 is down since 11:58:30 (1m30s): Status 503; 7 runs in a row failed, the last one 2s ago, 2.13ms long; next in 1.5s"
	if diff := cmp.Diff(want, checkText(c, noon)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	c.Kind, c.Why, c.Streak, c.Up = "FILE_CHECK", "", 1, true // which has no runs that take time
	c.Since, c.Began, c.Next = time.Time{}, time.Time{}, time.Time{}
	if diff := cmp.Diff("FILE_CHECK of 10.0.0.1:80 is up; 1 run in a row passed", checkText(c, noon)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What a shell completes it also expands, so names that would run something are not offered.
func TestNamesOf(t *testing.T) {
	t.Parallel()
	st := exampleState()
	st.VRRP.Instances[0].Name, st.VRRP.Instances[1].Name, st.VRRP.Instances[2].Name = "$(reboot)", "a b", "a$(reboot)b"
	want := "10.0.0.1:80\n10.0.0.2:80\n10.0.0.3:80\nG\nVI_REST\n[2001:db8:0:1234:5678:9abc:def0:2]:443\nchk\ndns\nhaproxy\nload\n"
	if diff := cmp.Diff(want, namesOf(st)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What is well is counted by the hundred.
func TestFrameOfMany(t *testing.T) {
	t.Parallel()
	st := exampleState()
	for i := range 300 {
		vi := st.VRRP.Instances[1]
		vi.Name = fmt.Sprintf("VI_%d", i)
		vs := st.Checker.Virtuals[0]
		vs.Reals = vs.Reals[:1]
		st.VRRP.Instances, st.Checker.Virtuals = append(st.VRRP.Instances, vi), append(st.Checker.Virtuals, vs)
	}
	got := screen{width: 80}.frame(st, nil, nil, 40)
	for _, want := range []string{"… instances that are well: 301 (0 MASTER, 301 BACKUP)\n", "… 300 virtual servers are UP, with all their real servers\n", "VI_OUT", "10.0.0.2:80"} {
		if !strings.Contains(got, want) {
			t.Errorf("the view lacks %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "more lines") {
		t.Errorf("it does not fit:\n%s", got)
	}
}

// A daemon that does not answer leaves its last state on the screen.
func TestFrameWithoutAnswer(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("dial unix: %w", syscall.ECONNREFUSED)
	got := screen{width: 80}.frame(exampleState(), nil, err, 40)
	if !strings.HasPrefix(got, "! no answer for ") || !strings.Contains(got, ": connection refused\n") || !strings.Contains(got, "VI_WEB") {
		t.Errorf("the view:\n%s", got)
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	tests := []struct {
		width int
		text  string
		want  []string
	}{
		{20, "short", []string{"short"}},
		{20, "one two three four five six", []string{"one two three four", "  five six"}},
		{10, "abcdefghijklmnopqrstuvw", []string{"abcdefghij", "  klmnopqr", "  stuvw"}},
		{3, "one two", []string{"on…"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, screen{width: tt.width}.wrap(tt.text, 2)); diff != "" {
			t.Errorf("%q in %d columns (-want +got):\n%s", tt.text, tt.width, diff)
		}
	}
}

// A name from a configuration or the network cannot move the cursor or color the screen.
func TestStatusOfHostileNames(t *testing.T) {
	t.Parallel()
	st := exampleState()
	const evil = "x\x1b[2J\x1b]0;owned\a\r\nroot#\u202e"
	st.Host, st.Problems = evil, []string{evil}
	st.VRRP.Trackers[0].Name = evil
	st.VRRP.Instances[0].Name, st.VRRP.Instances[2].Faults[0] = evil, evil
	st.Checker.Virtuals[0].Service, st.Checker.Trouble = evil, evil
	st.Checker.Virtuals[0].Reals[1].Checks[1].Why = evil
	for _, text := range []string{screen{width: 80}.status(st, noon), explanation(st, "")} {
		for _, r := range text {
			if r != '\n' && (r < ' ' || r == 0x7f || r == '\u202e') {
				t.Fatalf("%q in the output:\n%q", r, text)
			}
		}
	}
}

func TestExplainGolden(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ file, name string }{
		{"explain-all.golden", ""},
		{"explain-master.golden", "VI_WEB"},
		{"explain-service.golden", "192.0.2.100:80"},
		{"explain-server.golden", "10.0.0.3:80"},
		{"explain-group.golden", "G"},
		{"explain-tracker.golden", "dns"},
		{"explain-address.golden", "2001:db8::100"},
	} {
		golden(t, tt.file, explanation(exampleState(), tt.name))
	}
	if got := explanation(exampleState(), "VI_NONE"); got != "" {
		t.Errorf("an unknown name is explained: %s", got)
	}
}

func TestExplainBackup(t *testing.T) {
	t.Parallel()
	master := func(p uint8) *vrrp.MasterStatus {
		return &vrrp.MasterStatus{Address: netip.MustParseAddr("192.0.2.12"), Priority: p}
	}
	tests := []struct {
		name string
		vi   vrrp.InstanceStatus
		want string
	}{
		{"higher", vrrp.InstanceStatus{Priority: 100, Master: master(150)}, "its priority 150 is higher than ours, 100"},
		{"equal", vrrp.InstanceStatus{Priority: 100, Master: master(100)}, "who has the mastership keeps it"},
		{"nopreempt", vrrp.InstanceStatus{Priority: 100, Master: master(50), NoPreempt: true}, "nopreempt lets it"},
		{"lower", vrrp.InstanceStatus{Priority: 100, Master: master(50)}, "the take-over is due"},
		{"none heard", vrrp.InstanceStatus{Priority: 100}, "no master has been heard yet"},
		{"resting", vrrp.InstanceStatus{Name: "V", Configured: 100, Priority: 1, Resting: true, Master: master(50)}, "an operator made it rest (vipward maintenance V off)"},
	}
	for _, tt := range tests {
		var b strings.Builder
		tt.vi.State = "BACKUP"
		explainInstance(&b, tt.vi, noon)
		if !strings.Contains(b.String(), tt.want) {
			t.Errorf("%s: %q is missing in\n%s", tt.name, tt.want, b.String())
		}
	}
}

func TestSince(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0s", 59 * time.Second: "59s", time.Minute: "1m00s", 61 * time.Minute: "1h01m", 24 * time.Hour: "1d0h", 1000 * time.Hour: "41d16h", -time.Hour: "0s",
	} {
		if got := since(ago(d), noon); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
	if got := since(time.Time{}, noon); got != "-" {
		t.Errorf("never: %s", got)
	}
}
