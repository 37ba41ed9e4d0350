// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Wait polls cond until it gives nil. After limit it fails t with what was waited for and
// cond's last error.
func Wait(t TB, limit time.Duration, what string, cond func() error) {
	t.Helper()
	if err := Poll(t.Context(), limit, cond); err != nil {
		t.Fatalf("%s: not within %v: %v", what, limit, err)
	}
}

// Poll calls cond every 10 ms until it gives nil, and returns its last error after limit
// or when ctx ends.
func Poll(ctx context.Context, limit time.Duration, cond func() error) error {
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := cond()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-deadline.C:
			return err
		case <-tick.C:
		}
	}
}

// spawn runs f until the returned stop is called, at the latest by t's cleanup. An error
// of f fails t.
func spawn(t TB, what string, f func(ctx context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var g errgroup.Group
	g.Go(func() error { return f(ctx) })
	stop = sync.OnceFunc(func() {
		cancel()
		if err := g.Wait(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	})
	t.Cleanup(stop)
	return stop
}
