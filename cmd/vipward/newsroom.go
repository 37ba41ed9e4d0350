// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"

	"vipward/watchdog"
)

// newsRoom is how much news may wait for its way to the parent.
const newsRoom = 1024

// newsroom takes a child's news to the parent, so that the child's loop does not wait for
// it. What finds no room, or a parent that does not read, is lost: nothing but listeners of
// the local API misses it.
type newsroom struct{ c chan any }

func newNewsroom() *newsroom { return &newsroom{make(chan any, newsRoom)} }

func (n *newsroom) tell(news any) {
	select {
	case n.c <- news:
	default:
	}
}

// run sends until ctx ends, and then what is left.
func (n *newsroom) run(ctx context.Context, link *watchdog.Child) error {
	for {
		select {
		case news := <-n.c:
			pass(link, news)
		case <-ctx.Done():
			for len(n.c) > 0 {
				pass(link, <-n.c)
			}
			return nil
		}
	}
}

func pass(link *watchdog.Child, news any) {
	if b, err := json.Marshal(news); err == nil {
		_ = link.Tell(b)
	}
}
