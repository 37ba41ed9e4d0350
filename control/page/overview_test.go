// SPDX-License-Identifier: Apache-2.0

package page

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/checker"
)

func TestOverview(t *testing.T) {
	t.Parallel()
	connections := uint64(1000)
	got := getJSON[Overview](t, fixed(healthy()), "/state")
	want := Overview{
		Host: "lb1", Version: "v1", At: noon, Started: ago(time.Hour), Phase: "running", PID: 7, Restarts: 1, Config: "/k.conf", Level: Fine,
		Totals: Totals{Instances: 2, Masters: 1, Services: 1, Up: 1, Servers: 2, Alive: 2, Active: 6, Checks: 2, Running: 1, Lag: 0.25, Repairs: 2},
		Wrong:  Some[Finding]{List: []Finding{}},
		VRRP: Some[Instance]{List: []Instance{
			{
				Name: "VI_1", State: "MASTER", Level: Fine, Since: ago(time.Minute), Priority: 105, Configured: 100, Master: "this node",
				Interface: "eth0", VRID: 51, VIPs: []VIP{{"192.0.2.100/24", "eth0", true}}, Why: "the master was silent",
			},
			{
				Name: "VI_2", Group: "G", State: "BACKUP", Level: Fine, Priority: 90, Configured: 90, Master: "192.0.2.12 (120)",
				Interface: "eth1", VRID: 52, VIPs: []VIP{{"192.0.2.101/24", "eth1", false}},
			},
		}},
		Services: Some[Service]{List: []Service{{
			Name: "[192.0.2.100:80]:tcp", Title: "192.0.2.100:80 tcp", State: "UP", Level: Fine, Since: ago(time.Hour), Scheduler: "wrr", Method: "NAT",
			Quorum: 1, Live: 2, Servers: 2, Alive: 2, Active: 6, Connections: &connections,
		}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestBounds: however much there is, an answer has so much of it, and what is wrong is in it.
func TestBounds(t *testing.T) {
	t.Parallel()
	l := healthy()
	for i := range 1000 {
		vs := service(fmt.Sprintf("10.1.%d.%d:80", i/250, i%250), 1)
		l.Checker.Virtuals = append(l.Checker.Virtuals, vs)
		vi := l.VRRP.Instances[1]
		vi.Name = fmt.Sprintf("VI_%d", i+3)
		l.VRRP.Instances = append(l.VRRP.Instances, vi)
	}
	for i := range 60 {
		fail(&l.Checker.Virtuals[900+i].Reals[0], "x", noon)
	}
	l.VRRP.Instances[999].State = "FAULT"
	o := getJSON[Overview](t, fixed(l), "/state")
	for what, n := range map[string][2]int{
		"findings": {len(o.Wrong.List), maxFindings}, "findings left out": {o.Wrong.More, 61 - maxFindings},
		"instances": {len(o.VRRP.List), maxInstances}, "instances left out": {o.VRRP.More, 1002 - maxInstances},
		"services": {len(o.Services.List), maxServices}, "services left out": {o.Services.More, 1001 - maxServices},
		"all services": {o.Totals.Services, 1001}, "all servers": {o.Totals.Servers, 1002}, "alive": {o.Totals.Alive, 942},
	} {
		if n[0] != n[1] {
			t.Errorf("%s: %d, want %d", what, n[0], n[1])
		}
	}
	if o.VRRP.List[0].State != "FAULT" || o.Services.List[59].Level != Warn || o.Services.List[60].Level != Fine {
		t.Error("what is wrong is not first")
	}
	if l.VRRP.Instances[0].Name != "VI_1" {
		t.Error("the order of what is kept changed")
	}
}

// TestFind: names, addresses, states and reasons are found, in any case.
func TestFind(t *testing.T) {
	t.Parallel()
	l := healthy()
	l.Checker.Virtuals = append(l.Checker.Virtuals, service("192.0.2.200:443", 3))
	fail(&l.Checker.Virtuals[1].Reals[2], "Certificate expired", noon)
	p := fixed(l)
	tests := []struct {
		find      string
		instances int
		services  int
		servers   int // of the second one
	}{
		{"", 2, 2, 3},
		{"  ", 2, 2, 3},
		{"vi_1", 1, 0, 0},
		{"fault", 0, 0, 0},
		{"192.0.2.101", 1, 0, 0},
		{":443", 0, 1, 3},
		{"certificate EXPIRED", 0, 1, 1},
		{"10.0.0.2:80", 0, 1, 1},
		{"tcp_check", 0, 2, 3},
		{"<script>", 0, 0, 0},
	}
	for _, tt := range tests {
		o := getJSON[Overview](t, p, "/state?find="+url.QueryEscape(tt.find))
		s := getJSON[Some[Server]](t, p, "/servers?of="+url.QueryEscape(l.Checker.Virtuals[1].Name)+"&find="+url.QueryEscape(tt.find))
		if len(o.VRRP.List) != tt.instances || len(o.Services.List) != tt.services || len(s.List) != tt.servers {
			t.Errorf("%q: %d instances, %d services, %d servers, want %v", tt.find, len(o.VRRP.List), len(o.Services.List), len(s.List), tt)
		}
		if o.Totals.Services != 2 || len(o.Wrong.List) != 1 {
			t.Errorf("%q: the filter hides what is wrong: %+v", tt.find, o.Totals)
		}
	}
}

// TestWithoutChildren: a daemon with nothing to do has empty lists, no nulls.
func TestWithoutChildren(t *testing.T) {
	t.Parallel()
	l := healthy()
	l.VRRP, l.Checker, l.Daemon.Processes = nil, nil, nil
	p := fixed(l)
	o := getJSON[Overview](t, p, "/state")
	if o.Level != Fine || o.VRRP.List == nil || o.Services.List == nil || o.Wrong.List == nil {
		t.Errorf("%+v", o)
	}
	if w := get(p, "/servers?of=x"); w.Code != 404 {
		t.Errorf("servers: %d", w.Code)
	}
	l.Checker = &checker.View{}
	if w := get(p, "/servers?of=x"); w.Code != 404 {
		t.Errorf("servers of no such service: %d", w.Code)
	}
}

// BenchmarkOverview is an answer for 10,000 real servers.
func BenchmarkOverview(b *testing.B) {
	l := healthy()
	for i := range 1000 {
		l.Checker.Virtuals = append(l.Checker.Virtuals, service(fmt.Sprintf("10.1.%d.%d:80", i/250, i%250), 10))
	}
	for b.Loop() {
		overview(l, "")
	}
}
