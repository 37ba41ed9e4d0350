// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
)

func TestFarmConfig(t *testing.T) {
	t.Parallel()
	s := farmShape{1000, 5 * time.Second}
	before, after := s.config(0), s.config(10)
	got := []int{
		strings.Count(before, "virtual_server "), strings.Count(before, "real_server "),
		strings.Count(before, "{") - strings.Count(before, "}"),
		strings.Count(before, "weight 101"), strings.Count(after, "weight 101"),
		len(after) - len(before),
	}
	if diff := cmp.Diff([]int{10, 1000, 0, 0, 10, 0}, got); diff != "" {
		t.Errorf("services, servers, open braces, changed before, after, length (-want +got):\n%s", diff)
	}
}

func TestServerAddresses(t *testing.T) {
	t.Parallel()
	all, silent := netip.MustParsePrefix(serverNet), netip.MustParsePrefix(failingNet)
	seen := map[netip.Addr]bool{}
	fails := 0
	for i := range 100_000 {
		a := netip.MustParseAddr(serverAddr(i))
		if !all.Contains(a) || seen[a] {
			t.Fatalf("server %d: %v is outside of %v or not the first", i, a, all)
		}
		seen[a] = true
		if silent.Contains(a) {
			fails++
		}
	}
	if fails != failing {
		t.Errorf("%d of the servers fail, want %d", fails, failing)
	}
}

func TestPunctuality(t *testing.T) {
	t.Parallel()
	at := func(addr uint32, ms int) arrival {
		return arrival{addr, epoch.Add(time.Duration(ms) * time.Millisecond)}
	}
	tests := []struct {
		name string
		all  []arrival
		want punctuality
	}{
		{"nothing came", nil, punctuality{}},
		{
			"one is late, another early, a third came once",
			[]arrival{at(1, 0), at(2, 100), at(3, 200), at(2, 1090), at(1, 1030), at(1, 2000)},
			punctuality{perSecond: 3, most: 3, late: 100.0 / 3},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := judge(tt.all, time.Second)
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(punctuality{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestNth(t *testing.T) {
	t.Parallel()
	at := func(s int) time.Time { return epoch.Add(time.Duration(s) * time.Second) }
	ops := []lab.IPVSOp{{Time: at(1), Name: "set dest"}, {Time: at(2), Name: "new dest"}, {Time: at(3), Name: "set dest"}, {Time: at(4), Name: "set dest"}}
	tests := []struct {
		name string
		n    int
		seen int
		at   time.Time
	}{
		{"set dest", 2, 2, at(3)},
		{"set dest", 9, 3, at(4)},
		{"new dest", 1, 1, at(2)},
		{"del dest", 1, 0, time.Time{}},
	}
	for _, tt := range tests {
		if seen, when := nth(ops, tt.name, tt.n); seen != tt.seen || !when.Equal(tt.at) {
			t.Errorf("%d of %s: %d, %v, want %d, %v", tt.n, tt.name, seen, when, tt.seen, tt.at)
		}
	}
}

func TestArrivalsBetween(t *testing.T) {
	t.Parallel()
	var a arrivals
	for i := range 5 {
		a.add(arrival{uint32(i), epoch.Add(time.Duration(i) * time.Second)})
	}
	got := a.between(epoch.Add(time.Second), epoch.Add(3*time.Second))
	if len(got) != 3 || got[0].addr != 1 || got[2].addr != 3 {
		t.Errorf("%v", got)
	}
}

func TestCountServers(t *testing.T) {
	t.Parallel()
	const head = "IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n" +
		"  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n"
	tests := []struct {
		name, table string
		want        int
	}{
		{"no table", "", 0},
		{"empty", head, 0},
		{"two", head + "TCP  0A080001:0050 wlc  \n  -> 0A100002:0050      Masq    100    0          0\n  -> 0A100001:0050      Masq    100    0          0\n", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := countServers([]byte(tt.table)); got != tt.want {
				t.Errorf("%d, want %d", got, tt.want)
			}
		})
	}
}

func TestAgain(t *testing.T) {
	t.Parallel()
	opts := options{quick: true, rounds: 2, rows: []row{oneChangeRow(1000, 1), oneChangeRow(10_000, 1)}}
	got := opts.again([]daemon{{ourName, "/a"}, {theirName, "/b"}}, "/f")
	want := []string{"-json", "/f", "-vipward", "/a", "-keepalived", "/b", "-quick", "-rounds", "2", "-rows", "change-1k,change-10k"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSaveAndLoad(t *testing.T) {
	t.Parallel()
	var rs results
	rs.add("change-1k", oneChange, ourName, 20)
	file := filepath.Join(t.TempDir(), "results")
	if err := rs.save(file); err != nil {
		t.Fatal(err)
	}
	got, err := loadResults(file)
	if diff := cmp.Diff(rs, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := loadResults(file + "x"); err == nil {
		t.Error("no error without a file")
	}
}

func TestPlot(t *testing.T) {
	t.Parallel()
	var rs results
	for i, row := range []string{"change-40k", "change-1k", "servers-1k", "change-10k"} {
		rs.add(row, oneChange, ourName, float64(10*i+10))
	}
	rs.add("change-1k", "edits", ourName, 1)
	want := map[string][]point{ourName: {{1000, 20}, {10_000, 40}, {40_000, 10}}}
	if diff := cmp.Diff(want, curves(rs), cmp.AllowUnexported(point{})); diff != "" {
		t.Errorf("points (-want +got):\n%s", diff)
	}
	drawing := svg(want)
	if n := strings.Count(drawing, "<circle"); n != 3 || !strings.HasSuffix(drawing, "</svg>\n") {
		t.Errorf("%d points in\n%s", n, drawing)
	}
	file := filepath.Join(t.TempDir(), "new", "change.svg")
	if err := plotChanges(rs, file); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != drawing {
		t.Errorf("the file has %q, %v", got, err)
	}
	if err := plotChanges(nil, filepath.Join(t.TempDir(), "x")); err == nil {
		t.Error("a drawing of nothing")
	}
}
