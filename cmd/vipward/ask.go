// SPDX-License-Identifier: Apache-2.0

package main

import "context"

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
