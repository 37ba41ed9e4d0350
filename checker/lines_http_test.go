// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"vipward/checker/probe"
	"vipward/conf"

	"github.com/google/go-cmp/cmp"
)

// TestWebAndMailLines: the lines of HTTP_GET, SSL_GET and SMTP_CHECK.
func TestWebAndMailLines(t *testing.T) {
	t.Parallel()
	vs := parseConfig(t, "vs 10.0.0.1:80\nrs 10.0.0.11:80").VirtualServers[0]
	web := &conf.Checker{CheckSettings: &conf.CheckSettings{Kind: "HTTP_GET", Retry: 2, HTTP: &conf.HTTPCheck{}}}
	webOnce := &conf.Checker{CheckSettings: &conf.CheckSettings{Kind: "HTTP_GET", HTTP: &conf.HTTPCheck{}}}
	webAll := &conf.Checker{CheckSettings: &conf.CheckSettings{Kind: "HTTP_GET", HTTP: &conf.HTTPCheck{}, LogAllFailures: true}}
	secure := &conf.Checker{CheckSettings: &conf.CheckSettings{Kind: "SSL_GET", Retry: 2, HTTP: &conf.HTTPCheck{TLS: true}}}
	secureAll := &conf.Checker{CheckSettings: &conf.CheckSettings{Kind: "SSL_GET", Retry: 2, HTTP: &conf.HTTPCheck{TLS: true}, LogAllFailures: true}}
	mail := &conf.Checker{ConnectIP: vs.RealServers[0].Addr, ConnectPort: 25, CheckSettings: &conf.CheckSettings{Kind: "SMTP_CHECK", Retry: 2, SMTP: &conf.SMTPCheck{}}}
	mailAll := &conf.Checker{ConnectIP: mail.ConnectIP, ConnectPort: 25, CheckSettings: &conf.CheckSettings{Kind: "SMTP_CHECK", Retry: 2, SMTP: &conf.SMTPCheck{}, LogAllFailures: true}}
	page, short := &probe.Page{Path: "/b", Length: -1}, &probe.Page{Path: "/", Length: 20, Bytes: 2}
	timeout := os.ErrDeadlineExceeded
	const T = "[10.0.0.11]:tcp:80"
	tests := []struct {
		check   *conf.Checker
		verdict Verdict
		page    *probe.Page
		cause   error
		want    string
	}{
		{web, FirstPass, page, nil, "Remote Web server " + T + " succeed on service."},
		{web, Same, page, nil, ""},
		{web, Same, short, nil, "http_check for RS " + T + " VS [10.0.0.1]:tcp:80 url /: content_length (20) does not match received bytes (2)"},
		{web, Same, short, probe.ErrRead, ""},
		{web, PageGood, page, nil, "HTTP status code success to " + T + " url(/b)"},
		{web, Recovered, page, nil, "HTTP status code success to " + T + " url(/b)|Remote Web server " + T + " succeed on service."},
		{web, Retrying, page, probe.ErrStatus, ""},
		{web, Refused, page, probe.ErrStatus, "HTTP_CHECK on service " + T + " failed after 2 retries."},
		{web, GivenUp, page, probe.ErrStatus, "HTTP_CHECK on service " + T + " failed after 2 retries."},
		{webOnce, Refused, page, probe.ErrStatus, "HTTP_CHECK on service " + T + " failed."},
		{secure, GivenUp, page, probe.ErrStatus, "SSL_CHECK on service " + T + " failed after 2 retries."},
		{webAll, Retrying, page, probe.ErrStatus, "HTTP status code error to server " + T + "."},
		{webAll, Retrying, page, probe.ErrDigest, "MD5 digest error to server " + T + "."},
		{webAll, Retrying, page, probe.ErrRegex, "Regex match failed server " + T + "."},
		{webAll, Retrying, page, probe.ErrConnect, "Connection failed server " + T + "."},
		{webAll, Retrying, page, errors.Join(probe.ErrConnect, timeout), "Timeout connecting server " + T + "."},
		{webAll, Retrying, page, errors.Join(probe.ErrRead, timeout), "Timeout WEB read server " + T + "."},
		{webAll, Retrying, page, errors.Join(probe.ErrRead, probe.ErrBody, timeout), "Timeout HTTP read server " + T + "."},
		{webAll, Retrying, page, errors.Join(probe.ErrRead, syscall.ECONNRESET), "Read error with server " + T + "."},
		{webAll, Retrying, page, errors.Join(probe.ErrReply, probe.ErrShort), "Read, no data received from  server " + T + "."},
		{webAll, Retrying, page, errors.Join(probe.ErrReply, probe.ErrStatus), "HTTP status code error to server " + T + "."},
		{webAll, Retrying, page, errors.Join(probe.ErrConnect, syscall.ENETUNREACH), "HTTP_CHECK - network unreachable server " + T + "."},
		{secureAll, Retrying, page, errors.Join(probe.ErrConnect, syscall.ENETUNREACH), "SSL_CHECK - network unreachable server " + T + "."},
		{secureAll, Retrying, page, errors.Join(probe.ErrConnect, probe.ErrHandshake), "SSL handshake/communication error connecting to server " + T + "."},
		{secureAll, Retrying, page, errors.Join(probe.ErrConnect, probe.ErrHandshake, timeout), "Timeout connecting server " + T + "."},
		{secureAll, Retrying, page, errors.Join(probe.ErrConnect, probe.ErrHandshake, syscall.ECONNRESET), "Connection failed server " + T + "."},
		{webAll, Retrying, nil, probe.ErrReply, "Bad answer of server " + T + ": not an answer of HTTP."},
		{webAll, Refused, page, probe.ErrStatus, "HTTP status code error to server " + T + ".|HTTP_CHECK on service " + T + " failed."},
		{webAll, Same, page, probe.ErrStatus, ""},
		{mail, FirstPass, nil, nil, "Remote SMTP server " + T + " succeed on service."},
		{mail, Recovered, nil, nil, "Remote SMTP server " + T + " succeed on service."},
		{mail, Retrying, nil, probe.ErrBanner, ""},
		{mail, Same, nil, probe.ErrBanner, ""},
		{mail, GivenUp, nil, probe.ErrBanner, "SMTP_CHECK Bad greeting banner from server [10.0.0.11]:25"},
		{mail, GivenUp, nil, probe.ErrHELO, "SMTP_CHECK Bad HELO response from server [10.0.0.11]:25"},
		{mail, GivenUp, nil, probe.ErrConnect, "SMTP_CHECK Could not connect to server [10.0.0.11]:25"},
		{mail, GivenUp, nil, errors.Join(probe.ErrRead, timeout), "SMTP_CHECK Read timeout from server [10.0.0.11]:25"},
		{mail, GivenUp, nil, probe.ErrRead, "SMTP_CHECK Read failure from server [10.0.0.11]:25"},
		{mail, GivenUp, nil, errors.Join(probe.ErrConnect, syscall.ENETUNREACH), "SMTP_CHECK Network unreachable for server 10.0.0.11 - real server [10.0.0.11]:80"},
		{mailAll, Retrying, nil, probe.ErrBanner, "SMTP_CHECK Bad greeting banner from server [10.0.0.11]:25"},
	}
	for _, tt := range tests {
		r := ran{vs: vs, rs: vs.RealServers[0], check: tt.check, verdict: tt.verdict, cause: tt.cause, page: tt.page}
		if diff := cmp.Diff(tt.want, strings.Join(runLines(r), "|")); diff != "" {
			t.Errorf("%s, %s, %v (-want +got):\n%s", tt.check.Kind, verdictNames[tt.verdict], tt.cause, diff)
		}
	}
}
