// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"fmt"

	"vipward/checker/probe"
	"vipward/conf"
)

// alert is a mail about a change (smtp_alert). Subjects and bodies are keepalived's.
type alert struct{ subject, body string }

func (n *news) alert(more ...alert) { n.alerts = append(n.alerts, more...) }

// alert is what the check's change is mailed as. With no_checker_emails only one that
// changes its server is.
func (c *check) alert(up, changed bool, cause error) []alert {
	s := c.server
	if !s.rs.SMTPAlert || s.pool.sparing && !changed {
		return nil
	}
	return []alert{{
		fmt.Sprintf("Realserver %s of virtual server %s - %s", rsName(s.pool.vs, s.rs), vsName(s.pool.vs), upWord(up)),
		"=> " + checkBody(c.conf, up, cause) + " <=",
	}}
}

func upWord(up bool) string { return notice{up: up}.word() }

// checkBody is what a mail says of a check.
func checkBody(ch *conf.Checker, up bool, cause error) string {
	switch ch.Kind {
	case "HTTP_GET", "SSL_GET":
		return connectionBody(up, "HTTP request failed")
	case "SMTP_CHECK":
		return connectionBody(up, fmt.Sprintf("%s server [%s]:%d", smtpFailure(cause), ch.ConnectIP, ch.ConnectPort))
	case "MISC_CHECK":
		return miscBody(up, cause)
	case "DNS_CHECK":
		return "DNS_CHECK: " + outcome(up)
	case "PING_CHECK":
		return "ICMP CHECK " + outcome(up)
	case "TCP_CHECK":
		return "TCP CHECK " + outcome(up)
	case "UDP_CHECK":
		return "UDP CHECK " + outcome(up)
	default:
		return ch.Kind + " " + outcome(up)
	}
}

func miscBody(up bool, cause error) string {
	var script *probe.ScriptError
	switch {
	case up:
		return "MISC CHECK succeeded on service"
	case errors.As(cause, &script) && script.Result.TimedOut:
		return "MISC CHECK timed out on service"
	default:
		return "MISC CHECK failed on service"
	}
}

func outcome(up bool) string {
	if up {
		return "succeed on service"
	}
	return "failed on service"
}

func connectionBody(up bool, why string) string {
	if up {
		return "CHECK succeed on service"
	}
	return "CHECK failed on service : " + why
}

// quorumAlert is what a change of the quorum is mailed as.
func quorumAlert(vs *conf.VirtualServer, up bool, what string) []alert {
	if !vs.SMTPAlert {
		return nil
	}
	return []alert{{fmt.Sprintf("Virtualserver %s - %s", vsName(vs), upWord(up)), "=> " + what + " <="}}
}

func gained(vs *conf.VirtualServer, live int64) string { return "Gained quorum " + sum(vs, live) }

func lost(vs *conf.VirtualServer, live int64) string { return "Lost quorum " + sum(vs, live) }

// sum compares what the quorum needs with what is alive. keepalived writes a loss the same
// way.
func sum(vs *conf.VirtualServer, live int64) string {
	return fmt.Sprintf("%d+%d=%d <= %d", vs.Quorum, vs.Hysteresis, vs.Quorum+vs.Hysteresis, live)
}
