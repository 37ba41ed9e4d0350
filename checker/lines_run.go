// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	"vipward/checker/probe"
	"vipward/conf"
)

// ran is a run of a check, for its lines.
type ran struct {
	vs       *conf.VirtualServer
	rs       *conf.RealServer
	check    *conf.Checker
	verdict  Verdict
	failures int // in a row, this run included, while the check stays up
	cause    error
	page     *probe.Page // of HTTP_GET and SSL_GET
	logAll   bool        // checker_log_all_failures
	down     bool        // the check was down before the run
}

// runLines are the lines for a run; most runs have none.
func runLines(r ran) []string {
	if r.verdict == Rescheduled {
		return r.untold()
	}
	lines := kindOf(r.check.Kind)
	switch r.verdict {
	case FirstPass, Recovered:
		return append(r.pageSeen(), lines.passed(r)...)
	case Retrying, Refused, GivenUp:
		return lines.failed(r)
	default: // nothing new, or a page of several
		return r.pageSeen()
	}
}

// kindLines are the lines of one kind of check.
type kindLines struct {
	passed func(ran) []string // of the first run, or after a failure
	failed func(ran) []string // of each failed run of a check that was up
}

// kindOf gives the lines of a kind of check.
func kindOf(kind string) kindLines {
	switch kind {
	case "HTTP_GET", "SSL_GET":
		return kindLines{httpPassed, httpFailed}
	case "SMTP_CHECK":
		return kindLines{smtpPassed, smtpFailed}
	case "MISC_CHECK":
		return kindLines{miscPassed, miscFailed}
	case "UDP_CHECK":
		return kindLines{udpPassed, udpFailed}
	case "DNS_CHECK":
		return kindLines{dnsPassed, dnsFailed}
	case "PING_CHECK":
		return kindLines{pingPassed, pingFailed}
	case "FILE_CHECK":
		return fileLines
	case "GRPC_CHECK":
		return kindLines{grpcPassed, grpcFailed}
	default:
		return kindLines{tcpPassed, tcpFailed}
	}
}

func (r ran) target() string { return rsName(r.vs, r.rs) }

// gone is the line of a check that went down, begun with what failed.
func (r ran) gone(what string) []string {
	switch {
	case !r.verdict.Down():
		return nil
	case r.verdict == GivenUp:
		return []string{fmt.Sprintf("%s failed after %d retries.", what, r.check.Retry)}
	}
	return []string{what + " failed."}
}

// tellsAttempts says whether each failed attempt is told.
func (r ran) tellsAttempts() bool { return !r.down && (r.check.LogAllFailures || r.logAll) }

// attempt is the line of a failed attempt, which is said only when asked for.
func (r ran) attempt(format string, args ...any) []string {
	if !r.tellsAttempts() {
		return nil
	}
	return []string{fmt.Sprintf(format, args...)}
}

// attemptOn is attempt for checks that say nothing where there is no way to the server.
func (r ran) attemptOn(format string, args ...any) []string {
	if unreachable(r.cause) {
		return nil
	}
	return r.attempt(format, args...)
}

// unreachable says whether there is no way to the network of the server.
func unreachable(err error) bool { return errors.Is(err, syscall.ENETUNREACH) }

// timedOut says whether a failure is the lack of an answer.
func timedOut(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
}

func tcpPassed(r ran) []string { return []string{"TCP connection to " + r.target() + " success."} }

func tcpFailed(r ran) []string {
	how := "failed"
	if timedOut(r.cause) {
		how = "timeout"
	}
	return append(r.attemptOn("TCP connection to %s %s.", r.target(), how), r.gone("TCP_CHECK on service "+r.target())...)
}

// transports are how lines name the connections of a kind of check.
var transports = map[string]string{"UDP_CHECK": "UDP", "DNS_CHECK": "UDP", "PING_CHECK": "ICMP"}

// untold says why a check could not be made.
func (r ran) untold() []string {
	if r.check.Misc != nil {
		return []string{fmt.Sprintf("%s could not be tried: %s. Rescheduling.", r.misc(), strerror(r.cause))}
	}
	over, ok := transports[r.check.Kind]
	if !ok {
		over = "TCP"
	}
	var device *probe.DeviceError
	switch {
	case errors.As(r.cause, &device):
		return []string{fmt.Sprintf("Checker can't bind to device %s: %s", device.Device, strerror(device.Err)), over + " socket bind failed. Rescheduling."}
	case errors.Is(r.cause, probe.ErrBind):
		return []string{"Checker bind failed: " + strerror(r.cause), over + " socket bind failed. Rescheduling."}
	}
	return []string{fmt.Sprintf("%s connection to %s could not be tried: %s. Rescheduling.", over, r.target(), strerror(r.cause))}
}
