// SPDX-License-Identifier: Apache-2.0

package page

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/checker"
)

func TestServers(t *testing.T) {
	t.Parallel()
	l := healthy()
	reals := l.Checker.Virtuals[0].Reals
	fail(&reals[1], "Connection refused", ago(time.Minute))
	reals[1].Weight, reals[1].Load = 0, nil
	reals[1].Checks = append(reals[1].Checks, checker.CheckView{Kind: "HTTP_GET", Up: true, Ran: true, Latency: 0.5, Next: noon.Add(time.Millisecond)})
	got := getJSON[Some[Server]](t, fixed(l), "/servers?of="+url.QueryEscape("[192.0.2.100:80]:tcp"))
	active, inactive := uint32(3), uint32(1)
	want := Some[Server]{List: []Server{
		{
			Name: "10.0.0.0:80", State: "UP", Level: Fine, Weight: 1, Configured: 1, Active: &active, Inactive: &inactive, Checks: "TCP_CHECK",
			Took: 2, Next: noon.Add(time.Second), History: []float32{2},
		},
		{
			Name: "10.0.0.1:80", State: "DOWN", Level: Bad, Since: ago(time.Minute), Configured: 1, Checks: "TCP_CHECK HTTP_GET",
			Took: 500, Next: noon.Add(time.Millisecond), History: []float32{Down}, Why: "TCP_CHECK: Connection refused",
		},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestServerStates: the words are those of the command line; a check that fails and is
// tried again is a warning already.
func TestServerStates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*checker.RealView)
		level  Level
		word   string
		why    string
	}{
		{"well", func(*checker.RealView) {}, Fine, "UP", ""},
		{"retries", func(rs *checker.RealView) { rs.Checks[0].Why = "timeout" }, Warn, "UP", "TCP_CHECK: timeout"},
		{"down", func(rs *checker.RealView) { fail(rs, "timeout", noon) }, Bad, "DOWN", "TCP_CHECK: timeout"},
		{"not looked at yet", func(rs *checker.RealView) { fail(rs, "", noon) }, Bad, "DOWN", "TCP_CHECK: not run yet"},
		{"drained", func(rs *checker.RealView) { rs.Order = &checker.Order{Hold: checker.HoldDrain} }, Note, "DRAIN", ""},
		{"taken out while it is down", func(rs *checker.RealView) {
			fail(rs, "timeout", noon)
			rs.Order = &checker.Order{Hold: checker.HoldMaintenance}
		}, Note, "MAINT", "TCP_CHECK: timeout"},
		{"an order that was taken back", func(rs *checker.RealView) { rs.Order = &checker.Order{} }, Fine, "UP", ""},
		{"without a check", func(rs *checker.RealView) { rs.Checks = nil }, Fine, "UP", ""},
	}
	for _, tt := range tests {
		rs := service("x:1", 1).Reals[0]
		tt.change(&rs)
		level, why := judgeServer(&rs)
		if got := rs.State(); level != tt.level || got != tt.word || why != tt.why {
			t.Errorf("%s: %s %s %q", tt.name, level, got, why)
		}
	}
	rs := checker.RealView{}
	if kinds(&rs) != "none" || !next(&rs).IsZero() {
		t.Errorf("without a check: %s, %v", kinds(&rs), next(&rs))
	}
}
