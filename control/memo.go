// SPDX-License-Identifier: Apache-2.0

package control

import (
	"context"
	"time"
)

// askTimeout is how long a child may take to answer.
const askTimeout = 5 * time.Second

// memo keeps an answer for a moment, and no longer: however many ask, the child is asked once.
type memo[T any] struct {
	load func(context.Context) (T, error)
	keep time.Duration

	turn  chan struct{} // one element: who has it owns what follows
	at    time.Time
	value T
	err   error
}

func newMemo[T any](keep time.Duration, load func(context.Context) (T, error)) *memo[T] {
	m := &memo[T]{load: load, keep: keep, turn: make(chan struct{}, 1)}
	m.turn <- struct{}{}
	return m
}

// get gives the answer.
func (m *memo[T]) get(ctx context.Context) (value T, err error) {
	select {
	case <-m.turn:
	case <-ctx.Done():
		return value, ctx.Err()
	}
	defer func() { m.turn <- struct{}{} }()
	if time.Since(m.at) < m.keep {
		return m.value, m.err
	}
	// The answer is for all who wait, so the first one's patience does not count.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTimeout)
	defer cancel()
	m.value, m.err = m.load(ctx)
	m.at = time.Now()
	time.AfterFunc(m.keep, m.drop)
	return m.value, m.err
}

// drop lets an answer go that is too old, so that a large one does not stay in memory.
func (m *memo[T]) drop() {
	<-m.turn
	if time.Since(m.at) >= m.keep {
		var none T
		m.value = none
	}
	m.turn <- struct{}{}
}

// forget makes the next get ask again.
func (m *memo[T]) forget() {
	<-m.turn
	m.at = time.Time{}
	m.turn <- struct{}{}
}
