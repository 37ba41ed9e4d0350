// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"net/netip"
)

// sockKey names a socket. All instances on one interface that use one group, or unicast,
// share it.
type sockKey struct {
	index int
	group netip.Addr // zero: unicast
}

// socket is a packetIO with the instances that share it.
type socket struct {
	packetIO
	key    sockKey
	byVRID [256][]*instance
	users  int
}

// sockKeyOf is the socket that an instance needs, after its link is known.
func (l *loop) sockKeyOf(vi *instance) sockKey {
	key := sockKey{index: vi.link.Index, group: vi.cfg.Multicast}
	if vi.cfg.Unicast() {
		key.group = netip.Addr{}
	}
	return key
}

// socket gives the shared socket of key, opening it for its first user; nil when it cannot
// be opened, which the log says.
func (l *loop) socket(key sockKey, name string) *socket {
	if s := l.socks[key]; s != nil {
		return s
	}
	s, err := l.openSocket(key, name)
	if err != nil {
		if line := socketFailedLine(name, err); line != l.sockErr {
			l.env.Log.Error(line) // once: every change of a link tries again
			l.sockErr = line
		}
		return nil
	}
	l.sockErr = ""
	l.socks[key], l.byFD[s.descriptor()] = s, s
	l.line(socketLine(key, s.descriptor()), true)
	return s
}

func (l *loop) openSocket(key sockKey, name string) (*socket, error) {
	io, err := l.open(l.box.ctx, key, name)
	if err != nil {
		return nil, err
	}
	if err := l.poll.add(io.descriptor()); err != nil {
		io.close()
		return nil, err
	}
	return &socket{packetIO: io, key: key}, nil
}

// join makes the socket deliver the instance's VRID to it.
func (vi *instance) join(s *socket) {
	if s == nil {
		return
	}
	s.users++
	s.byVRID[vi.cfg.VRID] = append(s.byVRID[vi.cfg.VRID], vi)
}

// detach takes an instance off its socket and closes the socket behind the last one.
func (l *loop) detach(vi *instance) {
	s := vi.sock
	if s == nil {
		return
	}
	vi.sock = nil
	for vrid, list := range s.byVRID {
		for i, other := range list {
			if other == vi {
				s.byVRID[vrid] = append(list[:i:i], list[i+1:]...)
				break
			}
		}
	}
	if s.users--; s.users == 0 {
		l.drop(s)
	}
}

func (l *loop) drop(s *socket) {
	l.poll.remove(s.descriptor())
	delete(l.socks, s.key)
	delete(l.byFD, s.descriptor())
	s.close()
}

func (l *loop) closeSockets() {
	for _, s := range l.socks {
		l.drop(s)
	}
}
