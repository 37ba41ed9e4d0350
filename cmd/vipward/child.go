// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"vipward/checker"
	"vipward/conf"
	"vipward/watchdog"
)

// worker is a child's work, the same shape for every role.
type worker struct {
	run    func(context.Context) error
	reload func(context.Context, *conf.Config) error
	dump   func(context.Context, watchdog.View) (string, error)
	alive  func(context.Context) error // waits for the loop to come by
	ask    func(ctx context.Context, question []byte) (answer any, err error)
}

// station is what a role gets to make its worker from.
type station struct {
	opts   options
	config *conf.Config
	state  *watchdog.State
	log    *slog.Logger
	ready  func()
	tell   func(news any) // never blocks

	progress func() // of an ordered stop
}

// child is the main function of a child process.
func (c *command) child(ctx context.Context, r watchdog.Role) int {
	// The terminal sends some of these to the whole group; the parent says what they mean.
	// They are caught and not ignored, since scripts would inherit that.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	tuneRuntime(r)
	syscall.Umask(c.opts.fileMask(nil))
	log, flush := c.logger(r)
	defer flush()
	link, err := watchdog.Inherit()
	if err != nil {
		_, _ = fmt.Fprintln(c.stderr, err) // somebody typed this
		return exitFatal
	}
	defer link.Close()
	ready := hurry()
	cfg, known, err := decode(link.Snapshot, nil)
	link.Snapshot = nil // megabytes, with thousands of servers
	if err != nil {
		log.Error(err.Error())
		return exitConfig
	}
	syscall.Umask(c.opts.fileMask(cfg))
	c.rename(r, cfg.Global.Daemon)
	begun, news := make(chan struct{}), newNewsroom()
	w := newWorker(r, station{
		opts: c.opts, config: cfg, state: link.State, log: log,
		ready: sync.OnceFunc(func() {
			close(begun)
			ready()
			report(log, link.Ready())
		}),
		tell:     news.tell,
		progress: func() { _ = link.Progress() }, // without a parent nobody limits the time
	})
	return serve(ctx, link, begun, &service{role: r, work: w, opts: &c.opts, log: log, news: news, known: known})
}

// newWorker makes the work of a role.
func newWorker(r watchdog.Role, st station) worker {
	if r == watchdog.VRRP {
		return vrrpWorker(st)
	}
	return checkerWorker(st)
}

// beginLimit is how long a stop waits for the work to begin.
const beginLimit = 3 * time.Second

// serve works and answers the parent, until one of both ends.
func serve(ctx context.Context, link *watchdog.Child, begun <-chan struct{}, s *service) int {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.stop = cancel
	g, gctx := errgroup.WithContext(ctx)
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	ended := make(chan struct{})
	telling, hush := context.WithCancel(context.WithoutCancel(ctx))
	defer hush()
	g.Go(func() error { return s.news.run(telling, link) })
	g.Go(func() error {
		defer hush() // with the news of the stop
		defer cancel()
		defer close(ended)
		return s.work.run(work)
	})
	g.Go(func() error {
		defer cancel()
		return link.Serve(gctx, s)
	})
	g.Go(func() error {
		<-gctx.Done()
		awaitBegin(begun, ended)
		stopWork()
		return nil
	})
	switch err := g.Wait(); {
	case errors.Is(err, watchdog.ErrParentGone):
		s.log.Error("The parent process is gone: stopped")
		return exitOK
	case errors.Is(err, checker.ErrBroken):
		s.log.Error(err.Error())
		return exitBroken
	case errors.Is(err, os.ErrPermission):
		s.log.Error(err.Error())
		return exitDenied
	case err != nil:
		s.log.Error(err.Error())
		return exitFatal
	}
	return exitOK
}

// awaitBegin lets the work begin before it is stopped: a child that has not yet looked
// around does not know what a predecessor left, and would leave it behind as well.
func awaitBegin(begun, ended <-chan struct{}) {
	t := time.NewTimer(beginLimit)
	defer t.Stop()
	select {
	case <-begun:
	case <-ended:
	case <-t.C:
	}
}

// service answers the parent's messages with a worker.
type service struct {
	role watchdog.Role
	work worker
	opts *options
	log  *slog.Logger
	news *newsroom
	// known is what runs, of which a reload takes over what stays.
	known *conf.Config
	stop  func() // begins the end of the work; set by serve
}

// Alive implements watchdog.Handler.
func (s *service) Alive(ctx context.Context) error { return s.work.alive(ctx) }

// Stop implements watchdog.Handler.
func (s *service) Stop() { s.stop() }

// Reload implements watchdog.Handler.
func (s *service) Reload(ctx context.Context, snapshot []byte) error {
	defer hurry()()
	cfg, known, err := decode(snapshot, s.known)
	if err != nil {
		return err
	}
	s.log.Info("Reloading")
	syscall.Umask(s.opts.fileMask(cfg))
	nameProcess(processName(s.role, cfg.Global.Daemon))
	err = s.work.reload(ctx, cfg)
	if err == nil {
		s.known = known
	}
	return err
}

// Dump implements watchdog.Handler.
func (s *service) Dump(ctx context.Context, v watchdog.View) (string, error) {
	s.log.Info(lineDump(s.role, v, os.Getpid()))
	return s.work.dump(ctx, v)
}

// Ask implements watchdog.Handler.
func (s *service) Ask(ctx context.Context, question []byte) ([]byte, error) {
	answer, err := s.work.ask(ctx, question)
	if err != nil || answer == nil {
		return nil, err
	}
	return json.Marshal(answer)
}

// report logs an error that the process can live with.
func report(log *slog.Logger, err error) {
	if err != nil {
		log.Warn(err.Error())
	}
}
