// SPDX-License-Identifier: Apache-2.0

package control

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// limited accepts no more than so many connections at once. Those beyond are closed at
// once: they must not wait in a queue behind clients that say nothing.
type limited struct {
	net.Listener
	slots func(net.Conn) chan struct{} // that a connection takes one of
}

// limit gives all clients n slots together.
func limit(l net.Listener, n int) *limited {
	slots := make(chan struct{}, n)
	return &limited{l, func(net.Conn) chan struct{} { return slots }}
}

// limitApart gives root, the group and strangers slots of their own, so that none of them
// keeps those out who may do more.
func (s *Server) limitApart(l net.Listener) *limited {
	trusted := make(chan struct{}, s.limits.conns)
	group := make(chan struct{}, s.limits.conns)
	strangers := make(chan struct{}, s.limits.strangers)
	return &limited{l, func(c net.Conn) chan struct{} {
		p, err := s.peer(c)
		switch {
		case err != nil || !p.may(s.Group):
			return strangers
		case p.trusted():
			return trusted
		}
		return group
	}}
}

// Accept implements net.Listener.
func (l *limited) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		slots := l.slots(c)
		select {
		case slots <- struct{}{}:
			return &slotConn{Conn: c, free: sync.OnceFunc(func() { <-slots })}, nil
		default:
			_ = c.Close()
		}
	}
}

// slotConn gives its slot back when it is closed.
type slotConn struct {
	net.Conn
	free func()
}

// NetConn gives the connection itself.
func (c *slotConn) NetConn() net.Conn { return c.Conn }

// Close implements net.Conn.
func (c *slotConn) Close() error {
	defer c.free()
	return c.Conn.Close()
}

// turnstile lets in who makes a large answer, a few at a time: with thousands of servers one
// is tens of megabytes, for as long as a client takes to read it.
type turnstile chan struct{}

// errCrowded says that the turnstile let nobody in for too long.
var errCrowded = &statusError{http.StatusServiceUnavailable, errors.New("too many large answers are under way: try again")}

// enter waits for a place, which must be left.
func (t turnstile) enter(ctx context.Context, patience time.Duration) (leave func(), err error) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case t <- struct{}{}:
		return func() { <-t }, nil
	case <-timer.C:
		return nil, errCrowded
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// large makes a handler of large answers pass the turnstile. It leaves when the client has
// the answer, or the time to write is over. A client that has closed its half of the
// connection behind the question (nc -N) still waits for the answer.
func large(serve handler) handler {
	return func(s *Server, w http.ResponseWriter, q *http.Request) error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(q.Context()), s.limits.write)
		defer cancel()
		q = q.WithContext(ctx)
		leave, err := s.large.enter(q.Context(), s.limits.crowd)
		if err != nil {
			return err
		}
		defer leave()
		return serve(s, w, q)
	}
}
