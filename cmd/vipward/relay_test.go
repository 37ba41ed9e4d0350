// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
	"vipward/watchdog"
)

func TestRelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		requests := make(chan watchdog.Request, 10)
		signals := make(chan os.Signal, 10)
		r := &relay{stop: cancel, requests: requests, log: slog.New(slog.DiscardHandler)}
		done := make(chan error, 1)
		go func() { done <- r.run(ctx, nil, signals) }()
		for _, s := range []os.Signal{syscall.SIGUSR1, syscall.SIGPIPE, syscall.SIGHUP, syscall.SIGUSR2, syscall.Signal(63), syscall.Signal(36), syscall.SIGHUP} {
			signals <- s
		}
		synctest.Wait()
		close(requests)
		var got []watchdog.Request
		for q := range requests {
			got = append(got, q)
		}
		want := []watchdog.Request{
			watchdog.RequestDump, watchdog.RequestReload,
			watchdog.RequestStats, watchdog.RequestStatsClear, watchdog.RequestJSON, watchdog.RequestReload,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
		signals <- syscall.SIGTERM
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}

// A supervisor that has ended takes no requests; the relay ends all the same.
func TestRelayUnheard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		signals := make(chan os.Signal, 1)
		r := &relay{stop: cancel, requests: make(chan watchdog.Request)}
		done := make(chan error, 1)
		go func() { done <- r.run(ctx, nil, signals) }()
		signals <- syscall.SIGHUP
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}

func TestAsk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		questions, reply := make(chan string), make(chan int, 1)
		go func() { reply <- len(<-questions) }()
		if n, err := ask(t.Context(), questions, "four", reply); n != 4 || err != nil {
			t.Errorf("ask = %d, %v, want 4", n, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := ask(ctx, questions, "nobody listens", reply); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("nobody listens: %v", err)
		}
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		go func() { <-questions }()
		if _, err := ask(ctx, questions, "nobody answers", reply); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("nobody answers: %v", err)
		}
	})
}

// A stop waits until the work has begun or ended, but not for ever.
func TestAwaitBegin(t *testing.T) {
	t.Parallel()
	closed := make(chan struct{})
	close(closed)
	tests := []struct {
		name         string
		begun, ended chan struct{}
		want         time.Duration
	}{
		{"begun", closed, nil, 0},
		{"ended", nil, closed, 0},
		{"neither", nil, nil, beginLimit},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			awaitBegin(tt.begun, tt.ended)
			if got := time.Since(start); got != tt.want {
				t.Errorf("%s: waited %s, want %s", tt.name, got, tt.want)
			}
		})
	}
}

func TestTakeOver(t *testing.T) {
	t.Parallel()
	vi := func(d time.Duration) *conf.Instance { return &conf.Instance{AdvertInt: d} }
	tests := []struct {
		name string
		vis  []*conf.Instance
		want time.Duration
	}{
		{"none", nil, 0},
		{"one", []*conf.Instance{vi(time.Second)}, 3 * time.Second},
		{"the soonest counts", []*conf.Instance{vi(time.Second), vi(10 * time.Millisecond), vi(time.Minute)}, 30 * time.Millisecond},
	}
	for _, tt := range tests {
		if got := takeOver(&conf.Config{Instances: tt.vis}); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestExitCode(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	tests := []struct {
		err  error
		want int
	}{
		{nil, exitOK},
		{&watchdog.ExitError{Role: watchdog.VRRP, Code: 4}, 4},
		{errors.New("something"), exitFatal},
	}
	for _, tt := range tests {
		if got := exitCode(log, tt.err); got != tt.want {
			t.Errorf("exitCode(%v) = %d, want %d", tt.err, got, tt.want)
		}
	}
}
