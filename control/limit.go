// SPDX-License-Identifier: Apache-2.0

package control

import (
	"net"
	"sync"
)

// limited accepts no more than so many connections at once. Those beyond are closed at
// once: they must not wait in a queue behind clients that say nothing.
type limited struct {
	net.Listener
	slots chan struct{}
}

func limit(l net.Listener, n int) *limited { return &limited{l, make(chan struct{}, n)} }

// Accept implements net.Listener.
func (l *limited) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case l.slots <- struct{}{}:
			return &slotConn{Conn: c, free: sync.OnceFunc(func() { <-l.slots })}, nil
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
