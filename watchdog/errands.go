// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"context"
	"slices"
	"sync"
)

// errands are the reloads and dumps that the parent asked a child for, in order.
type errands struct {
	mu    sync.Mutex // guards list
	list  []Message
	moreC chan struct{} // has room for one
}

func newErrands() *errands { return &errands{moreC: make(chan struct{}, 1)} }

// put adds an errand. A dump that waits already is one for both who asked: it will show what
// is so then.
func (e *errands) put(m Message) {
	e.mu.Lock()
	defer e.mu.Unlock()
	same := func(o Message) bool { return o.Kind == Dump && m.Kind == Dump && o.View == m.View }
	if slices.ContainsFunc(e.list, same) {
		return
	}
	e.list = append(e.list, m)
	select {
	case e.moreC <- struct{}{}:
	default: // it is known that there are some
	}
}

// next waits for an errand. The error is that of ctx.
func (e *errands) next(ctx context.Context) (Message, error) {
	for {
		if m, ok := e.take(); ok {
			return m, nil
		}
		select {
		case <-e.moreC:
		case <-ctx.Done():
			return Message{}, ctx.Err()
		}
	}
}

func (e *errands) take() (Message, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.list) == 0 {
		return Message{}, false
	}
	m := e.list[0]
	e.list = slices.Delete(e.list, 0, 1) // and what it holds is let go
	return m, true
}
