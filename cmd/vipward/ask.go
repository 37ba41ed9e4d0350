// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// ask sends a question to a loop and waits for its answer. The reply channel must be
// buffered, so that the loop never waits for us.
func ask[Q, A any](ctx context.Context, questions chan<- Q, q Q, reply <-chan A) (answer A, err error) {
	select {
	case questions <- q:
	case <-ctx.Done():
		return answer, ctx.Err()
	}
	select {
	case answer = <-reply:
		return answer, nil
	case <-ctx.Done():
		return answer, ctx.Err()
	}
}

// coming makes a child's answer to the question whether its loop goes round.
func coming[A any](asks chan<- A, ping func(done chan<- error) A) func(context.Context) error {
	return func(ctx context.Context) error {
		done := make(chan error, 1)
		answer, err := ask(ctx, asks, ping(done), done)
		return errors.Join(err, answer)
	}
}

// answering makes a child's answer to the local API: an order is carried out, and without
// one the view is given. A is the child's question, O its order and V its view.
func answering[A, O, V any](asks chan<- A, obey func(*O, chan<- error) A, look func(chan<- V) A) func(context.Context, []byte) (any, error) {
	return func(ctx context.Context, question []byte) (any, error) {
		var order *O
		if err := json.Unmarshal(question, &order); err != nil {
			return nil, fmt.Errorf("decode the order: %w", err)
		}
		if order == nil {
			reply := make(chan V, 1)
			return ask(ctx, asks, look(reply), reply)
		}
		done := make(chan error, 1)
		refused, err := ask(ctx, asks, obey(order, done), done)
		return nil, errors.Join(err, refused)
	}
}
