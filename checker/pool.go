// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"net/netip"
	"time"

	"vipward/checker/probe"
	"vipward/conf"
	"vipward/ipvs"
)

// pool is a virtual server with what is known about it.
type pool struct {
	vs      *conf.VirtualServer
	servers []*server // as in the configuration
	quorum  Quorum
	live    int64 // the sum of the weights that are alive
}

// server is a real server. It is alive while none of its checks is down.
type server struct {
	rs     *conf.RealServer
	pool   *pool
	checks []*check
	failed int // checks that are down
}

// check is one check of a real server.
type check struct {
	conf   *conf.Checker
	server *server
	id     checkID
	probe  probe.Probe
	track  Track
	next   time.Time // of the run that is due
	place  int       // in the queue, -1 while a probe runs
	gone   bool      // no longer configured: a result that still comes is void
}

// checkID tells the checks of one real server apart, over reloads and
// restarts.
type checkID struct {
	what string // probe.ID
	nth  int    // of those with this one
}

func (s *server) addr() netip.AddrPort { return netip.AddrPortFrom(s.rs.Addr, s.rs.Port) }

func (s *server) alive() bool { return s.failed == 0 }

// inTable says whether the kernel's table has the server.
func (s *server) inTable() bool { return s.alive() && !s.pool.sorry() }

// sorry says whether the sorry server serves.
func (p *pool) sorry() bool { return p.vs.Sorry != nil && !p.quorum.Up }

// entry is the pool's wanted table entry.
func (p *pool) entry() ipvs.Entry {
	return Desired(p.vs, Health{Quorum: p.quorum.Up, Alive: func(i int) bool { return p.servers[i].alive() }})
}

// record takes the outcome of a run that ended at the given time. It returns
// the lines to log and whether the check went up or down.
func (c *check) record(r probe.Result, end time.Time) ([]string, bool) {
	s := c.server
	was := s.alive()
	v, next := c.track.Step(c.conf, r.Outcome, end)
	c.next = next
	lines := runLines(s.pool.vs, s.rs, c.conf, v, r.Cause)
	switch {
	case v.Down():
		s.failed++
	case v == Recovered:
		s.failed--
	default:
		return lines, false
	}
	if s.alive() != was {
		lines = append(lines, s.pool.turned(s)...)
	}
	return lines, true
}

// turned counts a server that has come or gone and looks at the quorum.
func (p *pool) turned(s *server) []string {
	weight, line := int64(s.rs.Weight), lineAdding(p.vs, s.rs)
	if !s.alive() {
		weight, line = -weight, lineRemoving(p.vs, s.rs)
	}
	p.live += weight
	lines := []string{line}
	switch p.quorum.Update(p.vs, p.live) {
	case Gained:
		lines = append(lines, lineGained(p.vs, p.live))
		if p.vs.Sorry != nil {
			lines = append(lines, lineSorryOut(p.vs), lineAliveBack(p.vs))
		}
	case Lost:
		lines = append(lines, lineLost(p.vs, p.live))
		if p.vs.Sorry != nil {
			lines = append(lines, sorryInLines(p.vs)...)
		}
	case Kept:
	}
	return lines
}
