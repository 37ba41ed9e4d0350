// SPDX-License-Identifier: Apache-2.0

package control

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"vipward/conf"
	"vipward/control/page"
	"vipward/watchdog"
)

// limits bound what clients can cost.
type limits struct {
	conns     int // at the socket, of root, and as many of the group
	strangers int // at the socket, of others, which hear that they may not
	scrapers  int // at the listener of metrics
	listeners int // of events: connections are left for others
	large     int // answers under way at the socket that are as large as the configuration
	scrapes   int // the same at the listener of metrics
	viewers   int // connections at the listener of the page
	pages     int // that listen to events
	pagesEach int // of them, of one address at the listener of the page

	header, body, idle time.Duration // to wait for them
	write              time.Duration // for a whole answer; how long an action takes does not count
	crowd              time.Duration // to wait for others' large answers
	event              time.Duration // that a listener may leave what it is sent unread
}

func defaultLimits() limits {
	return limits{
		conns: 64, strangers: 8, scrapers: 16, listeners: 32, large: 4, scrapes: 2, viewers: 96, pages: 24, pagesEach: 8,
		header: 5 * time.Second, body: 10 * time.Second, idle: 30 * time.Second, write: 15 * time.Second,
		crowd: 5 * time.Second, event: 10 * time.Second,
	}
}

const (
	maxHeader = 8 << 10 // net/http adds 4 KB
	maxBody   = 64 << 10
)

// Daemon is what the server needs of the supervisor: a watchdog.Desk.
type Daemon interface {
	Status(context.Context) (watchdog.Status, error)
	Reload(context.Context) (watchdog.ReloadResult, error)
	Ask(ctx context.Context, r watchdog.Role, question []byte) ([]byte, error)
}

// Configuration is what the daemon runs with.
type Configuration struct {
	Path        string            // from the root
	ID          string            // what its @ lines were compared with; empty: the host's name
	At          time.Time         // when it was read
	Diagnostics []conf.Diagnostic // of the configuration that runs
	Refused     []conf.Diagnostic // of a later one that was refused; nil: there is none
	Snapshot    []byte            // conf.FromSnapshot reads it; it holds secrets
}

// Options say what a Server is made of.
type Options struct {
	Daemon        Daemon
	Version       string
	Configuration func() Configuration
	Group         int          // whose members may use the socket; Nobody: root only
	Log           *slog.Logger // of actions, with who asked for them
}

// Server is the API. The zero value is not usable.
type Server struct {
	Options
	hub     *hub
	vrrp    *memo[json.RawMessage]
	checker *memo[json.RawMessage]
	page    *page.Page
	counts  counts
	limits  limits
	large   turnstile // of the socket
	scrapes turnstile // of the listener of metrics
	viewers shares    // of the streams of pages
	peer    func(net.Conn) (Peer, error)

	refused struct {
		mu     sync.Mutex // guards what follows
		at     time.Time  // of the last one that was logged
		untold int
	}
}

// How long the answer of a child serves others. The counters of a large IPVS table take the
// checker some time.
const (
	keepVRRP    = 200 * time.Millisecond
	keepChecker = time.Second
)

// NewServer makes a server; its Publish methods may be used at once.
func NewServer(o Options) *Server {
	l := defaultLimits()
	s := &Server{Options: o, hub: newHub(time.Now()), limits: l, large: make(turnstile, l.large), scrapes: make(turnstile, l.scrapes), peer: peerOf}
	s.vrrp = newMemo(keepVRRP, func(ctx context.Context) (json.RawMessage, error) {
		return o.Daemon.Ask(ctx, watchdog.VRRP, []byte("null"))
	})
	s.checker = newMemo(keepChecker, func(ctx context.Context) (json.RawMessage, error) {
		return o.Daemon.Ask(ctx, watchdog.Checker, []byte("null"))
	})
	s.page = newPage(s)
	return s
}

// Listeners are where a Server serves; nil: not there.
type Listeners struct {
	Socket  net.Listener // the whole API
	Metrics net.Listener // metrics alone
	Page    net.Listener // the status page alone
}

// Serve serves until ctx ends. It closes the listeners.
func (s *Server) Serve(ctx context.Context, l Listeners) error {
	g, ctx := errgroup.WithContext(ctx)
	if l.Socket != nil {
		s.serve(ctx, g, s.limitApart(l.Socket), s.handler())
	}
	if l.Metrics != nil {
		s.serve(ctx, g, limit(l.Metrics, s.limits.scrapers), s.metricsHandler())
	}
	if l.Page != nil {
		s.serve(ctx, g, limit(l.Page, s.limits.viewers), s.pageHandler())
		g.Go(func() error { return s.page.Sample(ctx) })
	}
	return g.Wait()
}

// serve runs a server until ctx ends, and then cuts its connections: listeners of events
// would hold it up.
func (s *Server) serve(ctx context.Context, g *errgroup.Group, l net.Listener, h http.Handler) {
	srv := &http.Server{
		Handler: h, MaxHeaderBytes: maxHeader,
		ReadHeaderTimeout: s.limits.header, ReadTimeout: s.limits.body, WriteTimeout: s.limits.write, IdleTimeout: s.limits.idle,
		ConnContext: s.withPeer, BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog: log.New(io.Discard, "", 0), // what a client did wrong is its own business
	}
	g.Go(func() error {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		return srv.Close()
	})
}
