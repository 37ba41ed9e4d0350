// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"net/netip"

	"vipward/checker/probe"
	"vipward/conf"
	"vipward/ipvs"
)

// roster is all virtual servers of a configuration.
type roster struct {
	pools []*pool // as in the configuration
	byKey map[serverKey]*pool
	// shared are the services that more than one pool has, with those pools.
	shared map[ipvs.Key][]*pool
}

// moved is what a new configuration changes about the checks.
type moved struct {
	lines             []string
	fresh, kept, gone []*check
}

// follow makes the roster of a configuration. What the old roster knows about
// servers and checks that stay is kept: the verdicts are the same objects.
// known is what an earlier process knew.
func follow(old *roster, cfg *conf.Config, known saved) (*roster, moved) {
	r := &roster{byKey: make(map[serverKey]*pool, len(cfg.VirtualServers))}
	var m moved
	for _, vs := range cfg.VirtualServers {
		if r.byKey[keyOf(vs)] != nil {
			continue // the kernel has one service for both, and the first one has it
		}
		p := &pool{vs: vs}
		r.pools = append(r.pools, p)
		r.byKey[keyOf(vs)] = p
	}
	for _, p := range old.pools {
		if r.byKey[keyOf(p.vs)] == nil {
			m.leave(p)
		}
	}
	for _, p := range r.pools {
		was := old.byKey[keyOf(p.vs)]
		p.fill(was, &m)
		is, adopted := known.services[keyOf(p.vs)]
		if adopted {
			p.restore(is)
		}
		p.count()
		m.lines = append(m.lines, p.begin(was, adopted)...)
	}
	r.share()
	return r, m
}

// leave ends a virtual server that is no longer configured.
func (m *moved) leave(p *pool) {
	m.lines = append(m.lines, lineRemovingVS(p.vs))
	for _, s := range p.servers {
		if s.inTable() {
			m.lines = append(m.lines, lineRemoving(p.vs, s.rs))
		}
		m.gone = append(m.gone, s.checks...)
	}
}

// fill makes the servers of a pool, from those of the old pool where they
// stay. The old pool is nil when there was none.
func (p *pool) fill(old *pool, m *moved) {
	before := map[netip.AddrPort]*server{}
	if old != nil {
		for _, s := range old.servers {
			before[s.addr()] = s
		}
	}
	for _, rs := range p.vs.RealServers {
		s := &server{rs: rs, pool: p}
		p.servers = append(p.servers, s)
		was := before[s.addr()]
		delete(before, s.addr())
		s.fill(was, m)
	}
	if old == nil {
		return
	}
	for _, s := range old.servers {
		if before[s.addr()] != s {
			continue
		}
		m.lines = append(m.lines, lineNoLonger(old.vs, s.rs))
		if s.inTable() {
			m.lines = append(m.lines, lineRemoving(old.vs, s.rs))
		}
		m.gone = append(m.gone, s.checks...)
	}
}

// fill makes the checks of a server, from those of the old one where they
// stay.
func (s *server) fill(old *server, m *moved) {
	before := map[checkID]*check{}
	if old != nil {
		for _, c := range old.checks {
			before[c.id] = c
		}
	}
	var fresh []*check
	seen := map[string]int{}
	for _, cc := range s.rs.Checkers {
		id := checkID{what: probe.ID(cc), nth: seen[probe.ID(cc)]}
		seen[id.what]++
		c := before[id]
		delete(before, id)
		if c == nil {
			c = &check{id: id, track: NewTrack(), place: -1}
			fresh = append(fresh, c)
		} else {
			m.kept = append(m.kept, c)
		}
		c.conf, c.server = cc, s
		s.checks = append(s.checks, c)
	}
	for _, c := range before {
		m.gone = append(m.gone, c)
	}
	m.fresh = append(m.fresh, fresh...)
	if old != nil {
		s.carry(old, fresh, m)
	}
}

// carry takes over what the old server's state means for the new one. A
// server whose failed check was replaced by another stays out until that one
// has passed.
func (s *server) carry(old *server, fresh []*check, m *moved) {
	if s.recount(); !old.alive() && s.alive() {
		for _, c := range fresh {
			c.track.Up = false
		}
		s.recount()
	}
	if was := old.weight(); was != s.weight() {
		m.lines = append(m.lines, lineWeight(s, was))
	}
	if s.alive() && !old.alive() { // what had failed is not checked any more
		m.lines = append(m.lines, lineAdding(s.pool.vs, s.rs))
	}
}

func (s *server) recount() {
	s.failed = 0
	for _, c := range s.checks {
		if !c.track.Up {
			s.failed++
		}
	}
}

// count sums up what is alive.
func (p *pool) count() {
	p.live = 0
	for _, s := range p.servers {
		s.recount()
		p.live += s.live()
	}
}

// begin decides the quorum of a pool at the start or after a reload. An
// adopted pool has the state that an earlier process left.
func (p *pool) begin(old *pool, adopted bool) []string {
	switch {
	case old != nil:
		p.quorum = old.quorum
		return p.resume(old)
	case adopted:
		return p.resume(&pool{vs: p.vs, quorum: p.quorum})
	case p.quorum.Update(p.vs, p.live) == Gained:
		return []string{lineGained(p.vs, p.live)}
	case p.vs.Sorry != nil:
		return append([]string{lineStartingDown(p.vs, p.live)}, sorryInLines(p.vs)...)
	default:
		return nil
	}
}

// resume looks at the quorum again after the configuration has changed.
func (p *pool) resume(old *pool) []string {
	var lines []string
	left := old.sorry() && (p.vs.Sorry == nil || sorryName(p.vs) != sorryName(old.vs))
	if left {
		lines = append(lines, lineSorryOut(old.vs))
	}
	change := p.quorum.Update(p.vs, p.live)
	switch {
	case change == Gained:
		lines = append(lines, lineGained(p.vs, p.live))
		if old.sorry() && !left {
			lines = append(lines, lineSorryOut(old.vs))
		}
	case change == Lost, p.sorry() && (left || !old.sorry()):
		lines = append(lines, lineStartingDown(p.vs, p.live))
		if p.sorry() {
			lines = append(lines, sorryInLines(p.vs)...)
		}
	}
	if old.sorry() && !p.sorry() {
		lines = append(lines, lineAliveBack(p.vs))
	}
	return lines
}

// checks counts the checks of all servers.
func (r *roster) checks() int {
	n := 0
	for _, p := range r.pools {
		for _, s := range p.servers {
			n += len(s.checks)
		}
	}
	return n
}
