// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"bufio"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
)

// relay is a mail server for tests.
type relay struct {
	t    *testing.T
	addr string

	mu    sync.Mutex // guards what follows
	heard []string   // the words of each mail's dialogue
	fail  int        // connections that get 421 first
	calls int
}

func newRelay(t *testing.T, fail int) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	r := &relay{t: t, addr: l.Addr().String(), fail: fail}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go r.serve(c)
		}
	}()
	return r
}

func (r *relay) refuse() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	return r.calls <= r.fail
}

func (r *relay) serve(c net.Conn) {
	defer c.Close()
	if r.refuse() {
		fmt.Fprint(c, "421 not now\r\n")
		return
	}
	fmt.Fprint(c, "220 relay\r\n")
	var said []string
	lines, data := bufio.NewScanner(c), false
	for lines.Scan() {
		line := lines.Text()
		said = append(said, line)
		switch {
		case data && line != ".":
		case line == "DATA":
			data = true
			fmt.Fprint(c, "354 go\r\n")
		case line == "QUIT":
			r.mu.Lock()
			r.heard = append(r.heard, strings.Join(said, "\n"))
			r.mu.Unlock()
			fmt.Fprint(c, "221 bye\r\n")
			return
		default:
			data = false
			fmt.Fprint(c, "250 ok\r\n")
		}
	}
}

func (r *relay) mails() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.heard...)
}

