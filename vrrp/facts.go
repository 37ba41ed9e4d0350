// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"net/netip"
	"slices"

	"vipward/conf"
	"vipward/netif"
	"vipward/vrrp/election"
)

// facts computes what an instance must know of the world, always from the whole picture
// and never by counting changes, so that a lost or repeated event cannot make it drift.
func (l *loop) facts(vi *instance) election.Facts {
	f := election.Facts{Source: vi.source}
	vi.fault = l.linkFault(vi)
	undecided, failed, delta := l.scripts.weigh(vi.cfg.TrackScripts)
	if failed {
		vi.fault |= election.FaultScript
	}
	f.Faults, f.Undecided, f.Delta = vi.fault, undecided, delta
	return f
}

// linkFault says why the interface cannot carry the instance; 0 when it can.
func (l *loop) linkFault(vi *instance) election.Fault {
	var fault election.Fault
	if vi.down = l.downDevice(vi); vi.down != "" {
		fault |= election.FaultLink
	}
	if !vi.sourced {
		fault |= election.FaultSource
	}
	if vi.link.Index != 0 && vi.sock == nil {
		fault |= election.FaultConfig
	}
	return fault
}

// downDevice names the first interface of the instance that is down or not there: its own,
// or one that carries a virtual address. Empty: all are up.
func (l *loop) downDevice(vi *instance) string {
	if !vi.link.Up {
		return vi.cfg.Interface
	}
	for _, a := range vi.virtual() {
		if link, ok := l.picture.Link(vi.device(a)); a.Dev != "" && (!ok || !link.Up) {
			return a.Dev
		}
	}
	return ""
}

// attach follows the interface of an instance: link state, source address and socket. An
// interface that was deleted and made again has a new index, and so a new socket.
func (l *loop) attach(vi *instance) {
	link, ok := l.picture.Link(vi.cfg.Interface)
	if !ok {
		link = netif.Link{}
	}
	vi.link = link
	// A master whose source address goes still says with it that it leaves.
	src := l.sourceOf(vi)
	if vi.sourced = src.IsValid(); vi.sourced {
		vi.source = src
	}
	key := sockKey{index: link.Index, group: vi.cfg.Multicast}
	if vi.cfg.Unicast() {
		key.group = netip.Addr{}
	}
	if vi.sock != nil && vi.sock.key == key {
		return
	}
	l.detach(vi)
	if ok {
		vi.sock = l.socket(key, link.Name)
		vi.join(vi.sock)
	}
}

// sourceOf is the address that adverts come from: the configured one, or the interface's
// first that is not virtual. A configured unicast source must exist, since the answers go
// to it.
func (l *loop) sourceOf(vi *instance) netip.Addr {
	src := vi.cfg.Source
	switch {
	case !src.IsValid():
		return l.picture.Source(vi.link.Index, l.isVirtual)
	case vi.cfg.Unicast() && !l.picture.Local(src):
		return netip.Addr{}
	}
	return src
}

// isVirtual says whether an instance has the address as a virtual one.
func (l *loop) isVirtual(a netip.Addr) bool { return l.virtual[a] }

// noteVirtual collects the virtual addresses of a configuration.
func (l *loop) noteVirtual(cfg *conf.Config) {
	l.virtual = map[netip.Addr]bool{}
	for _, c := range cfg.Instances {
		for _, a := range slices.Concat(c.VIPs, c.ExcludedVIPs) {
			l.virtual[a.Prefix.Addr()] = true
		}
	}
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
