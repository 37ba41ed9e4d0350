// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"time"

	"vipward/checker/probe"
	"vipward/conf"
)

const (
	// paceEvery is how often weights that change with time are looked at.
	paceEvery = time.Second
	// whole is a weight that nothing is taken off, per mille. Neither a slow start nor a
	// slow server gets less than least.
	whole = 1000
	least = 100
	// stepUp is by how much the share of a slow server has to differ to be worth a change.
	stepUp = 50
	// noise is added to the times of checks: on a fast network they differ by chance.
	noise = 5 * time.Millisecond
)

// pace is what is taken off the weight of a real server for a time.
type pace struct {
	Since  time.Time // slow_start began; zero: it is over
	Slower int       // weight_by response_time: per mille that are taken off
	Now    int       // per mille that are taken off in all
}

// begin starts slow_start for a server that comes back.
func (s *server) begin(now time.Time) {
	if s.rs.SlowStart > 0 {
		p := s.ownPace()
		p.Since = now
		p.Now = whole - p.share(s.rs, now)
	}
}

// ownPace is what is taken off the weight, to be changed.
func (s *server) ownPace() *pace {
	if s.pace == nil {
		s.pace = &pace{}
	}
	return s.pace
}

// slowed is what is taken off the weight.
func (s *server) slowed() pace {
	if s.pace == nil {
		return pace{}
	}
	return *s.pace
}

// inherit takes over what was taken off before, as far as the configuration still asks for
// it; nil: nothing.
func (s *server) inherit(p *pace) {
	s.pace = nil
	if p == nil || *p == (pace{}) {
		return
	}
	p.Now = min(max(p.Now, 0), whole-least)
	p.Slower = min(max(p.Slower, 0), whole-least)
	if s.pool.vs.WeightBy == "" {
		p.Slower = 0
	}
	if s.rs.SlowStart == 0 {
		p.Since = time.Time{}
	}
	if p.Since.IsZero() {
		p.Now = p.Slower
	}
	s.pace = p
}

// tick ends slow_start in time. When the clock was set back it goes on from its beginning: it
// must not last for as long as the clock is behind.
func (p *pace) tick(rs *conf.RealServer, now time.Time) {
	switch {
	case p.Since.IsZero():
	case now.Before(p.Since):
		p.Since = now
	case now.Sub(p.Since) >= rs.SlowStart:
		p.Since = time.Time{}
	}
}

// share is which part of the weight a server gets at a time, per mille.
func (p *pace) share(rs *conf.RealServer, now time.Time) int {
	share := whole - p.Slower
	if p.Since.IsZero() {
		return share
	}
	grown := int(whole * now.Sub(p.Since) / max(rs.SlowStart, 1))
	return max(share*min(grown, whole)/whole, least)
}

// served is the weight that the kernel gets: while there is any, at least 1.
func (s *server) served() int {
	w := s.weight()
	if s.pace == nil || s.pace.Now == 0 || w == 0 {
		return w
	}
	return int(max(int64(w)*int64(whole-s.pace.Now)/whole, 1))
}

// timed takes how long a good run took. One in four counts, so that a single slow
// answer changes little.
func (c *check) timed(r probe.Result, end time.Time) {
	if r.Outcome != probe.Passed || c.began.IsZero() {
		return
	}
	took := max(end.Sub(c.began), 0)
	if c.latency == 0 {
		c.latency = took
		return
	}
	c.latency += (took - c.latency) / 4
}

// latency is that of the slowest check of a server, 0 for none.
func (s *server) latency() time.Duration {
	var slowest time.Duration
	for _, c := range s.checks {
		slowest = max(slowest, c.latency)
	}
	return slowest
}

// paced says whether weights of the pool change with time.
func (p *pool) paced() bool {
	if p.vs.WeightBy != "" || len(p.leaving) > 0 {
		return true
	}
	for _, s := range p.servers {
		if s.rs.SlowStart > 0 || s.drainable() {
			return true
		}
	}
	return false
}

// adjust brings the weights of a pool up to date, and says whether one changed.
func (p *pool) adjust(now time.Time) bool {
	if p.vs.WeightBy == conf.ByResponseTime {
		p.compare()
	}
	changed := false
	for _, s := range p.servers {
		q := s.ownPace()
		q.tick(s.rs, now)
		was := s.served()
		q.Now = whole - q.share(s.rs, now)
		changed = changed || s.served() != was
	}
	return changed
}

// compare compares the response times of a pool: the fastest server has its whole weight.
func (p *pool) compare() {
	fastest := time.Duration(0)
	for _, s := range p.servers {
		if l := s.latency(); s.alive() && l > 0 && (fastest == 0 || l < fastest) {
			fastest = l
		}
	}
	for _, s := range p.servers {
		l := s.latency()
		if fastest == 0 || l == 0 {
			continue
		}
		share := max(int(whole*(fastest+noise)/(max(l, fastest)+noise)), least)
		if slower, q := whole-share, s.ownPace(); slower == 0 || abs(slower-q.Slower) >= stepUp {
			q.Slower = slower
		}
	}
}

func abs(n int) int { return max(n, -n) }
