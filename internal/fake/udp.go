// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"encoding/binary"
	"fmt"
	"net"
	"sync"

	"golang.org/x/sync/errgroup"

	"vipward/internal/lab"
)

// Reply answers a datagram; nil is silence.
type Reply func(query []byte) []byte

// UDP is a UDP server whose answers can be changed while it runs.
type UDP struct {
	host *lab.Host
	addr string
	work errgroup.Group

	mu    sync.Mutex // guards what follows
	reply Reply
	conn  net.PacketConn // nil while the port is closed
	wire  []string
}

// NewUDP makes a server at an address ("127.0.0.11:53") of a host; Open opens its port.
func NewUDP(t lab.TB, h *lab.Host, addr string, reply Reply) *UDP {
	t.Helper()
	s := &UDP{host: h, addr: addr, reply: reply}
	t.Cleanup(s.Close)
	return s
}

// Set changes the answers.
func (s *UDP) Set(reply Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reply = reply
}

// Open opens the port if it is closed.
func (s *UDP) Open() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		return nil
	}
	err := s.host.Do(func() (err error) {
		s.conn, err = net.ListenPacket("udp", s.addr)
		return err
	})
	if err != nil {
		s.conn = nil
		return fmt.Errorf("open %s: %w", s.addr, err)
	}
	conn := s.conn
	s.work.Go(func() error { s.serve(conn); return nil })
	return nil
}

// Close closes the port: the next client gets a port unreachable.
func (s *UDP) Close() {
	s.mu.Lock()
	conn := s.conn
	s.conn = nil
	s.mu.Unlock()
	if conn != nil {
		_ = conn.Close() // it was open until now
		_ = s.work.Wait()
	}
}

func (s *UDP) serve(conn net.PacketConn) {
	buf := make([]byte, 65536)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return // closed
		}
		if answer := s.note(buf[:n]); answer != nil {
			_, _ = conn.WriteTo(answer, from) // the client may have gone
		}
	}
}

// note keeps a datagram and gives the answer to it.
func (s *UDP) note(query []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wire = append(s.wire, fmt.Sprintf("%s datagram %d from port P: %x  \"%s\"", s.addr, len(s.wire)+1, query, Escape(query)))
	return s.reply(query)
}

// Wire lists the datagrams that came.
func (s *UDP) Wire() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.wire...)
}

// Answer answers everything alike.
func Answer(text string) Reply { return func([]byte) []byte { return []byte(text) } }

// Silent never answers.
func Silent([]byte) []byte { return nil }

const dnsHeader = 12 // bytes

// DNS answers each query with a response code and no records.
func DNS(rcode uint16) Reply {
	return func(query []byte) []byte {
		if len(query) < dnsHeader {
			return nil
		}
		answer := append([]byte(nil), query...)
		binary.BigEndian.PutUint16(answer[2:], 0x8180|rcode)
		return answer
	}
}
