// SPDX-License-Identifier: Apache-2.0

package control

import (
	"net/http"
	"net/netip"
	"sync"
)

// shares bounds what one address of the network holds at a time. The zero value is ready.
type shares struct {
	mu   sync.Mutex // guards held
	held map[netip.Prefix]int
}

// take takes one of so many, which must be left; false: this address has them all.
func (s *shares) take(who netip.Prefix, most int) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[who] >= most {
		return nil, false
	}
	if s.held == nil {
		s.held = map[netip.Prefix]int{}
	}
	s.held[who]++
	return func() { s.leave(who) }, true
}

func (s *shares) leave(who netip.Prefix) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[who]--; s.held[who] == 0 {
		delete(s.held, who)
	}
}

// ownerOf is who counts as one: an address, of IPv6 the network that a host has to itself.
// False: the request is not from the network.
func ownerOf(q *http.Request) (netip.Prefix, bool) {
	p, _ := peerFrom(q.Context())
	at, err := netip.ParseAddrPort(p.Remote)
	if err != nil {
		return netip.Prefix{}, false
	}
	addr := at.Addr().Unmap().WithZone("")
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	who, err := addr.Prefix(bits)
	return who, err == nil
}
