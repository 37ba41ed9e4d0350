// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"net/netip"
	"slices"
	"time"

	"vipward/checker/probe"
	"vipward/conf"
	"vipward/internal/pairs"
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
	fresh, kept, gone []*check // not those of servers that are as they were, but for their scripts
	serverRoom        room[server]
	checkRoom         room[check]
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
	if len(old.pools) == 0 {
		m.fresh = make([]*check, 0, checkers(cfg))
	}
	r.pools = make([]*pool, 0, len(cfg.VirtualServers))
	for _, vs := range cfg.VirtualServers {
		key := keyOf(vs)
		if r.byKey[key] != nil {
			continue // the kernel has one service for both, and the first one has it
		}
		p := &pool{vs: vs, key: key, logAll: cfg.Global.Checker.LogAllFailures, sparing: cfg.Global.NoCheckerEmails}
		r.pools = append(r.pools, p)
		r.byKey[key] = p
	}
	for _, p := range old.pools {
		if r.byKey[p.key] == nil {
			m.leave(p)
		}
	}
	for _, p := range r.pools {
		was := old.byKey[p.key]
		p.fill(was, &m)
		is, adopted := known.services[p.key]
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

// checkers counts the checks of a configuration.
func checkers(cfg *conf.Config) int {
	n := 0
	for _, vs := range cfg.VirtualServers {
		for _, rs := range vs.RealServers {
			n += len(rs.Checkers)
		}
	}
	return n
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
	if o, ok := orders[heldKey{p.key, s.addr(), false}]; ok {
		s.order = &o
	}
	s.paused = pauseOf(orders, p.key, s.addr())
}

// fill makes the servers of a pool, from those of the old pool where they
// stay. The old pool is nil when there was none.
func (p *pool) fill(old *pool, m *moved) {
	var before []*server
	if old != nil {
		before = old.servers
	}
	was, gone := pairs.Match(before, oldAddr, p.vs.RealServers, newAddr)
	p.servers = before // in the same order the list stays as well
	if len(gone) > 0 || !inOrder(was, len(p.vs.RealServers)) {
		p.servers = make([]*server, len(p.vs.RealServers))
	}
	for i, rs := range p.vs.RealServers {
		var same *server
		if at := was(i); at >= 0 {
			same = before[at]
		}
		p.servers[i] = p.server(rs, same, m)
	}
	if old == nil {
		return
	}
	p.stay(old.leaving)
	for _, i := range gone {
		s := before[i]
		m.say(lineNoLonger(old.vs, s.rs))
		if p.drains(s) {
			m.say(lineDraining(old, s.rs))
			m.forget(s)
			continue
		}
		m.remove(s)
	}
}

// inOrder says whether the first n places have what they had.
func inOrder(was func(i int) int, n int) bool {
	for i := range n {
		if was(i) != i {
			return false
		}
	}
	return true
}

func oldAddr(s **server) netip.AddrPort { return (*s).addr() }

func newAddr(rs **conf.RealServer) netip.AddrPort { return netip.AddrPortFrom((*rs).Addr, (*rs).Port) }

// server gives a server of the pool. One that is configured as it was, which is then the same to
// conf, is the old one.
func (p *pool) server(rs *conf.RealServer, old *server, m *moved) *server {
	if old != nil && old.rs == rs {
		old.move(p, m)
		return old
	}
	s := m.serverRoom.take()
	s.rs, s.pool = rs, p
	s.obey(m.orders)
	s.fill(old, m)
	return s
}

// move goes over to another pool with all that is known: orders and checks too.
func (s *server) move(p *pool, m *moved) {
	s.pool = p
	s.resume(s.pace, s.drained)
	for _, c := range s.checks {
		if c.conf.Misc != nil {
			m.kept = append(m.kept, c)
		}
	}
}

// fill makes the checks of a server, from those of the old one where they
// stay.
func (s *server) fill(old *server, m *moved) {
	var same []*check
	if old != nil {
		same = old.staying(s.rs.Checkers)
	}
	from := len(m.fresh)
	s.checks = make([]*check, 0, len(s.rs.Checkers))
	for i, cc := range s.rs.Checkers {
		var c *check
		if old != nil && same[i] != nil {
			c = same[i]
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
	if old != nil {
		m.lose(old, s)
		s.carry(old, fresh, m)
	} else if s.recount(); m.initNotifies && s.alive() {
		m.tell(notice{vs: s.pool.vs, rs: s.rs, up: true})
	}
}

// staying gives for each check of a new configuration the one that the server has, nil for none.
func (s *server) staying(checkers []*conf.Checker) []*check {
	var ids []checkID
	before, same := s.ids(), make([]*check, len(checkers))
	for i, cc := range checkers {
		ids = appendID(ids, cc)
		if at := slices.Index(before, ids[i]); at >= 0 {
			same[i] = s.checks[at]
		}
	}
	return same
}

// lose ends the checks of the old server that the new one has not taken.
func (m *moved) lose(old, s *server) {
	for _, c := range old.checks {
		if c.server != s {
			m.gone = append(m.gone, c)
		}
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
	s.drainUntil = old.drainUntil
	s.resume(old.pace, old.drained)
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

// resume goes on with what was taken off the weight, as far as the configuration asks for it.
func (s *server) resume(p *pace, drained bool) {
	s.inherit(p)
	s.drained = drained && s.drainable()
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
