// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/smtp"
	"os"
	"slices"
	"strings"
	"time"

	"vipward/conf"
)

// Mail is one alert.
type Mail struct {
	Subject string // what stands behind the router's name
	Body    string
}

// MailSettings say how alerts are sent.
type MailSettings struct {
	Server  string // host:port; empty: none are sent
	HELO    string
	From    string
	To      []string
	Router  string        // router_id, which opens every subject
	Timeout time.Duration // to connect, and again for all that is said
}

// MailSettingsOf takes the settings of a configuration.
func MailSettingsOf(g *conf.Global) MailSettings {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "localhost"
	}
	s := MailSettings{
		HELO: cmp.Or(g.SMTPHelo, host), From: cmp.Or(g.NotificationEmailFrom, "root@"+host), To: g.NotificationEmail,
		Router: g.RouterID, Timeout: g.SMTPTimeout,
	}
	if g.SMTPServer != "" && len(s.To) > 0 {
		s.Server = mailServer(g.SMTPServer)
	}
	return s
}

// mailPort is the standard port of SMTP.
const mailPort = "25"

// mailServer completes what the configuration says by the standard port.
func mailServer(server string) string {
	if _, _, err := net.SplitHostPort(server); err == nil {
		return server
	}
	return net.JoinHostPort(strings.Trim(server, "[]"), mailPort)
}

func splitServer(server string) (host, port string) {
	host, port, _ = net.SplitHostPort(server)
	return host, port
}

func (s *MailSettings) equal(o *MailSettings) bool {
	return s.Server == o.Server && s.HELO == o.HELO && s.From == o.From && s.Router == o.Router && s.Timeout == o.Timeout && slices.Equal(s.To, o.To)
}

// text is the mail as it is sent, with keepalived's headers in keepalived's order. Its date is
// that of what happened, however late it is sent.
func (s *MailSettings) text(m letter) string {
	return strings.Join([]string{
		"Date: " + m.at.Format(time.RFC1123Z),
		"From: " + oneLine(s.From),
		"Subject: " + mime.QEncoding.Encode("utf-8", oneLine("["+s.Router+"] "+m.Subject)),
		"X-Mailer: Keepalived",
		"To: " + oneLine(strings.Join(s.To, ", ")),
		"", oneLine(m.Body), "", "",
	}, "\r\n")
}

// oneLine keeps names from making headers of their own.
func oneLine(text string) string {
	return strings.NewReplacer("\r", " ", "\n", " ").Replace(text)
}

// deliver sends one mail. connected is called when the server has been reached.
func (s *MailSettings) deliver(ctx context.Context, m letter, connected func()) (err error) {
	dialer := net.Dialer{Timeout: s.Timeout}
	conn, err := dialer.DialContext(ctx, "tcp", s.Server)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if err := conn.SetDeadline(time.Now().Add(s.Timeout)); err != nil {
		return errors.Join(err, conn.Close())
	}
	connected()
	host, _ := splitServer(s.Server)
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		_ = conn.Close() // mostly done already
		return err
	}
	defer c.Close() // after Quit it is closed already
	if err := s.speak(c, m); err != nil {
		return err
	}
	return c.Quit()
}

func (s *MailSettings) speak(c *smtp.Client, m letter) error {
	if err := c.Hello(s.HELO); err != nil {
		return fmt.Errorf("HELO: %w", err)
	}
	if err := c.Mail(s.From); err != nil {
		return fmt.Errorf("MAIL FROM %s: %w", s.From, err)
	}
	for _, to := range s.To {
		if err := c.Rcpt(to); err != nil {
			return fmt.Errorf("RCPT TO %s: %w", to, err)
		}
	}
	w, err := c.Data()
	if err != nil {
		return fmt.Errorf("DATA: %w", err)
	}
	_, err = w.Write([]byte(s.text(m)))
	return errors.Join(err, w.Close())
}
