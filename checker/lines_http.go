// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"fmt"

	"vipward/checker/probe"
)

// pageSeen are the lines for a page that was good: while the server is down,
// each one.
func (r ran) pageSeen() []string {
	p := r.page
	if p == nil || r.cause != nil {
		return nil
	}
	var lines []string
	if p.Length >= 0 && p.Length != p.Bytes {
		lines = append(lines, fmt.Sprintf("http_check for RS %s VS %s url %s: content_length (%d) does not match received bytes (%d)",
			r.target(), vsName(r.vs), p.Path, p.Length, p.Bytes))
	}
	if r.verdict == PageGood || r.verdict == Recovered {
		lines = append(lines, fmt.Sprintf("HTTP status code success to %s url(%s)", r.target(), p.Path))
	}
	return lines
}

func httpPassed(r ran) []string {
	return []string{"Remote Web server " + r.target() + " succeed on service."}
}

func httpFailed(r ran) []string {
	kind := "HTTP_CHECK"
	if r.check.HTTP.TLS {
		kind = "SSL_CHECK"
	}
	if r.verdict == Refused && r.check.Retry > 0 {
		r.verdict = GivenUp // keepalived counts retries that were not made
	}
	attempt := r.attempt("%s", httpFailure(r))
	if certificateRefused(r) && r.verdict.Down() {
		attempt = []string{lineCertificate(r)}
	}
	return append(attempt, r.gone(kind+" on service "+r.target())...)
}

// httpFailure says why one attempt has failed.
func httpFailure(r ran) string {
	path := ""
	if r.page != nil {
		path = r.page.Path
	}
	switch err := r.cause; {
	case certificateRefused(r):
		return lineCertificate(r)
	case errors.Is(err, probe.ErrStatus):
		return fmt.Sprintf("HTTP status code error to server %s.", r.target())
	case errors.Is(err, probe.ErrDigest):
		return fmt.Sprintf("MD5 digest error to %s url(%s).", r.target(), path)
	case errors.Is(err, probe.ErrRegex):
		return fmt.Sprintf("Regex match failed to %s url(%s).", r.target(), path)
	case errors.Is(err, probe.ErrConnect) && timedOut(err):
		return fmt.Sprintf("Timeout connecting server %s.", r.target())
	case errors.Is(err, probe.ErrConnect):
		return fmt.Sprintf("Connection failed server %s.", r.target())
	case timedOut(err):
		return fmt.Sprintf("Timeout reading data from server %s.", r.target())
	default:
		return fmt.Sprintf("Bad answer of server %s: %v.", r.target(), err)
	}
}
