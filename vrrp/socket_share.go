// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"net/netip"

	"vipward/conf"
	"vipward/netif"
)

// sockKey names a socket. All instances on one interface that hear one group, or one unicast
// address, share it.
type sockKey struct {
	ah    bool       // protocol 51, not 112
	index int        // of the interface or VRF; 0: any
	addr  netip.Addr // the group, or the unicast source
}

func (k sockKey) ipv6() bool      { return k.addr.Is6() }
func (k sockKey) multicast() bool { return k.addr.IsMulticast() }

func (k sockKey) protocol() int {
	if k.ah {
		return protoAH
	}
	return protoVRRP
}

// socket is a packetIO with the instances that share it.
type socket struct {
	packetIO
	key     sockKey
	name    string // of the interface
	byVRID  [256][]*instance
	users   int
	stale   bool // the filter and the buffer are not for the users of now
	unknown limiter
	probing *probing // nil: it proves nothing
}

// sockKeyOf is the socket that an instance needs, after its link and source are known. A
// unicast instance that never had a source has none yet: its addr is not valid.
func (l *loop) sockKeyOf(vi *instance) sockKey {
	key := sockKey{ah: vi.cfg.AuthType == conf.AuthAH, index: l.boundTo(vi).Index, addr: vi.cfg.Multicast}
	if vi.cfg.Unicast() {
		key.addr = vi.source
	}
	return key
}

// boundTo is the link that the instance's sockets are bound to: its own, else its VRF, else
// none.
func (l *loop) boundTo(vi *instance) netif.Link {
	if vi.cfg.Interface != "" || vi.cfg.VRF == "" {
		return vi.link
	}
	vrf, _ := l.links.get(vi.cfg.VRF)
	return vrf
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
	l.probe(s)
	in, out := s.descriptors()
	l.line(socketLine(key, in, out))
	return s
}

func (l *loop) openSocket(key sockKey, name string) (*socket, error) {
	io, err := l.open(key, name)
	if err != nil {
		return nil, err
	}
	if err := l.poll.add(io.descriptor()); err != nil {
		io.close()
		return nil, err
	}
	return &socket{packetIO: io, key: key, name: name}, nil
}

// join makes the socket deliver the instance's VRID to it.
func (vi *instance) join(s *socket) {
	if s == nil {
		return
	}
	s.users++
	s.stale = true
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
	s.stale = true
	if s.users--; s.users == 0 {
		l.drop(s)
	}
}

func (l *loop) drop(s *socket) {
	if s.probing != nil {
		l.due.remove(s.probing.alarm)
	}
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

// placed says whether the instance has what a socket needs: an interface that is there, if
// it is to have one, and the address that the socket is bound to.
func (vi *instance) placed() bool {
	if vi.cfg.Unicast() && !vi.source.IsValid() {
		return false
	}
	return vi.loop.boundTo(vi).Index != 0 || vi.cfg.Interface == "" && vi.cfg.VRF == ""
}
