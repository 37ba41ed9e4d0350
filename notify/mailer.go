// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// mailRoom is how many alerts may wait. When 10,000 servers fail together nobody reads
	// 10,000 mails; one tells how many were left out.
	mailRoom = 256
	// mailAge is how old an alert may get before its first attempt. With a server that hangs
	// for hours the last ones would come when nobody wants to know any more.
	mailAge = 15 * time.Minute
	// mailDrain is how long a stop waits for alerts.
	mailDrain = time.Second
)

// mailPauses are before the attempts to send a mail: at a failover the network may not be
// back yet.
var mailPauses = []time.Duration{0, 5 * time.Second, 30 * time.Second}

// Mailer sends alerts one after the other. Nobody waits for it.
type Mailer struct {
	log    *slog.Logger
	pauses []time.Duration
	ctx    context.Context // of all sending
	cancel context.CancelFunc
	group  errgroup.Group

	mu       sync.Mutex // guards what follows
	settings MailSettings
	waiting  []letter
	lost     int // since the mail that told of it last
	working  bool
	closed   bool
}

// letter is an alert with the time of what it is about.
type letter struct {
	Mail
	at time.Time
}

// NewMailer makes a mailer that sends nothing until Set.
func NewMailer(log *slog.Logger) *Mailer {
	m := &Mailer{log: log, pauses: mailPauses}
	m.ctx, m.cancel = context.WithCancel(context.Background())
	return m
}

// Set goes over to other settings; what waits is sent by them. Without a server nothing waits.
func (m *Mailer) Set(s MailSettings) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !s.equal(&m.settings) {
		m.settings = s
	}
	if s.Server == "" {
		m.waiting, m.lost = nil, 0
	}
}

// Send takes an alert. When too many wait the newest are left out.
func (m *Mailer) Send(mail Mail) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.settings.Server == "" || m.closed:
		return
	case len(m.waiting) >= mailRoom:
		if m.lost++; m.lost == 1 {
			m.log.Warn(fmt.Sprintf("More than %d SMTP alerts are waiting: further ones are left out", mailRoom))
		}
		return
	}
	m.waiting = append(m.waiting, letter{mail, time.Now()})
	if !m.working {
		m.working = true
		m.group.Go(m.work)
	}
}

// work sends until nothing waits.
func (m *Mailer) work() error {
	for {
		mail, ok := m.next()
		if !ok {
			return nil
		}
		m.deliver(mail)
	}
}

// next takes the oldest alert that waits and is not too old.
func (m *Mailer) next() (letter, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	for len(m.waiting) > 0 && now.Sub(m.waiting[0].at) > mailAge {
		m.log.Warn(fmt.Sprintf("SMTP alert %q of %s has waited too long: left out", m.waiting[0].Subject, m.waiting[0].at.Format(time.DateTime)))
		m.waiting = m.waiting[1:]
		m.lost++
	}
	switch {
	case m.ctx.Err() != nil || len(m.waiting) == 0 && m.lost == 0:
		m.working = false
		return letter{}, false
	case len(m.waiting) == 0:
		n := m.lost
		m.lost = 0
		return letter{Mail{fmt.Sprintf("%d alerts were left out", n), "=> Too many alerts at once: see the log <="}, now}, true
	}
	mail := m.waiting[0]
	m.waiting = m.waiting[1:]
	return mail, true
}

// now gives the settings that hold.
func (m *Mailer) now() MailSettings {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.settings
}

// deliver tries to send one alert, some times, each time by the settings of then: a reload
// may name a server that works.
func (m *Mailer) deliver(mail letter) {
	for i, pause := range m.pauses {
		select {
		case <-time.After(pause):
		case <-m.ctx.Done():
			return
		}
		s := m.now()
		if s.Server == "" {
			return
		}
		err := s.deliver(m.ctx, mail, func() { m.log.Info(connectedLine(s.Server)) })
		switch {
		case err == nil:
			m.log.Info("SMTP alert successfully sent.")
			return
		case m.ctx.Err() != nil:
			return
		case i+1 < len(m.pauses):
			m.log.Warn(fmt.Sprintf("SMTP alert %q to %s: %v; tried again in %v", mail.Subject, s.Server, err, m.pauses[i+1]))
		default:
			m.log.Error(fmt.Sprintf("SMTP alert %q to %s: %v; given up", mail.Subject, s.Server, err))
		}
	}
}

// connectedLine is keepalived's, with the address in brackets.
func connectedLine(server string) string {
	host, port := splitServer(server)
	return fmt.Sprintf("Remote SMTP server [%s]:%s connected.", host, port)
}

// Drain gives alerts that wait a moment, and then ends all sending.
func (m *Mailer) Drain() {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	done := make(chan struct{})
	var g errgroup.Group
	g.Go(func() error {
		defer close(done)
		return m.group.Wait()
	})
	select {
	case <-done:
	case <-time.After(mailDrain):
	}
	m.cancel()
	_ = g.Wait() // it has no error
}
