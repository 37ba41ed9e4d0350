// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"os"
	"os/signal"

	"golang.org/x/sync/errgroup"
)

// listen gives the signals that come until ctx ends. However many come, none gets lost behind
// others: each has a place of its own, and of one kind that waits there it is enough to know
// that it came.
func listen(ctx context.Context, g *errgroup.Group, list []os.Signal) <-chan os.Signal {
	all := make(chan os.Signal)
	for _, sig := range list {
		own := make(chan os.Signal, 1)
		signal.Notify(own, sig)
		g.Go(func() error {
			handOn(ctx, own, all)
			return nil
		})
	}
	return all
}

// handOn hands on what comes. The signals stay caught after the end.
func handOn(ctx context.Context, from <-chan os.Signal, to chan<- os.Signal) {
	for {
		select {
		case sig := <-from:
			select {
			case to <- sig:
			case <-ctx.Done():
				return
			}
		case <-ctx.Done():
			return
		}
	}
}
