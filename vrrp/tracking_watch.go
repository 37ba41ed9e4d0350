// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"
)

// watchAgain is the time before a watcher that failed is started again.
const watchAgain = time.Second

// keepWatching runs a watcher, again and again if it fails, until the returned function is
// called or the loop ends. What it watches is not known meanwhile, which the log says.
func keepWatching(box *inbox, g *errgroup.Group, log *slog.Logger, what string, watch func(context.Context) error) context.CancelFunc {
	ctx, cancel := context.WithCancel(box.ctx)
	g.Go(func() error {
		for said := ""; ; {
			err := watch(ctx)
			if err == nil || ctx.Err() != nil {
				return nil
			}
			if said != err.Error() {
				said = err.Error()
				log.Error(fmt.Sprintf("Tracked %s are not watched: %v", what, err))
			}
			select {
			case <-time.After(watchAgain):
			case <-ctx.Done():
				return nil
			}
		}
	})
	return cancel
}
