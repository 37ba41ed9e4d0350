// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"errors"
	"fmt"
	"net"
	"sync"

	"golang.org/x/sync/errgroup"

	"vipward/internal/lab"
)

// Talk serves one connection and tells in a line what the client did.
type Talk func(net.Conn) string

// TCP is a TCP server whose way of talking can be changed while it runs.
type TCP struct {
	host *lab.Host
	addr string

	mu    sync.Mutex // guards what follows
	talk  Talk
	open  *listening // nil while the port is closed
	conns int
	wire  []string
}

// listening is one life of an open port.
type listening struct {
	net.Listener
	work  errgroup.Group
	mu    sync.Mutex // guards conns
	conns map[net.Conn]bool
}

// NewTCP makes a server at an address ("127.0.0.11:80") of a host; Open opens its port.
func NewTCP(t lab.TB, h *lab.Host, addr string, talk Talk) *TCP {
	t.Helper()
	s := &TCP{host: h, addr: addr, talk: talk}
	t.Cleanup(s.Close)
	return s
}

// Set changes the way of talking, from the next connection on.
func (s *TCP) Set(talk Talk) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.talk = talk
}

// Open opens the port if it is closed.
func (s *TCP) Open() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open != nil {
		return nil
	}
	l := &listening{conns: map[net.Conn]bool{}}
	err := s.host.Do(func() (err error) {
		l.Listener, err = net.Listen("tcp", s.addr)
		return err
	})
	if err != nil {
		return fmt.Errorf("open %s: %w", s.addr, err)
	}
	s.open = l
	l.work.Go(func() error { return s.accept(l) })
	return nil
}

// Close closes the port and all connections: the next client is refused.
func (s *TCP) Close() {
	s.mu.Lock()
	l := s.open
	s.open = nil
	s.mu.Unlock()
	if l == nil {
		return
	}
	_ = l.Close() // it was open until now
	l.mu.Lock()
	for c := range l.conns {
		_ = c.Close() // the client may have closed it
	}
	l.mu.Unlock()
	_ = l.work.Wait() // nothing in there fails
}

func (s *TCP) accept(l *listening) error {
	for {
		c, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			continue // the client has gone already
		}
		l.mu.Lock()
		l.conns[c] = true
		l.mu.Unlock()
		l.work.Go(func() error {
			s.serve(c)
			l.mu.Lock()
			defer l.mu.Unlock()
			delete(l.conns, c)
			return nil
		})
	}
}

// serve talks on a connection and notes what came of it.
func (s *TCP) serve(c net.Conn) {
	s.mu.Lock()
	s.conns++
	n, talk := s.conns, s.talk
	s.mu.Unlock()
	said := talk(c)
	_ = c.Close() // the talk may have closed it
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wire = append(s.wire, fmt.Sprintf("%s conn %d: %s", s.addr, n, said))
}

// Wire lists what clients did, in the order in which their connections ended.
func (s *TCP) Wire() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.wire...)
}
