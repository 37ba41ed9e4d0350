// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/checker/probe"
	"vipward/conf"
)

// ranAs is a run of a check of kind, with two retries.
func ranAs(t *testing.T, kind string, logAll bool, v Verdict, cause error) ran {
	t.Helper()
	vs := parseConfig(t, "vs 10.9.0.1:53\nrs 127.0.0.11:53").VirtualServers[0]
	vs.Protocol = conf.UDP
	rs := vs.RealServers[0]
	check := &conf.Checker{ConnectIP: rs.Addr, ConnectPort: rs.Port, CheckSettings: &conf.CheckSettings{Kind: kind, Retry: 2, LogAllFailures: logAll}}
	return ran{vs: vs, rs: rs, check: check, verdict: v, cause: cause}
}

// TestDatagramLines: the lines of recordings live-udp-check, live-dns-check and
// live-ping-check, and of bind errors.
func TestDatagramLines(t *testing.T) {
	t.Parallel()
	silent := os.ErrDeadlineExceeded
	const rs = "[127.0.0.11]:udp:53"
	tests := []struct {
		kind    string
		logAll  bool
		verdict Verdict
		cause   error
		want    string
	}{
		{"UDP_CHECK", false, FirstPass, nil, "UDP connection to " + rs + " success."},
		{"UDP_CHECK", true, Recovered, nil, "UDP connection to " + rs + " success."},
		{"UDP_CHECK", false, Retrying, silent, ""},
		{"UDP_CHECK", true, Retrying, silent, "UDP connection to " + rs + " failed."},
		{"UDP_CHECK", false, Refused, silent, "UDP_CHECK on service " + rs + " failed."},
		{"UDP_CHECK", true, Refused, silent, "UDP connection to " + rs + " failed.|UDP_CHECK on service " + rs + " failed."},
		{"UDP_CHECK", true, GivenUp, silent, "UDP connection to " + rs + " failed.|UDP_CHECK on service " + rs + " failed after 2 retries."},
		{"UDP_CHECK", true, Same, silent, ""},
		{"DNS_CHECK", true, FirstPass, nil, ""},
		{"DNS_CHECK", true, Recovered, nil, ""},
		{"DNS_CHECK", false, Retrying, probe.RcodeError(2), ""},
		{"DNS_CHECK", true, Retrying, probe.RcodeError(2), "DNS_CHECK (" + rs + ") read error occurred. (rcode = 2)"},
		{"DNS_CHECK", true, Refused, probe.RcodeError(3), "DNS_CHECK (" + rs + ") read error occurred. (rcode = 3)"},
		{"DNS_CHECK", false, GivenUp, silent, "DNS_CHECK (" + rs + ") read timeout from socket after 2 retries"},
		{"DNS_CHECK", false, Refused, syscall.ECONNREFUSED, "DNS_CHECK (" + rs + ") failed to read socket; errno 111 (Connection refused)"},
		{"DNS_CHECK", false, Refused, errors.New("odd"), "DNS_CHECK (" + rs + ") failed to read socket; odd"},
		{"DNS_CHECK", false, GivenUp, syscall.ENETUNREACH, "DNS_CHECK (" + rs + ") network unreachable for [127.0.0.11]:53 after 2 retries"},
		{"UDP_CHECK", true, Refused, syscall.ENETUNREACH, "UDP_CHECK on service " + rs + " failed."},
		{"PING_CHECK", true, Refused, syscall.ENETUNREACH, "ICMP CHECK on service " + rs + " failed."},
		{"TCP_CHECK", true, Refused, syscall.ENETUNREACH, "TCP_CHECK on service " + rs + " failed."},
		{"PING_CHECK", false, FirstPass, nil, "ICMP connection to " + rs + " success."},
		{"PING_CHECK", true, Retrying, silent, "ICMP connection to address " + rs + " timeout."},
		{"PING_CHECK", true, Refused, silent, "ICMP connection to address " + rs + " timeout.|ICMP CHECK on service " + rs + " failed."},
		{"PING_CHECK", false, GivenUp, silent, "ICMP CHECK on service " + rs + " of [10.9.0.1]:udp:53 failed after 2 retries."},
		{"PING_CHECK", true, Retrying, syscall.EHOSTUNREACH, "ICMP connection to " + rs + " failed."},
		{"UDP_CHECK", false, Rescheduled, errors.Join(probe.ErrBind, syscall.EADDRNOTAVAIL), "Checker bind failed: Cannot assign requested address|UDP socket bind failed. Rescheduling."},
		{"PING_CHECK", false, Rescheduled, &probe.DeviceError{Device: "nosuchif", Err: syscall.ENODEV}, "Checker can't bind to device nosuchif: No such device|ICMP socket bind failed. Rescheduling."},
		{"TCP_CHECK", true, Retrying, silent, "TCP connection to " + rs + " timeout."},
		{"TCP_CHECK", true, GivenUp, syscall.ECONNREFUSED, "TCP connection to " + rs + " failed.|TCP_CHECK on service " + rs + " failed after 2 retries."},
	}
	for _, tt := range tests {
		got := strings.Join(runLines(ranAs(t, tt.kind, tt.logAll, tt.verdict, tt.cause)), "|")
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s, verdict %d, %v (-want +got):\n%s", tt.kind, tt.verdict, tt.cause, diff)
		}
	}
}
