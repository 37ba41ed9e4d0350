// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPlan(t *testing.T) {
	t.Parallel()
	a, b, c := dest("127.0.0.11:80", 1), dest("127.0.0.12:80", 2), dest("127.0.0.13:80", 3)
	heavy := b
	heavy.Weight = 9
	direct := a
	direct.Method = Route
	limited := a
	limited.Upper, limited.Lower = 10, 5
	sticky := entry("10.9.0.1:80", a, b)
	sticky.Service.Timeout = 600 * time.Second

	tests := []struct {
		name       string
		have, want Table
		ops        []string
	}{
		{name: "empty"},
		{
			name: "equal", have: Table{entry("10.9.0.1:80", a, b)}, want: Table{entry("10.9.0.1:80", a, b)},
		},
		{
			name: "equal in another order",
			have: Table{entry("10.9.0.2:80", c), entry("10.9.0.1:80", b, a)},
			want: Table{entry("10.9.0.1:80", a, b), entry("10.9.0.2:80", c)},
		},
		{
			name: "new service, then its servers in file order",
			want: Table{entry("10.9.0.1:80", b, a), entry("10.9.0.2:80")},
			ops: []string{
				"-A -t 10.9.0.1:80 -s rr",
				"-a -t 10.9.0.1:80 -r 127.0.0.12:80 -m -w 2",
				"-a -t 10.9.0.1:80 -r 127.0.0.11:80 -m -w 1",
				"-A -t 10.9.0.2:80 -s rr",
			},
		},
		{
			name: "servers go with their service",
			have: Table{entry("10.9.0.1:80", a, b)},
			ops:  []string{"-D -t 10.9.0.1:80"},
		},
		{
			name: "one weight is one edit",
			have: Table{entry("10.9.0.1:80", a, b, c)}, want: Table{entry("10.9.0.1:80", a, heavy, c)},
			ops: []string{"-e -t 10.9.0.1:80 -r 127.0.0.12:80 -m -w 9"},
		},
		{
			name: "method",
			have: Table{entry("10.9.0.1:80", a)}, want: Table{entry("10.9.0.1:80", direct)},
			ops: []string{"-e -t 10.9.0.1:80 -r 127.0.0.11:80 -g -w 1"},
		},
		{
			name: "thresholds",
			have: Table{entry("10.9.0.1:80", a)}, want: Table{entry("10.9.0.1:80", limited)},
			ops: []string{"-e -t 10.9.0.1:80 -r 127.0.0.11:80 -m -w 1 -x 10 -y 5"},
		},
		{
			name: "settings of the service, its servers untouched",
			have: Table{entry("10.9.0.1:80", a, b)}, want: Table{sticky},
			ops: []string{"-E -t 10.9.0.1:80 -s rr -p 600"},
		},
		{
			name: "the sorry server comes before the last server goes",
			have: Table{entry("10.9.0.1:80", a)}, want: Table{entry("10.9.0.1:80", c)},
			ops: []string{
				"-a -t 10.9.0.1:80 -r 127.0.0.13:80 -m -w 3",
				"-d -t 10.9.0.1:80 -r 127.0.0.11:80",
			},
		},
		{
			name: "another port is another service, the old one goes first",
			have: Table{entry("10.9.0.1:80", a)}, want: Table{entry("10.9.0.1:81", a)},
			ops: []string{
				"-D -t 10.9.0.1:80",
				"-A -t 10.9.0.1:81 -s rr",
				"-a -t 10.9.0.1:81 -r 127.0.0.11:80 -m -w 1",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.ops, lines(Plan(tt.have, tt.want))); diff != "" {
				t.Errorf("ops (-want +got):\n%s", diff)
			}
		})
	}
}

// bigTable is 100 services with n destinations together.
func bigTable(n int) Table {
	t := make(Table, 100)
	for i := range t {
		t[i].Service = service(fmt.Sprintf("10.9.%d.1:80", i))
		for j := range n / len(t) {
			t[i].Dests = append(t[i].Dests, dest(fmt.Sprintf("10.%d.%d.%d:80", i+10, j/250, j%250), 1))
		}
	}
	return t
}

func TestPlanSizeFollowsTheChange(t *testing.T) {
	t.Parallel()
	have, want := bigTable(10000), bigTable(10000)
	for i := range want {
		want[i].Dests[i].Weight = 7
	}
	ops := Plan(have, want)
	if len(ops) != len(want) {
		t.Fatalf("%d ops, want %d", len(ops), len(want))
	}
	for i, o := range ops {
		if o.Verb != EditDest || o.Dest.Weight != 7 || o.Service.Key != want[i].Service.Key {
			t.Errorf("op %d: %s", i, o)
		}
	}
}

func BenchmarkPlan(b *testing.B) {
	have, same, changed := bigTable(10000), bigTable(10000), bigTable(10000)
	for i := range changed {
		changed[i].Dests[i].Weight = 7
	}
	for _, bm := range []struct {
		name       string
		have, want Table
	}{{"start", nil, have}, {"same", have, same}, {"1percent", have, changed}, {"stop", have, nil}} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Plan(bm.have, bm.want)
			}
		})
	}
}
