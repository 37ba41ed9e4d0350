// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"fmt"
	"syscall"

	"vipward/checker/probe"
)

func udpPassed(r ran) []string { return []string{"UDP connection to " + r.target() + " success."} }

func udpFailed(r ran) []string {
	return append(r.attemptOn("UDP connection to %s failed.", r.target()), r.gone("UDP_CHECK on service "+r.target())...)
}

func pingPassed(r ran) []string { return []string{"ICMP connection to " + r.target() + " success."} }

func pingFailed(r ran) []string {
	attempt := "ICMP connection to %s failed."
	if timedOut(r.cause) {
		attempt = "ICMP connection to address %s timeout."
	}
	service := "ICMP CHECK on service " + r.target()
	if r.verdict == GivenUp {
		service += " of " + vsName(r.vs)
	}
	return append(r.attemptOn(attempt, r.target()), r.gone(service)...)
}

// dnsPassed: a good answer is not worth a line.
func dnsPassed(ran) []string { return nil }

// dnsFailed is one line, which tells the cause of a deciding failure as well.
func dnsFailed(r ran) []string {
	line := fmt.Sprintf("DNS_CHECK (%s) %s", r.target(), dnsCause(r.cause))
	if unreachable(r.cause) {
		line = fmt.Sprintf("DNS_CHECK (%s) network unreachable for [%s]:%d", r.target(), r.check.ConnectIP, r.check.ConnectPort)
	}
	switch {
	case r.verdict == GivenUp:
		return []string{fmt.Sprintf("%s after %d retries", line, r.check.Retry)}
	case r.verdict.Down():
		return []string{line}
	}
	return r.attempt("%s", line)
}

func dnsCause(err error) string {
	var rcode probe.RcodeError
	var errno syscall.Errno
	switch {
	case errors.As(err, &rcode):
		return fmt.Sprintf("read error occurred. (rcode = %d)", int(rcode))
	case timedOut(err):
		return "read timeout from socket"
	case errors.As(err, &errno):
		return fmt.Sprintf("failed to read socket; errno %d (%s)", int(errno), strerror(errno))
	}
	return "failed to read socket; " + err.Error()
}
