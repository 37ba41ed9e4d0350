// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"time"
)

// Built-in values of checkers.
const (
	defaultDelayLoop      = 60 * time.Second
	defaultConnectTimeout = 5 * time.Second
	defaultRetry          = 1
	defaultRetryDelay     = time.Second
	defaultMaxReply       = 255
	defaultHELO           = "smtpchecker.keepalived.org"
)

// noAddr is no address.
var noAddr netip.Addr

// builtIn are the built-in values of a kind of check.
func builtIn(kind string, loop time.Duration) (retry int, delay time.Duration) {
	switch kind {
	case "HTTP_GET", "SSL_GET":
		return defaultRetry, 3 * time.Second
	case "DNS_CHECK":
		return 3, loop
	case "MISC_CHECK":
		return 0, defaultRetryDelay
	default:
		return defaultRetry, defaultRetryDelay
	}
}

// checker fills in what a check inherits: from the real server, the virtual
// server, and the built-in values.
func (d *draft) checker(s *serverDraft, r *realDraft, c *checkerDraft, rs *RealServer) Checker {
	t := c.inherit(r.timing).inherit(s.timing)
	loop := t.delayLoop.or(defaultDelayLoop)
	retry, delay := builtIn(c.kind, loop)
	out := Checker{Pos: c.pos, ConnectIP: rs.Addr, ConnectPort: uint16(c.port.or(int(rs.Port)))}
	if c.ip.IsValid() {
		out.ConnectIP = c.ip
	}
	settings := CheckSettings{
		Kind: c.kind, BindIP: c.bind, BindPort: c.bindPort, BindIf: c.bindIf, FWMark: c.mark,
		ConnectTimeout: t.connectTimeout.or(defaultConnectTimeout), DelayLoop: loop,
		Warmup: t.warmup.or(loop), Retry: t.retry.or(retry), RetryDelay: t.retryDelay.or(delay),
		Rise: t.rise.or(0), Fall: t.fall.or(0), Alpha: t.alpha.or(false), LogAllFailures: c.logAll,
	}
	if settings.Fall > 0 {
		settings.Retry = settings.Fall - 1
	}
	s.kind(r, c, &settings)
	out.CheckSettings = common(d.checks, settings)
	return out
}

// kind fills in what only one kind of check has.
func (s *serverDraft) kind(r *realDraft, c *checkerDraft, out *CheckSettings) {
	switch c.kind {
	case "HTTP_GET", "SSL_GET":
		out.HTTP = c.http.finish(s, r, c.kind == "SSL_GET")
	case "SMTP_CHECK":
		if out.SMTP = c.smtp; out.SMTP == nil {
			out.SMTP = &SMTPCheck{HELO: defaultHELO}
		}
	case "DNS_CHECK":
		out.DNS = dnsOf(c)
	case "UDP_CHECK":
		u := udpOf(c)
		u.MaxLength = u.max.or(defaultMaxReply)
		out.UDP = &u.UDPCheck
	case "MISC_CHECK":
		out.Misc = c.misc.finish(s)
	case "FILE_CHECK":
		out.File = c.file.finish()
	case "GRPC_CHECK":
		out.GRPC = grpcOf(c)
	case "BFD_CHECK":
		out.BFD = &BFDCheck{Instance: c.bfd.val}
	}
}

// finish makes the check: without a weight of its own it has that of the file.
func (f *fileDraft) finish() *FileCheck {
	w := f.weight.or(trackedWeight{f.file.Weight, f.file.Reverse})
	return &FileCheck{File: f.file, Weight: w.weight, Reverse: w.reverse}
}

// finish makes the check: its time limit is the delay_loop of the virtual server.
func (m *miscDraft) finish(s *serverDraft) *MiscCheck {
	out := &MiscCheck{Command: m.command.val, Timeout: m.timeout.or(s.delayLoop.or(defaultDelayLoop)), Dynamic: m.dynamic}
	out.Command.User, out.Command.Group = m.user.user, m.user.group
	return out
}

// finish makes the check. The name of the host is that of the url, the check, the
// real server or the virtual server; the name in TLS is never the real server's.
func (h *httpDraft) finish(s *serverDraft, r *realDraft, tls bool) *HTTPCheck {
	out := &HTTPCheck{TLS: tls, Protocol: h.protocol, FastRecovery: h.fast, Trust: h.trust}
	switch {
	case h.http2:
		out.Protocol = HTTP2
	case out.Protocol == "":
		out.Protocol = "1.0"
	}
	for _, u := range h.urls {
		url := u.finish()
		url.Host = firstText(u.vhost, h.vhost, r.vhost, s.vhost)
		url.CloseNotify = u.compliant || h.compliant
		if h.sni && tls {
			url.SNI = firstText(h.sniName, u.vhost, h.vhost, s.vhost)
		}
		out.URLs = append(out.URLs, url)
	}
	return out
}

func (u *urlDraft) finish() URL {
	out := URL{Pos: u.pos, Path: u.path.val, Digest: u.digest, Status: u.status}
	if out.Status == nil {
		out.Status = []StatusRange{{200, 299}}
	}
	if u.pattern.ok {
		re := u.regex
		re.Pattern = u.pattern.val
		out.Regex = &re
	}
	return out
}

// firstText gives the first text that is not empty.
func firstText(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// alertDefault is the default of smtp_alert in servers.
func (f *finisher) alertDefault() opt[bool] {
	return f.d.global.smtpAlertChecker.orElse(f.d.global.smtpAlert)
}
