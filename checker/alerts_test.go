// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/checker/probe"
	"vipward/conf"
)

// mailed is a pool of one server with checks of some kinds.
func mailed(sparing, vs, rs bool, kinds ...string) []*check {
	c := &conf.VirtualServer{Addr: netip.MustParseAddr("192.0.2.1"), Port: 80, Protocol: 6, Quorum: 1, SMTPAlert: vs}
	p := &pool{vs: c, sparing: sparing}
	s := &server{rs: &conf.RealServer{Addr: netip.MustParseAddr("10.0.0.2"), Port: 80, Weight: 1, SMTPAlert: rs, ServerSettings: &conf.ServerSettings{}}, pool: p}
	for _, kind := range kinds {
		ch := &check{conf: &conf.Checker{CheckSettings: &conf.CheckSettings{Kind: kind, DelayLoop: time.Second}}, server: s}
		ch.track.Up = true
		s.checks = append(s.checks, ch)
	}
	p.servers = []*server{s}
	p.live = s.live()
	p.quorum.Up = true
	return s.checks
}

// TestAlerts: whom a change of a check is mailed for, and when not.
func TestAlerts(t *testing.T) {
	t.Parallel()
	const (
		down = "Realserver [10.0.0.2]:tcp:80 of virtual server [192.0.2.1]:tcp:80 - DOWN"
		up   = "Realserver [10.0.0.2]:tcp:80 of virtual server [192.0.2.1]:tcp:80 - UP"
	)
	failed, passed := probe.Result{Outcome: probe.Failed, Cause: errors.New("no")}, probe.Result{Outcome: probe.Passed}
	tests := []struct {
		name            string
		sparing, vs, rs bool
		kinds           []string
		first, second   probe.Result // of the first and the second check
		want            []alert
	}{
		{"server", false, false, true, []string{"TCP_CHECK", "UDP_CHECK"}, failed, passed, []alert{{down, "=> TCP CHECK failed on service <="}}},
		{"each check", false, false, true, []string{"TCP_CHECK", "DNS_CHECK"}, failed, failed, []alert{
			{down, "=> TCP CHECK failed on service <="}, {down, "=> DNS_CHECK: failed on service <="},
		}},
		{"no_checker_emails", true, false, true, []string{"TCP_CHECK", "DNS_CHECK"}, failed, failed, []alert{{down, "=> TCP CHECK failed on service <="}}},
		{"not for servers", false, true, false, []string{"TCP_CHECK", "PING_CHECK"}, failed, passed, []alert{
			{"Virtualserver [192.0.2.1]:tcp:80 - DOWN", "=> Lost quorum 1+0=1 <= 0 <="},
		}},
		{"nothing new", false, true, true, []string{"TCP_CHECK", "UDP_CHECK"}, passed, passed, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			checks := mailed(tt.sparing, tt.vs, tt.rs, tt.kinds...)
			var got []alert
			for i, r := range []probe.Result{tt.first, tt.second} {
				n, _ := checks[i].record(r, time.Unix(int64(i), 0))
				got = append(got, n.alerts...)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(alert{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	checks := mailed(false, true, true, "TCP_CHECK")
	var got []alert
	for i, r := range []probe.Result{failed, passed} {
		n, _ := checks[0].record(r, time.Unix(int64(i), 0))
		got = append(got, n.alerts...)
	}
	want := []alert{
		{down, "=> TCP CHECK failed on service <="},
		{"Virtualserver [192.0.2.1]:tcp:80 - DOWN", "=> Lost quorum 1+0=1 <= 0 <="},
		{up, "=> TCP CHECK succeed on service <="},
		{"Virtualserver [192.0.2.1]:tcp:80 - UP", "=> Gained quorum 1+0=1 <= 1 <="},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(alert{})); diff != "" {
		t.Errorf("down and up (-want +got):\n%s", diff)
	}
}

// TestCheckBodies: what is said of each kind of check.
func TestCheckBodies(t *testing.T) {
	t.Parallel()
	at := netip.MustParseAddr("10.0.0.2")
	refused := &probe.ScriptError{}
	refused.Result.TimedOut = true
	tests := []struct {
		kind, up, down string
		cause          error
	}{
		{"TCP_CHECK", "TCP CHECK succeed on service", "TCP CHECK failed on service", nil},
		{"UDP_CHECK", "UDP CHECK succeed on service", "UDP CHECK failed on service", nil},
		{"PING_CHECK", "ICMP CHECK succeed on service", "ICMP CHECK failed on service", nil},
		{"DNS_CHECK", "DNS_CHECK: succeed on service", "DNS_CHECK: failed on service", nil},
		{"HTTP_GET", "CHECK succeed on service", "CHECK failed on service : HTTP request failed", nil},
		{"SSL_GET", "CHECK succeed on service", "CHECK failed on service : HTTP request failed", nil},
		{"SMTP_CHECK", "CHECK succeed on service", "CHECK failed on service : Could not connect to server [10.0.0.2]:25", probe.ErrConnect},
		{"SMTP_CHECK", "CHECK succeed on service", "CHECK failed on service : Bad greeting banner from server [10.0.0.2]:25", probe.ErrBanner},
		{"MISC_CHECK", "MISC CHECK succeeded on service", "MISC CHECK failed on service", errors.New("no")},
		{"MISC_CHECK", "MISC CHECK succeeded on service", "MISC CHECK timed out on service", refused},
		{"GRPC_CHECK", "GRPC_CHECK succeed on service", "GRPC_CHECK failed on service", nil},
	}
	for _, tt := range tests {
		ch := &conf.Checker{ConnectIP: at, ConnectPort: 25, CheckSettings: &conf.CheckSettings{Kind: tt.kind}}
		if got := checkBody(ch, true, nil); got != tt.up {
			t.Errorf("%s up: %q, want %q", tt.kind, got, tt.up)
		}
		if got := checkBody(ch, false, tt.cause); got != tt.down {
			t.Errorf("%s down: %q, want %q", tt.kind, got, tt.down)
		}
	}
}
