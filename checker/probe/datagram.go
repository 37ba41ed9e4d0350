// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"net"
	"time"

	"vipward/conf"
)

// expire gives a connection the time of a check. It is over at once when ctx is done.
func expire(ctx context.Context, conn net.Conn, limit time.Duration) (stop func() bool) {
	_ = conn.SetDeadline(time.Now().Add(limit)) // of a socket that was just opened
	return context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(0, 1)) })
}

// ask sends a datagram and gives the first answer that take wants, as far as the
// buffer holds it. The last answer that it looks at is number strays.
func ask(ctx context.Context, conn net.Conn, c *conf.Checker, question, buffer []byte, take func([]byte) bool) ([]byte, error) {
	defer expire(ctx, conn, c.ConnectTimeout)()
	if _, err := conn.Write(question); err != nil {
		return nil, stopped(ctx, err)
	}
	for range strays {
		n, err := conn.Read(buffer)
		if err != nil {
			return nil, stopped(ctx, err)
		}
		if take(buffer[:n]) {
			return buffer[:n], nil
		}
	}
	return nil, errStrays
}

// stopped is the cause of ctx when that is what ended the wait.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
