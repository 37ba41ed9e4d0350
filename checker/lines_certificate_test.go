// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/checker/probe"
	"vipward/conf"
)

// TestGRPCLines: vipward's own, with the reason in the deciding one.
func TestGRPCLines(t *testing.T) {
	t.Parallel()
	const T = "[127.0.0.11]:udp:53"
	sick := fmt.Errorf("%w: NOT_SERVING", probe.ErrHealth)
	tests := []struct {
		logAll  bool
		verdict Verdict
		cause   error
		want    string
	}{
		{false, FirstPass, nil, "GRPC_CHECK of " + T + " success."},
		{false, Recovered, nil, "GRPC_CHECK of " + T + " success."},
		{false, Same, nil, ""},
		{false, Retrying, sick, ""},
		{true, Retrying, sick, "GRPC_CHECK of " + T + " failed (health: NOT_SERVING)."},
		{false, Refused, sick, "GRPC_CHECK on service " + T + " failed (health: NOT_SERVING)."},
		{true, GivenUp, sick, "GRPC_CHECK on service " + T + " failed after 2 retries (health: NOT_SERVING)."},
		{false, GivenUp, os.ErrDeadlineExceeded, "GRPC_CHECK on service " + T + " failed after 2 retries (timeout)."},
		{false, Refused, errors.Join(probe.ErrConnect, os.ErrDeadlineExceeded), "GRPC_CHECK on service " + T + " failed (timeout connecting)."},
		{false, Refused, errors.Join(probe.ErrConnect, syscall.ECONNREFUSED), "GRPC_CHECK on service " + T + " failed (no connection: connection refused)."},
		{false, Rescheduled, syscall.EMFILE, "TCP connection to " + T + " could not be tried: Too many open files. Rescheduling."},
	}
	for _, tt := range tests {
		r := ranAs(t, "GRPC_CHECK", tt.logAll, tt.verdict, tt.cause)
		r.check.Retry = 2
		if diff := cmp.Diff(tt.want, strings.Join(runLines(r), "|")); diff != "" {
			t.Errorf("verdict %d, %v (-want +got):\n%s", tt.verdict, tt.cause, diff)
		}
	}
}

// TestCertificateLines: a refused certificate is named when it decides.
func TestCertificateLines(t *testing.T) {
	t.Parallel()
	const T = "[127.0.0.11]:udp:53"
	refused := errors.Join(probe.ErrConnect, fmt.Errorf("TLS: %w: expired", probe.ErrCertificate))
	for _, tt := range []struct {
		logAll  bool
		verdict Verdict
		want    string
	}{
		{false, Retrying, ""},
		{true, Retrying, "Certificate of server " + T + " is refused: TLS: certificate: expired."},
		{false, GivenUp, "Certificate of server " + T + " is refused: TLS: certificate: expired.|SSL_CHECK on service " + T + " failed after 2 retries."},
		{true, GivenUp, "Certificate of server " + T + " is refused: TLS: certificate: expired.|SSL_CHECK on service " + T + " failed after 2 retries."},
	} {
		r := ranAs(t, "SSL_GET", tt.logAll, tt.verdict, refused)
		r.check.Retry, r.check.HTTP = 2, &conf.HTTPCheck{TLS: true}
		if diff := cmp.Diff(tt.want, strings.Join(runLines(r), "|")); diff != "" {
			t.Errorf("verdict %d (-want +got):\n%s", tt.verdict, diff)
		}
	}
}

// TestExpiryWarning: from the configured number of days on, once a day, whatever the
// verdict.
func TestExpiryWarning(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	end := time.Date(2026, 12, 24, 18, 0, 0, 0, time.UTC)
	trust := conf.Trust{ExpiryWarning: 14 * day}
	for _, kind := range []conf.Checker{
		{CheckSettings: &conf.CheckSettings{Kind: "SSL_GET", HTTP: &conf.HTTPCheck{TLS: true, Trust: trust, URLs: make([]conf.URL, 1)}}},
		{CheckSettings: &conf.CheckSettings{Kind: "GRPC_CHECK", GRPC: &conf.GRPCCheck{TLS: true, Trust: trust}}},
	} {
		cfg := parseConfig(t, "vs 10.0.0.1:443\nrs 10.0.0.11:443")
		cfg.VirtualServers[0].RealServers[0].Checkers = []*conf.Checker{&kind}
		r, _ := follow(&roster{}, cfg, saved{})
		c := r.pools[0].servers[0].checks[0]
		const of = "Certificate of server [10.0.0.11]:tcp:443 for VS [10.0.0.1]:tcp:443 "
		for _, tt := range []struct {
			name    string
			at      time.Time
			expires time.Time
			want    string
		}{
			{"early", end.Add(-15 * day), end, ""},
			{"nobody looked", end.Add(-13 * day), time.Time{}, ""},
			{"first", end.Add(-13*day - time.Hour), end, of + "expires in 13 days, at 2026-12-24 18:00 UTC"},
			{"the same day", end.Add(-12*day - 2*time.Hour), end, ""},
			{"the next day", end.Add(-12*day - time.Hour), end, of + "expires in 12 days, at 2026-12-24 18:00 UTC"},
			{"renewed", end.Add(-11 * day), end.Add(90 * day), ""},
			{"today", end.Add(-time.Hour), end, of + "expires in 0 days, at 2026-12-24 18:00 UTC"},
			{"over", end.Add(day), end, of + "has expired at 2026-12-24 18:00 UTC"},
		} {
			if diff := cmp.Diff(tt.want, strings.Join(c.expiry(tt.expires, tt.at), "|")); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", kind.Kind, tt.name, diff)
			}
		}
	}
	plain := &check{conf: &conf.Checker{CheckSettings: &conf.CheckSettings{Kind: "TCP_CHECK"}}}
	if got := plain.expiry(end, end); got != nil {
		t.Errorf("TCP_CHECK: %q", got)
	}
}
