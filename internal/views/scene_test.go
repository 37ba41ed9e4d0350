// SPDX-License-Identifier: Apache-2.0

package views

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"vipward/control/page"
	"vipward/internal/lab"
)

// event is one of the page's stream.
type event struct {
	ID   int       `json:"id"`
	At   time.Time `json:"at"`
	Tone string    `json:"tone"`
	Text string    `json:"text"`
}

// scene is a page of a state that a test made up, served on a host.
type scene struct {
	url    string
	page   *page.Page
	look   atomic.Pointer[func() *page.Look]
	broken atomic.Bool
}

// newScene serves a page until the test ends.
func newScene(t *testing.T, h *lab.Host, l *page.Look, events []event) *scene {
	t.Helper()
	s := &scene{}
	s.shows(l)
	s.page = page.New(func(context.Context) (*page.Look, error) {
		if s.broken.Load() {
			return nil, fmt.Errorf("the <b>supervisor</b> does not answer")
		}
		return (*s.look.Load())(), nil
	}, stream(events))
	var listener net.Listener
	must(t, h.Do(func() (err error) {
		listener, err = net.Listen("tcp", "127.0.0.1:0")
		return err
	}))
	s.url = "http://" + listener.Addr().String() + "/"
	srv := &http.Server{Handler: s.page, ReadHeaderTimeout: time.Minute}
	var g errgroup.Group
	g.Go(func() error { return srv.Serve(listener) })
	t.Cleanup(func() {
		must(t, srv.Close())
		_ = g.Wait() // it says that it was closed
	})
	return s
}

// shows makes the page show a state.
func (s *scene) shows(l *page.Look) {
	look := func() *page.Look { return l }
	s.look.Store(&look)
}

// stream serves events, and then keeps the connection.
func stream(events []event) http.HandlerFunc {
	return func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, e := range events {
			b, _ := json.Marshal(e)
			_, _ = fmt.Fprintf(w, "id: %d\nevent: server\ndata: %s\n\n", e.ID, b)
		}
		_ = http.NewResponseController(w).Flush()
		<-q.Context().Done()
	}
}

// remember lets the page see the last minutes of a night.
func (s *scene) remember(n *night) {
	defer func() {
		look := n.goesOn(n.at(0))
		s.look.Store(&look)
	}()
	for before := 60; before >= 0; before-- {
		s.shows(n.at(time.Duration(before) * 5 * time.Second))
		q := httptest.NewRequest(http.MethodGet, "/state", nil)
		q.Host = "localhost"
		s.page.ServeHTTP(httptest.NewRecorder(), q)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
