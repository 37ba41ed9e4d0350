// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"fmt"
	"syscall"

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
	attempt := r.attempt("%s", httpFailure(r, kind))
	if certificateRefused(r) && r.verdict.Down() {
		attempt = []string{lineCertificate(r)}
	}
	return append(attempt, r.gone(kind+" on service "+r.target())...)
}

// httpFailure says why one attempt has failed, in keepalived's words where it has some.
func httpFailure(r ran, kind string) string {
	if certificateRefused(r) {
		return lineCertificate(r)
	}
	if what := httpWords(r.cause, kind); what != "" {
		return fmt.Sprintf("%s server %s.", what, r.target())
	}
	return fmt.Sprintf("Bad answer of server %s: %s.", r.target(), oneLine(r.cause))
}

// httpWords are those before the name of the server; of errors that only vipward knows
// there are none.
func httpWords(err error, kind string) string {
	is := func(e error) bool { return errors.Is(err, e) }
	switch {
	case is(probe.ErrStatus):
		return "HTTP status code error to"
	case is(probe.ErrDigest):
		return "MD5 digest error to"
	case is(probe.ErrRegex):
		return "Regex match failed"
	case is(probe.ErrConnect):
		return connectWords(err, kind)
	case timedOut(err) && is(probe.ErrBody):
		return "Timeout HTTP read"
	case timedOut(err):
		return "Timeout WEB read"
	case is(probe.ErrShort):
		return "Read, no data received from " // with a blank more
	case is(probe.ErrRead):
		return "Read error with"
	}
	return ""
}

func connectWords(err error, kind string) string {
	switch {
	case timedOut(err):
		return "Timeout connecting"
	case errors.Is(err, syscall.ENETUNREACH):
		return kind + " - network unreachable"
	case errors.Is(err, probe.ErrHandshake) && !errors.Is(err, syscall.ECONNRESET):
		return "SSL handshake/communication error connecting to"
	}
	return "Connection failed"
}
