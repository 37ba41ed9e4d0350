// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"net/netip"
	"slices"
	"time"

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
	// orders are what operators want, also of servers that are not configured now.
	orders map[heldKey]Order
	// followers are the checks that do not run by the clock, by what they follow.
	followers map[string][]*check
}

// moved is what a new configuration changes about the checks.
type moved struct {
	news
	orders            map[heldKey]Order
	fresh, kept, gone []*check
	room              []check                          // for more of them
	initNotifies      bool                             // rs_init_notifies, where no earlier process has told of the servers
	judge             func(*conf.Checker) probe.Result // of checks that do not run by the clock
}

// follow makes the roster of a configuration. What the old roster knows about
// servers and checks that stay is kept: the verdicts are the same objects.
// known is what an earlier process knew.
func follow(old *roster, cfg *conf.Config, known saved) (*roster, moved) {
	r := &roster{byKey: make(map[serverKey]*pool, len(cfg.VirtualServers)), followers: map[string][]*check{}}
	if r.orders = old.orders; r.orders == nil {
		r.orders = known.held()
	}
	m := moved{orders: r.orders, initNotifies: cfg.Global.Checker.InitNotifies && len(known.services) == 0, judge: known.judge}
	for _, vs := range cfg.VirtualServers {
		if r.byKey[keyOf(vs)] != nil {
			continue // the kernel has one service for both, and the first one has it
		}
		p := &pool{vs: vs, logAll: cfg.Global.Checker.LogAllFailures, sparing: cfg.Global.NoCheckerEmails}
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
		r.listen(p)
		p.count()
		p.begin(was, adopted, &m)
	}
	r.share()
	return r, m
}

// listen notes the checks of a pool that do not run by the clock.
func (r *roster) listen(p *pool) {
	for _, s := range p.servers {
		for _, c := range s.checks {
			if f := c.follows(); f != "" {
				r.followers[f] = append(r.followers[f], c)
			}
		}
	}
}

// obey gives a server what an operator wants of it.
func (s *server) obey(orders map[heldKey]Order) {
	if len(orders) == 0 {
		return
	}
	p := s.pool
	if p.key == "" {
		p.key = keyOf(p.vs)
	}
	if o, ok := orders[heldKey{p.key, s.addr(), false}]; ok {
		s.order = &o
	}
	s.paused = pauseOf(orders, p.key, s.addr())
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
	all := make([]server, len(p.vs.RealServers)) // in one piece, which leaves no holes in memory
	p.servers = make([]*server, 0, len(all))
	for i, rs := range p.vs.RealServers {
		s := &all[i]
		s.rs, s.pool = rs, p
		s.obey(m.orders)
		p.servers = append(p.servers, s)
		was := before[s.addr()]
		delete(before, s.addr())
		s.fill(was, m)
	}
	if old == nil {
		return
	}
	p.stay(old.leaving)
	for _, s := range old.servers {
		if before[s.addr()] != s {
			continue
		}
		m.say(lineNoLonger(old.vs, s.rs))
		if p.drains(s) {
			m.say(lineDraining(old, s.rs))
			m.forget(s)
			continue
		}
		m.remove(s)
	}
}

// fill makes the checks of a server, from those of the old one where they
// stay.
func (s *server) fill(old *server, m *moved) {
	var before, ids []checkID
	var was []*check
	if old != nil {
		before, was = old.ids(), old.checks
	}
	from := len(m.fresh)
	s.checks = make([]*check, 0, len(s.rs.Checkers))
	for _, cc := range s.rs.Checkers {
		ids = appendID(ids, cc)
		var c *check
		if i := slices.Index(before, ids[len(ids)-1]); i >= 0 {
			c = was[i]
			m.kept = append(m.kept, c)
		} else {
			c = m.check(cc)
		}
		switch {
		case c.conf != nil:
		case s.paused != nil:
			c.rest = resting
		case s.pool.vs.HASuspend && probe.Follows(cc) == "":
			c.rest = unsure
		}
		c.conf, c.server = cc, s
		s.checks = append(s.checks, c)
	}
	fresh := m.fresh[from:]
	for _, c := range fresh {
		c.hearFirst(m.judge)
	}
	for _, c := range was {
		if c.server != s {
			m.gone = append(m.gone, c)
		}
	}
	if old != nil {
		s.carry(old, fresh, m)
	} else if s.recount(); m.initNotifies && s.alive() {
		m.tell(notice{vs: s.pool.vs, rs: s.rs, up: true})
	}
}

// hearFirst begins a check that does not run by the clock with what is known now.
func (c *check) hearFirst(judge func(*conf.Checker) probe.Result) {
	if c.follows() == "" {
		return
	}
	r := judge(c.conf)
	c.track, c.weight = KnownTrack(r.Outcome == probe.Passed), r.Weight
}

// carry takes over what the old server's state means for the new one. A
// server whose failed check was replaced by another stays out until that one
// has passed.
func (s *server) carry(old *server, fresh []*check, m *moved) {
	s.inherit(old.pace)
	s.drained, s.drainUntil = old.drained && s.drainable(), old.drainUntil
	if s.recount(); !old.alive() && s.alive() {
		for _, c := range fresh {
			if c.follows() == "" { // else what it follows has said that the server is up
				c.track = KnownTrack(false)
			}
		}
		s.recount()
	}
	if was := old.weight(); was != s.weight() {
		m.say(lineWeight(s, was))
	}
	if s.alive() && !old.alive() { // what had failed is not checked any more
		m.say(lineAdding(s.pool.vs, s.rs))
		m.tell(notice{vs: s.pool.vs, rs: s.rs, up: true})
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
	for _, s := range p.servers {
		s.recount()
		p.live += s.live()
	}
}

// tick is how early a probe may start with another that is due.
func (r *roster) tick() time.Duration {
	tick := longestTick
	for _, p := range r.pools {
		for _, s := range p.servers {
			for _, c := range s.checks {
				tick = min(tick, c.conf.DelayLoop/tickPart)
			}
		}
	}
	return tick
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
