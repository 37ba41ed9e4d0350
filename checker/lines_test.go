// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"vipward/ipvs"

	"github.com/google/go-cmp/cmp"

	"vipward/checker/probe"
)

// The lines that the transcripts do not show.
func TestLines(t *testing.T) {
	t.Parallel()
	vs := parseConfig(t, "vs [fd00::1]:443\nrs [fd00::11]:8443 retry=3").VirtualServers[0]
	rs := vs.RealServers[0]
	udp := *vs
	udp.Protocol = 17
	sctp := *vs
	sctp.Protocol = 132
	op := ipvs.Op{Verb: ipvs.DelService, Service: new(service(vs))}
	var errs []error
	for i := range 7 {
		errs = append(errs, fmt.Errorf("e%d", i))
	}
	got := []string{
		vsName(vs), vsName(&udp), vsName(&sctp), rsName(&udp, rs),
		lineShutdown(vs, rs, false), lineShutdown(vs, rs, true),
		strings.Join(runLines(ran{vs: vs, rs: rs, check: rs.Checkers[0], verdict: GivenUp, cause: nil}), "|"),
		strings.Join(runLines(ran{vs: vs, rs: rs, check: rs.Checkers[0], verdict: Rescheduled, cause: errors.Join(probe.ErrBind, syscall.EADDRINUSE)}), "|"),
		strings.Join(runLines(ran{vs: vs, rs: rs, check: rs.Checkers[0], verdict: Rescheduled, cause: fmt.Errorf("socket: %w", syscall.EMFILE)}), "|"),
		strings.Join(runLines(ran{vs: vs, rs: rs, check: rs.Checkers[0], verdict: Retrying, cause: nil}), "|"),
		lineOps([]ipvs.Op{op}), lineOps([]ipvs.Op{op, op}),
		lineApplyError(errs[:1]), lineApplyError(errs),
		strerror(errors.New("")), strerror(errors.Join(probe.ErrConnect, probe.ErrHandshake)),
	}
	want := []string{
		"[fd00::1]:tcp:443", "[fd00::1]:udp:443", "[fd00::1]:sctp:443", "[fd00::11]:udp:8443",
		"Shutting down service [fd00::11]:tcp:8443 from VS [fd00::1]:tcp:443",
		"Shutting down (inhibited) service [fd00::11]:tcp:8443 from VS [fd00::1]:tcp:443",
		"TCP_CHECK on service [fd00::11]:tcp:8443 failed after 3 retries.",
		"Checker bind failed: Address already in use|TCP socket bind failed. Rescheduling.",
		"TCP connection to [fd00::11]:tcp:8443 could not be tried: Too many open files. Rescheduling.",
		"",
		"IPVS: 1 operation: -D -t [fd00::1]:443", "IPVS: 2 operations",
		"IPVS: e0", "IPVS: e0; e1; e2; e3; e4; and 2 more",
		"", "Connect: TLS",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}
