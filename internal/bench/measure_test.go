// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
)

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// advert makes an advert some milliseconds after epoch.
func advert(at int, src string, vrid, priority uint8) lab.Advert {
	return lab.Advert{
		Time: epoch.Add(time.Duration(at) * time.Millisecond), Src: netip.MustParseAddr(src), VRID: vrid, Priority: priority,
	}
}

func TestLateness(t *testing.T) {
	t.Parallel()
	all := []lab.Advert{
		advert(0, backupAddr, 1, backupPriority), // it was master once, before the other came
		advert(100, masterAddr, 1, masterPriority),
		advert(110, masterAddr, 2, masterPriority),
		advert(200, masterAddr, 1, masterPriority),
		advert(210, masterAddr, 2, masterPriority),
		advert(215, backupAddr, 2, 0), // a goodbye is no take-over
		advert(561, backupAddr, 1, backupPriority),
		advert(580, backupAddr, 2, backupPriority),
		advert(661, backupAddr, 1, backupPriority),
	}
	all = append(all, advert(700, masterAddr, 3, masterPriority), // the backup never spoke for it
		advert(700, backupAddr, 4, backupPriority)) // nor the master for this one
	got := lateness(all, 360*time.Millisecond, 4)
	want := []time.Duration{time.Millisecond, 10 * time.Millisecond, never, never}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lateness (-want +got):\n%s", diff)
	}
	if got := maxOf(got[:2]); got != 10*time.Millisecond {
		t.Errorf("latest %v, want 10ms", got)
	}
	if got := maxOf(got); got != never {
		t.Errorf("latest %v, want never", got)
	}
}

func TestBound(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		version int
		adv     time.Duration
		want    time.Duration
	}{
		{"v2 skews by parts of a second", 2, time.Second, 3609375 * time.Microsecond},
		{"v3 skews by parts of the interval", 3, 100 * time.Millisecond, 360937500 * time.Nanosecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := bound(tt.version, tt.adv); got != tt.want {
				t.Errorf("bound %v, want %v", got, tt.want)
			}
		})
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	all := []lab.Advert{
		advert(0, masterAddr, 1, masterPriority),
		advert(10, masterAddr, 1, masterPriority),
		advert(20, backupAddr, 1, backupPriority),
		advert(30, masterAddr, 1, masterPriority),
		advert(40, masterAddr, 1, masterPriority),
		advert(50, backupAddr, 1, backupPriority),
	}
	all = append(all, advert(45, masterAddr, 2, masterPriority)) // another instance is no change
	got := count(all, epoch.Add(10*time.Millisecond), epoch.Add(40*time.Millisecond))
	if want := (counted{changes: 2, sent: 4, silence: 10 * time.Millisecond}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestParseRollup(t *testing.T) {
	t.Parallel()
	const text = "5581-7ffd ---p 00000000 00:00 0    [rollup]\nRss:   2048 kB\nPss:   1024 kB\nPss_Anon:  7 kB\n"
	got, err := parseRollup(text)
	if err != nil || got != (memory{rss: 2, pss: 1}) {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := parseRollup("Rss: 12 kB\n"); err == nil {
		t.Error("no error without Pss")
	}
	if _, err := parseRollup("Rss: x kB\n"); err == nil {
		t.Error("no error for a bad number")
	}
}

func TestParseSchedstat(t *testing.T) {
	t.Parallel()
	got, err := parseSchedstat("1500000 22 3\n")
	if err != nil || got != 1500*time.Microsecond {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range []string{"", "1 2", "x 2 3"} {
		if _, err := parseSchedstat(bad); err == nil {
			t.Errorf("no error for %q", bad)
		}
	}
}

func TestOwnProcess(t *testing.T) {
	t.Parallel()
	pids := []int{os.Getpid()}
	if m := memoryOf(t, pids); m.rss < 1 || m.pss > m.rss {
		t.Errorf("memory %+v", m)
	}
	if d := cpu(t, pids); d <= 0 {
		t.Errorf("CPU time %v", d)
	}
}

func TestConfigs(t *testing.T) {
	t.Parallel()
	text := vrrpConfig("MASTER", masterPriority, shape{3, 10 * time.Millisecond, 2})
	for _, want := range []string{
		"vrrp_version 3\n", "vrrp_instance VI_2 {\n", "advert_int 0.01\n", "virtual_router_id 2\n", "10.9.1.2/16\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q lacks %q", text, want)
		}
	}
	text = vrrpConfig("MASTER", masterPriority, shape{2, time.Second, 251})
	if n := strings.Count(text, "interface eth1\n  virtual_ipaddress {\n    10.10.1.1/16\n"); n != 1 {
		t.Errorf("the first instance of the second link is there %d times", n)
	}
	text = serversConfig(250, 100)
	got := []int{
		strings.Count(text, "virtual_server "), strings.Count(text, "real_server "),
		strings.Count(text, "{") - strings.Count(text, "}"),
	}
	if diff := cmp.Diff([]int{3, 250, 0}, got); diff != "" {
		t.Errorf("virtual servers, real servers, open braces (-want +got):\n%s", diff)
	}
}
