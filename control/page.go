// SPDX-License-Identifier: Apache-2.0

package control

import (
	"context"
	"errors"
	"net/http"
	"os"
	"time"

	"vipward/control/page"
	"vipward/watchdog"
)

// keepLook is how long what is known serves the pages that are open. Where there is very much
// of it, it serves longer: one part in lookShare of a processor is what they may cost.
const (
	keepLook = 500 * time.Millisecond
	// keepLongest bounds it: an operator looks for what changes.
	keepLongest = 3 * time.Second
	lookShare   = 10
)

// newPage makes the status page of the server.
func newPage(s *Server) *page.Page { return page.New(newLook(s).get, s.pageEvents) }

// newLook keeps what is known as long as its cost says.
func newLook(s *Server) *memo[*page.Look] {
	var m *memo[*page.Look]
	m = newMemo(keepLook, func(ctx context.Context) (*page.Look, error) {
		begun := time.Now()
		l, err := s.look(ctx)
		m.keep = keepFor(l, err, time.Since(begun)) // whose turn it is owns it
		return l, err
	})
	return m
}

// keepFor is how long a look is kept by the time that it took. What took long because somebody
// did not answer says nothing about its cost, and nobody wants to see it for long.
func keepFor(l *page.Look, err error, took time.Duration) time.Duration {
	if err != nil || len(l.Problems) > 0 {
		return keepLook
	}
	return min(max(keepLook, lookShare*took), keepLongest)
}

// look gathers what the page is made of. A process that does not answer is a problem, and the
// rest is shown all the same.
func (s *Server) look(ctx context.Context) (*page.Look, error) {
	st, err := s.Daemon.Status(ctx)
	if err != nil {
		return nil, err
	}
	c := s.Configuration()
	l := &page.Look{
		Version: s.Version, At: time.Now(), Daemon: st, Config: c.Path, Findings: len(c.Diagnostics), Refused: c.Refused != nil,
	}
	l.Host, _ = os.Hostname() // no name is an empty one
	l.VRRP, err = child(ctx, l, watchdog.VRRP, s.theVRRP)
	if err != nil {
		return nil, err
	}
	l.Checker, err = child(ctx, l, watchdog.Checker, s.theChecker)
	return l, err
}

// child asks a child, if there is to be one. Only the end of the request is an error.
func child[T any](ctx context.Context, l *page.Look, role watchdog.Role, ask func(context.Context) (*T, error)) (*T, error) {
	for _, p := range l.Daemon.Processes {
		if p.Role != role || p.PID == 0 {
			continue
		}
		v, err := ask(ctx)
		switch {
		case err == nil:
			return v, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !errors.Is(err, watchdog.ErrNotRunning):
			l.Problems = append(l.Problems, "the "+string(role)+" process does not answer: "+err.Error())
		}
	}
	return nil, nil
}

// pageHandler serves the page and nothing else.
func (s *Server) pageHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		s.counts.requests.Add(1)
		q.Body = http.MaxBytesReader(w, q.Body, maxBody)
		s.page.ServeHTTP(w, q)
	})
}

// getPage serves the page at the socket. An action of the API is still an action: the page
// has none.
func (s *Server) getPage(w http.ResponseWriter, q *http.Request) error {
	http.StripPrefix("/page", s.page).ServeHTTP(w, q)
	return nil
}

// Told in words, an event of the page.
type pageEvent struct {
	ID   uint64    `json:"id"`
	At   time.Time `json:"at"`
	Tone string    `json:"tone"`
	Text string    `json:"text"`
}

// pageEvents streams events in words. Pages have places of their own, so that they take none
// of the API's, and nobody on the network has all of them.
func (s *Server) pageEvents(w http.ResponseWriter, q *http.Request) {
	if who, ok := ownerOf(q); ok {
		leave, ok := s.viewers.take(who, s.limits.pagesEach)
		if !ok {
			writeError(w, refuse(http.StatusServiceUnavailable, "too many pages of this address listen already"))
			return
		}
		defer leave()
	}
	words := func(e Event) any { return pageEvent{e.ID, e.At, e.Tone(), e.Text()} }
	if err := s.follow(w, q, &s.counts.pages, s.limits.pages, words); err != nil {
		writeError(w, err)
	}
}