// await waits for n mails.
func (r *relay) await(n int) []string {
	r.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for len(r.mails()) < n {
		if time.Now().After(deadline) {
			r.t.Fatalf("%d mails came, want %d", len(r.mails()), n)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return r.mails()
}

// awaitCall waits until somebody has called.
func (r *relay) awaitCall() {
	r.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	called := func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.calls > 0
	}
	for !called() {
		if time.Now().After(deadline) {
			r.t.Fatal("nobody called")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (r *relay) settings() MailSettings {
	return MailSettings{
		Server: r.addr, HELO: "lb1", From: "ka@example.com", To: []string{"one@example.com", "two@example.com"},
		Router: "LB", Timeout: 10 * time.Second,
	}
}

// newTestMailer makes a mailer without pauses, and its log.
func newTestMailer(t *testing.T, s MailSettings) (*Mailer, *syncBuffer) {
	t.Helper()
	log := &syncBuffer{}
	m := NewMailer(slog.New(slog.NewTextHandler(log, nil)))
	m.pauses = []time.Duration{0, time.Millisecond, time.Millisecond}
	m.Set(s)
	t.Cleanup(m.Drain)
	return m, log
}

type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// TestMailer: mails come in order, with keepalived's headers.
func TestMailer(t *testing.T) {
	t.Parallel()
	r := newRelay(t, 0)
	m, log := newTestMailer(t, r.settings())
	for i := range 3 {
		m.Send(Mail{fmt.Sprintf("VRRP Instance VI_%d - Entering MASTER state", i), "=> VRRP Instance is now owning VRRP VIPs <="})
	}
	var got []string
	for _, mail := range r.await(3) {
		head, rest, _ := strings.Cut(mail, "Date: ")
		date, rest, _ := strings.Cut(rest, "\n")
		if _, err := time.Parse(time.RFC1123Z, date); err != nil {
			t.Errorf("date %q: %v", date, err)
		}
		got = append(got, head+rest)
	}
	var want []string
	for i := range 3 {
		want = append(want, fmt.Sprintf(`EHLO lb1
MAIL FROM:<ka@example.com>
RCPT TO:<one@example.com>
RCPT TO:<two@example.com>
DATA
From: ka@example.com
Subject: [LB] VRRP Instance VI_%d - Entering MASTER state
X-Mailer: Keepalived
To: one@example.com, two@example.com

=> VRRP Instance is now owning VRRP VIPs <=

.
QUIT`, i))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	m.Drain()
	if n := strings.Count(log.String(), "SMTP alert successfully sent."); n != 3 || !strings.Contains(log.String(), "Remote SMTP server [127.0.0.1]:") {
		t.Errorf("logged:\n%s", log)
	}
}

// TestMailerTriesAgain: a server that refuses is asked again, some times.
func TestMailerTriesAgain(t *testing.T) {
	t.Parallel()
	r := newRelay(t, 2)
	m, _ := newTestMailer(t, r.settings())
	m.Send(Mail{"a", "b"})
	r.await(1)

	r = newRelay(t, 3)
	m, log := newTestMailer(t, r.settings())
	m.Send(Mail{"lost", "b"})
	m.Send(Mail{"kept", "b"})
	if got := r.await(1); !strings.Contains(got[0], "Subject: [LB] kept") {
		t.Errorf("the first that came is %q", got[0])
	}
	if !strings.Contains(log.String(), "given up") || !strings.Contains(log.String(), "not now") {
		t.Errorf("logged:\n%s", log)
	}
}

// TestMailerBounded: a server that hangs delays nobody, and what is too much is counted.
func TestMailerBounded(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := (&relay{addr: l.Addr().String()}).settings()
	s.Timeout = time.Hour
	m, log := newTestMailer(t, s)
	for range mailRoom + 50 {
		m.Send(Mail{"a", "b"})
	}
	m.mu.Lock()
	waiting, lost := len(m.waiting), m.lost
	m.mu.Unlock()
	if waiting > mailRoom || waiting+lost < mailRoom+49 {
		t.Errorf("%d wait and %d are lost", waiting, lost)
	}
	if n := strings.Count(log.String(), "further ones are left out"); n != 1 {
		t.Errorf("told %d times:\n%s", n, log)
	}
	m.Drain() // comes back, though the server hangs
	m.Send(Mail{"late", "b"})

	r := newRelay(t, 0)
	m, _ = newTestMailer(t, r.settings())
	m.mu.Lock()
	m.lost = 7
	m.mu.Unlock()
	m.Send(Mail{"a", "b"})
	if got := r.await(2); !strings.Contains(got[1], "Subject: [LB] 7 alerts were left out") {
		t.Errorf("the last mail is %q", got[1])
	}
}

// TestMailerWithoutServer: nothing is kept.
func TestMailerWithoutServer(t *testing.T) {
	t.Parallel()
	m, log := newTestMailer(t, MailSettings{})
	m.Send(Mail{"a", "b"})
	if m.Drain(); len(m.waiting) > 0 || log.String() != "" {
		t.Errorf("%d wait; logged:\n%s", len(m.waiting), log)
	}
}

// TestMailerForgets: without a server what was left out is of no interest any more.
func TestMailerForgets(t *testing.T) {
	t.Parallel()
	r := newRelay(t, 0)
	m, _ := newTestMailer(t, r.settings())
	m.mu.Lock()
	m.lost = 7
	m.mu.Unlock()
	m.Set(MailSettings{})
	m.Set(r.settings())
	m.Send(Mail{"a", "b"})
	r.await(1)
	m.Drain()
	if got := r.mails(); len(got) != 1 || !strings.Contains(got[0], "Subject: [LB] a\n") {
		t.Errorf("mails %q", got)
	}
}

// TestMailerDates: a mail has the date of what happened, and none comes that is too old.
func TestMailerDates(t *testing.T) {
	t.Parallel()
	r := newRelay(t, 0)
	m, log := newTestMailer(t, r.settings())
	m.mu.Lock()
	m.working = true // by us, so that they wait
	m.mu.Unlock()
	for _, age := range []time.Duration{mailAge + time.Minute, mailAge - time.Minute} {
		m.Send(Mail{"a", "b"})
		m.mu.Lock()
		m.waiting[len(m.waiting)-1].at = time.Now().Add(-age)
		m.mu.Unlock()
	}
	happened := m.waiting[1].at
	m.group.Go(m.work)
	got := r.await(2)
	if !strings.Contains(got[0], "Date: "+happened.Format(time.RFC1123Z)+"\n") {
		t.Errorf("the mail is not of %v:\n%s", happened, got[0])
	}
	if !strings.Contains(got[1], "Subject: [LB] 1 alerts were left out") || !strings.Contains(log.String(), "has waited too long") {
		t.Errorf("of the old one:\n%s\n%s", got[1], log)
	}
}

// TestMailerGoesOver: a mail that is tried again goes to the server of a reload meanwhile.
func TestMailerGoesOver(t *testing.T) {
	t.Parallel()
	bad, good := newRelay(t, 1000), newRelay(t, 0)
	m, _ := newTestMailer(t, bad.settings())
	m.pauses = make([]time.Duration, 100_000)
	m.Send(Mail{"a", "b"})
	bad.awaitCall()
	m.Set(good.settings())
	good.await(1)
}

// TestMailText: names of the configuration make no headers.
func TestMailText(t *testing.T) {
	t.Parallel()
	s := MailSettings{From: "a@b\r\nX: y", To: []string{"c@d\nZ: w"}, Router: "r\r\nBcc: x@y", HELO: "h"}
	got := s.text(letter{Mail{"Müller\nEvil: yes", "body\r\n.\r\nQUIT"}, time.Unix(0, 0).UTC()})
	want := "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\nFrom: a@b  X: y\r\nSubject: =?utf-8?q?[r__Bcc:_x@y]_M=C3=BCller_Evil:_yes?=\r\n" +
		"X-Mailer: Keepalived\r\nTo: c@d Z: w\r\n\r\nbody  .  QUIT\r\n\r\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMailSettingsOf(t *testing.T) {
	t.Parallel()
	for server, want := range map[string]string{
		"10.0.0.1": "10.0.0.1:25", "10.0.0.1:2525": "10.0.0.1:2525", "mail.example.com": "mail.example.com:25",
		"[fd00::1]:26": "[fd00::1]:26", "fd00::1": "[fd00::1]:25", "": "",
	} {
		s := MailSettingsOf(&conf.Global{SMTPServer: server, NotificationEmail: []string{"a@b"}})
		if s.Server != want || s.HELO == "" || !strings.HasPrefix(s.From, "root@") {
			t.Errorf("%q: %+v, want server %q", server, s, want)
		}
	}
	if s := MailSettingsOf(&conf.Global{SMTPServer: "10.0.0.1"}); s.Server != "" {
		t.Errorf("without recipients: %+v", s)
	}
}
