// SPDX-License-Identifier: Apache-2.0

package control

import (
	"context"
	"sync"
	"time"
)

// askTimeout is how long a child may take to answer.
const askTimeout = 5 * time.Second

// memo keeps an answer for a moment: however many ask, the child is asked once.
type memo[T any] struct {
	load func(context.Context) (T, error)
	keep time.Duration

	mu    sync.Mutex // guards what follows, and is held while the child is asked
	at    time.Time
	value T
	err   error
}

func newMemo[T any](keep time.Duration, load func(context.Context) (T, error)) *memo[T] {
	return &memo[T]{load: load, keep: keep}
}

// get gives the answer. Who waits for it does so no longer than the child may take, times
// the one that may be under way.
func (m *memo[T]) get(ctx context.Context) (T, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if time.Since(m.at) < m.keep {
		return m.value, m.err
	}
	// The answer is for all who wait, so the first one's patience does not count.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTimeout)
	defer cancel()
	m.value, m.err = m.load(ctx)
	m.at = time.Now()
	return m.value, m.err
}

// forget makes the next get ask again.
func (m *memo[T]) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = time.Time{}
}
