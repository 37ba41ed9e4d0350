// SPDX-License-Identifier: Apache-2.0

package control

import (
	"bytes"
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// Whatever comes over the socket, the server goes on, and only what is a valid request
// becomes an order.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{
		"GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /v1/events?since=18446744073709551615 HTTP/1.0\r\nLast-Event-ID: 9\r\n\r\n",
		"PUT /v1/instances/VI_1/maintenance HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n{\"on\":true}",
		"PUT /v1/real-servers HTTP/1.1\r\nHost: x\r\nContent-Length: 43\r\n\r\n{\"server\":\"192.0.2.11:80\",\"hold\":\"drain\"}  ",
		"POST /v1/instances/%00%0a/failover HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"GET http://[::1%25/v1 HTTP/1.1\r\nHost: \x00\r\n\r\n",
		"GET /v1/../v1/./status HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\n\r\n",
		"\x16\x03\x01\x00\xa5", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		d := example()
		s := NewServer(Options{Daemon: d, Group: Nobody, Log: discard(), Configuration: func() Configuration { return Configuration{} }})
		short(s)
		s.limits.event = 10 * time.Millisecond
		c := &script{in: bytes.NewReader(in), closed: make(chan struct{})}
		l := &oneConn{c: c, done: make(chan struct{})}
		s.peer = func(net.Conn) (Peer, error) { return Peer{}, nil } // root
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- s.Serve(ctx, Listeners{Socket: l}) }()
		<-c.closed
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
		if answer := c.said(); len(answer) > 0 && !bytes.HasPrefix(answer, []byte("HTTP/1.")) {
			t.Errorf("answer %q", answer)
		}
		if bytes.HasPrefix(in, []byte("GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n")) && !bytes.Contains(c.said(), []byte(`"host":`)) {
			t.Errorf("a good request got %q", c.said())
		}
		for _, order := range d.heard() {
			if !strings.HasPrefix(order, `vrrp {"instance":`) && !strings.HasPrefix(order, `checker {`) {
				t.Errorf("order %q", order)
			}
		}
	})
}

// script is a connection to a client that says something and hangs up.
type script struct {
	net.Conn // for what is not called
	closed   chan struct{}

	mu    sync.Mutex // guards what follows
	in    *bytes.Reader
	out   bytes.Buffer
	ended bool
}

func (c *script) Read(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.in.Read(b)
}

func (c *script) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.Write(b)
}

func (c *script) said() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.Bytes()
}

func (c *script) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		c.ended = true
		close(c.closed)
	}
	return nil
}

func (c *script) RemoteAddr() net.Addr             { return &net.UnixAddr{} }
func (c *script) LocalAddr() net.Addr              { return &net.UnixAddr{} }
func (c *script) SetDeadline(time.Time) error      { return nil }
func (c *script) SetReadDeadline(time.Time) error  { return nil }
func (c *script) SetWriteDeadline(time.Time) error { return nil }

// oneConn is a listener with one connection.
type oneConn struct {
	c    net.Conn
	done chan struct{}
}

func (l *oneConn) Accept() (net.Conn, error) {
	if c := l.c; c != nil {
		l.c = nil
		return c, nil
	}
	<-l.done
	return nil, net.ErrClosed
}

func (l *oneConn) Close() error   { close(l.done); return nil }
func (l *oneConn) Addr() net.Addr { return &net.UnixAddr{} }
