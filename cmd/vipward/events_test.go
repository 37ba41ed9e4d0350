// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vipward/control"
	"vipward/watchdog"
)

// stub is a daemon without children.
type stub struct{ started time.Time }

func (s stub) Status(context.Context) (watchdog.Status, error) {
	return watchdog.Status{Started: s.started}, nil
}

func (stub) Reload(context.Context) (watchdog.ReloadResult, error) {
	return watchdog.ReloadResult{}, nil
}

func (stub) Ask(context.Context, watchdog.Role, []byte) ([]byte, error) {
	return nil, watchdog.ErrNotRunning
}

// serveStub serves a daemon's API at a socket, until the call of what it gives.
func serveStub(t *testing.T, socket string, started time.Time) (*control.Server, func()) {
	t.Helper()
	l, err := control.Listen(socket, control.Nobody)
	must(t, err)
	s := control.NewServer(control.Options{
		Daemon: stub{started}, Group: control.Nobody, Log: slog.New(slog.DiscardHandler), Configuration: func() control.Configuration { return control.Configuration{} },
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, control.Listeners{Socket: l}) }()
	return s, func() {
		cancel()
		must(t, <-ended)
	}
}

// A listener of events outlives the daemon, and hears those of the next one from the first on.
func TestEventsOverRestart(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "vipward-cmd-*") // short: the name of a socket has 107 characters
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "api", "s")
	out, errs := &shared{}, &shared{}
	r := &reader{toolCall: newToolCall(tool{}, nil, nil, out, errs), client: control.NewClient(socket)}
	if err := r.forever(t.Context()); !errors.Is(err, syscall.ENOENT) && !errors.As(err, new(*net.OpError)) {
		t.Errorf("without a daemon: %v", err)
	}
	s, end := serveStub(t, socket, time.Unix(1000, 0))
	for range 3 {
		s.Phase(watchdog.Running)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.forever(ctx) }()
	out.await(t, "daemon running", 3)
	end()
	errs.await(t, "the daemon has ended: waiting for it", 1)
	s, end = serveStub(t, socket, time.Unix(2000, 0))
	for range 5 { // of which the first have the numbers of the earlier ones
		s.Phase(watchdog.Reloading)
	}
	out.await(t, "daemon reloading", 5)
	cancel()
	must(t, <-ended)
	end()
}

// A pipe that nobody reads ends it.
func TestEventsToNobody(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "vipward-cmd-*")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "api", "s")
	s, end := serveStub(t, socket, time.Unix(1000, 0))
	defer end()
	s.Phase(watchdog.Running)
	_, w, err := os.Pipe()
	must(t, err)
	must(t, w.Close())
	r := &reader{toolCall: newToolCall(tool{}, nil, nil, w, &shared{}), client: control.NewClient(socket)}
	if err := r.forever(t.Context()); !errors.Is(err, errWrite) {
		t.Errorf("it ended with %v", err)
	}
}

// shared is text that one goroutine writes and another reads.
type shared struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (s *shared) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// await waits until a text has been written so often.
func (s *shared) await(t *testing.T, text string, n int) {
	t.Helper()
	for end := time.Now().Add(limit); strings.Count(s.String(), text) != n; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%q is not there %d times:\n%s", text, n, s)
		}
	}
}
