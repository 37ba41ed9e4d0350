// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"fmt"

	"vipward/checker/probe"
)

func smtpPassed(r ran) []string {
	return []string{"Remote SMTP server " + r.target() + " succeed on service."}
}

// smtpFailed has one line for an attempt and none more for the last one.
func smtpFailed(r ran) []string {
	if !r.verdict.Down() && !r.tellsAttempts() {
		return nil
	}
	if unreachable(r.cause) {
		return []string{fmt.Sprintf("SMTP_CHECK Network unreachable for server %s - real server [%s]:%d", r.check.ConnectIP, r.rs.Addr, r.rs.Port)}
	}
	return []string{fmt.Sprintf("SMTP_CHECK %s server [%s]:%d", smtpFailure(r.cause), r.check.ConnectIP, r.check.ConnectPort)}
}

// smtpFailure says why an attempt has failed, up to the name of the server.
func smtpFailure(cause error) string {
	switch {
	case errors.Is(cause, probe.ErrBanner):
		return "Bad greeting banner from"
	case errors.Is(cause, probe.ErrHELO):
		return "Bad HELO response from"
	case errors.Is(cause, probe.ErrConnect):
		return "Could not connect to"
	case timedOut(cause):
		return "Read timeout from"
	default:
		return "Read failure from"
	}
}
