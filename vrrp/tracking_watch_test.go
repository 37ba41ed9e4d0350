// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"
)

// TestKeepWatching starts a watcher that fails again, a second later, and says each reason
// once.
func TestKeepWatching(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var text logBuffer
		var starts atomic.Int32
		var g errgroup.Group
		reasons := []error{errors.New("no inotify"), errors.New("no inotify"), errors.New("no memory")}
		stop := keepWatching(&inbox{ctx: t.Context()}, &g, slog.New(slog.NewTextHandler(&text, nil)), "files", func(ctx context.Context) error {
			n := int(starts.Add(1))
			if n <= len(reasons) {
				return reasons[n-1]
			}
			<-ctx.Done()
			return nil
		})
		for want := int32(1); want <= 4; want++ {
			synctest.Wait()
			if n := starts.Load(); n != want {
				t.Fatalf("started %d times, want %d", n, want)
			}
			time.Sleep(watchAgain)
		}
		stop()
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		for _, reason := range []string{"no inotify", "no memory"} {
			if n := strings.Count(text.String(), "Tracked files are not watched: "+reason); n != 1 {
				t.Errorf("%s: said %d times", reason, n)
			}
		}
	})
}

// TestKeepWatchingEnds while it waits for its next try, too.
func TestKeepWatchingEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var g errgroup.Group
		keepWatching(&inbox{ctx: ctx}, &g, slog.New(slog.DiscardHandler), "files", func(context.Context) error {
			return errors.New("never")
		})
		synctest.Wait()
		cancel()
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
	})
}
