// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"net/netip"
	"slices"
	"time"

	"vipward/conf"
	"vipward/ipvs"
)

// drainEvery is how often connections are counted while servers wait for theirs to end.
const drainEvery = 2 * time.Second

// leaver is a real server that is no longer configured and stays, with weight 0, until its
// connections have ended.
type leaver struct {
	Dest  ipvs.Dest
	Limit time.Duration
	Until time.Time // zero: the time has not begun
}

// rs stands for the server in log lines.
func (l *leaver) rs() *conf.RealServer {
	return &conf.RealServer{Addr: l.Dest.Addr, Port: l.Dest.Port, ServerSettings: &conf.ServerSettings{}}
}

// place is where connections of the server are counted: see server.place.
func (l *leaver) place() netip.AddrPort {
	if l.Dest.Method == ipvs.Masq {
		return l.Dest.Server()
	}
	return netip.AddrPortFrom(l.Dest.Addr, 0)
}

// drainable says whether a server leaves the table when its connections have ended: its
// weight is 0 by the configuration or by an operator.
func (s *server) drainable() bool {
	return s.rs.Drain > 0 && s.weight() == 0
}

// drains takes a server over that is no longer configured, if it is to end its connections
// first.
func (p *pool) drains(s *server) bool {
	if s.rs.Drain == 0 || !s.serves() || s.pool.sorry() {
		return false
	}
	d := destOf(s.rs)
	d.Weight = 0
	p.leaving = append(p.leaving, &leaver{Dest: d, Limit: s.rs.Drain})
	return true
}

// ending are the destinations that end their connections: servers that are no longer
// configured, and those that an operator drains. These stay beside a sorry server as well.
func (p *pool) ending() []ipvs.Dest {
	var list []ipvs.Dest
	for _, l := range p.leaving {
		list = append(list, l.Dest)
	}
	for _, s := range p.servers {
		if s.held() == HoldDrain && s.serves() {
			list = append(list, destOf(s.rs))
		}
	}
	return list
}

// stay takes over who was leaving the old pool, except who is configured again.
func (p *pool) stay(old []*leaver) {
	for _, l := range old {
		if l == nil { // a state that nobody should have written
			continue
		}
		if !slices.ContainsFunc(p.servers, func(s *server) bool { return s.addr() == l.Dest.Server() }) {
			p.leaving = append(p.leaving, l)
		}
	}
}

// draining says whether connections of the pool's servers have to be counted.
func (p *pool) draining() bool {
	return len(p.leaving) > 0 ||
		slices.ContainsFunc(p.servers, func(s *server) bool { return s.drainable() && !s.drained && s.alive() })
}

// drain takes those out whose connections have ended, or whose time is over. open counts
// the connections of a server; without ok they are not known.
func (p *pool) drain(now time.Time, open func(netip.AddrPort) (n uint32, ok bool)) ([]string, bool) {
	var lines []string
	over := func(at netip.AddrPort, limit time.Duration, until *time.Time, rs *conf.RealServer) bool {
		if until.IsZero() {
			*until = now.Add(limit)
		}
		n, known := open(at)
		late := !now.Before(*until)
		if late || known && n == 0 {
			lines = append(lines, lineDrained(p.vs, rs, n, late && n > 0), lineGone(p.vs, rs))
			return true
		}
		return false
	}
	before := len(p.leaving)
	p.leaving = slices.DeleteFunc(p.leaving, func(l *leaver) bool { return over(l.place(), l.Limit, &l.Until, l.rs()) })
	changed := len(p.leaving) != before
	for _, s := range p.servers {
		switch {
		case !s.drainable():
			changed = changed || s.drained
			s.drained, s.drainUntil = false, nil
		case !s.drained && s.alive() && over(s.place(), s.rs.Drain, s.limit(), s.rs):
			s.drained, changed = true, true
		}
	}
	return lines, changed
}

// limit is until when the server waits for its connections.
func (s *server) limit() *time.Time {
	if s.drainUntil == nil {
		s.drainUntil = &time.Time{}
	}
	return s.drainUntil
}

// opens counts open connections of the pool's servers by what the kernel has counted of
// its services, by address and port and, with port 0, by address alone. Of TCP those that
// are active are open, of other protocols all that the kernel remembers.
func (p *pool) opens(stats map[ipvs.Key]*ipvs.ServiceStats) func(netip.AddrPort) (uint32, bool) {
	count := map[netip.AddrPort]uint32{}
	for _, k := range services(p.vs) {
		st := stats[k.Key]
		if st == nil {
			continue
		}
		for _, d := range st.Dests {
			n := d.Active
			if k.Protocol != uint8(conf.TCP) {
				n += d.Inactive
			}
			count[d.Server] += n
			count[netip.AddrPortFrom(d.Server.Addr(), 0)] += n
		}
	}
	return func(at netip.AddrPort) (uint32, bool) {
		n, ok := count[at]
		return n, ok
	}
}
