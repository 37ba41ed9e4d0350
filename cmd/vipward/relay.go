// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"log/slog"
	"os"
	"syscall"

	"vipward/watchdog"
)

// parentSignals are the signals that mean something to the parent.
func parentSignals() []os.Signal {
	list := []os.Signal{
		syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGPIPE,
		sigStatsClear, sigJSON,
	}
	if isInit() {
		list = append(list, syscall.SIGCHLD)
	}
	return list
}

// isInit says whether this is the first process of a container: orphans become ours.
func isInit() bool { return os.Getpid() == 1 }

// relay turns signals into requests.
type relay struct {
	stop     func()
	requests chan<- watchdog.Request
	log      *slog.Logger
	owned    func(pid int) bool // children that others wait for
}

// run handles the signals that were kept, and then those that come.
func (r *relay) run(ctx context.Context, kept []os.Signal, signals <-chan os.Signal) error {
	for _, sig := range kept {
		r.handle(ctx, sig)
	}
	for {
		select {
		case sig := <-signals:
			r.handle(ctx, sig)
		case <-ctx.Done():
			if !isInit() {
				return nil
			}
			reapOrphans(r.owned)
			return nil
		}
	}
}

func (r *relay) handle(ctx context.Context, sig os.Signal) {
	switch sig {
	case syscall.SIGTERM, syscall.SIGINT:
		r.stop()
	case syscall.SIGHUP:
		r.request(ctx, watchdog.RequestReload)
	case syscall.SIGUSR1:
		r.request(ctx, watchdog.RequestDump)
	case syscall.SIGUSR2:
		r.request(ctx, watchdog.RequestStats)
	case sigStatsClear:
		r.request(ctx, watchdog.RequestStatsClear)
	case sigJSON:
		r.request(ctx, watchdog.RequestJSON)
	case syscall.SIGCHLD:
		reapOrphans(r.owned)
	}
}

func (r *relay) request(ctx context.Context, q watchdog.Request) {
	select {
	case r.requests <- q:
	case <-ctx.Done():
	}
}
