// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"fmt"
	"math"
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
	logAll  bool  // checker_log_all_failures
	sparing bool  // no_checker_emails
	live    int64 // the sum of the weights that are alive

	braked bool      // the brake has lines of it
	here   bool      // its address is on this machine, or that does not matter
	heard  bool      // the kernel has told that
	since  time.Time // of the last change of the quorum

	leaving []*leaver
	key     serverKey // keyOf(vs)
}

// server is a real server. It is alive while none of its checks is down. There may be very many,
// so what few of them need is elsewhere.
type server struct {
	rs     *conf.RealServer
	pool   *pool
	checks []*check

	order  *Order // of an operator; nil: none
	paused *Order // of an operator, by which its checks rest; nil: they run
	pace   *pace  // nil: its weight has not changed with time

	drainUntil *time.Time // it waits for connections to end no longer; nil: the time has not begun
	drained    bool       // weight 0, and its connections have ended
	failed     int32      // checks that are down
}

// check is one check of a real server. There may be very many: its fields are in an order
// that leaves no gaps.
type check struct {
	conf   *conf.Checker
	server *server
	probe  probe.Probe
	track  Track
	weight probe.Weight // what the last good run said
	began  time.Time    // of the last run
	next   time.Time    // of the run that is due
	lead   *check       // that runs for this one as well; nil: it runs by itself
	place  int32        // in the queue, -1 while a probe runs
	warned uint32       // when the last warning of a certificate was, in Unix seconds
	rest   rest
	// running says that a run has not come back yet.
	running bool
	gone    bool // no longer configured: a result that still comes is void

	history history
	latency time.Duration // smoothed, of good runs; 0: none yet
}

// checkID tells the checks of one real server apart, over reloads and
// restarts.
type checkID struct {
	what probe.Identity
	nth  int // of those with this one
}

// String names the check in the state.
func (id checkID) String() string { return fmt.Sprintf("%s #%d", id.what, id.nth) }

// appendID appends the ID of the next check of a server to those of the ones before it.
func appendID(ids []checkID, cc *conf.Checker) []checkID {
	id := checkID{what: probe.ID(cc)}
	for _, other := range ids {
		if other.what == id.what {
			id.nth++
		}
	}
	return append(ids, id)
}

// ids are those of the checks of a server.
func (s *server) ids() []checkID {
	var ids []checkID
	for _, c := range s.checks {
		ids = appendID(ids, c.conf)
	}
	return ids
}

func (s *server) addr() netip.AddrPort { return netip.AddrPortFrom(s.rs.Addr, s.rs.Port) }

// weight is the configured weight and what the checks add, or what an operator wants.
func (s *server) weight() int {
	switch s.held() {
	case HoldDrain:
		return 0
	case HoldWeight:
		return s.order.Weight
	case HoldNone, HoldMaintenance, HoldPause, HoldResume:
	}
	w := int64(s.rs.Weight)
	for _, c := range s.checks {
		w += c.weight.Share(s.rs.Weight)
	}
	return int(min(max(w, 0), math.MaxInt32))
}

// live is what the server counts for the quorum.
func (s *server) live() int64 {
	if !s.serves() {
		return 0
	}
	return int64(s.weight())
}

func (s *server) alive() bool { return s.failed == 0 }

// inTable says whether the kernel's table has the server.
func (s *server) inTable() bool { return s.serves() && !s.pool.sorry() || s.rs.Inhibit }

// untried says whether the server is down only since checks have not run yet.
func (s *server) untried() bool {
	for _, c := range s.checks {
		if !c.track.Up && c.track.Ran {
			return false
		}
	}
	return !s.alive()
}

// sorry says whether the sorry server serves.
func (p *pool) sorry() bool { return p.vs.Sorry != nil && !p.quorum.Up }

// entry is the pool's wanted table entry. It may stand in the room.
func (p *pool) entry(room []ipvs.Dest) ipvs.Entry {
	e := Desired(p.vs, Health{
		Room:   room,
		Quorum: p.quorum.Up,
		Alive:  func(i int) bool { return p.servers[i].serves() },
		Weight: func(i int) int { return p.servers[i].served() },
	})
	return withLeaving(e, p.ending())
}

// record takes the outcome of a run that ended at the given time. It returns
// what there is to tell and whether that changes the pool.
func (c *check) record(r probe.Result, end time.Time) (news, bool) {
	var n news
	s := c.server
	up, untried := c.track.Up, s.untried()
	was, weight, live := s.alive(), s.weight(), s.live()
	v, next := c.step(r.Outcome, end)
	c.next = c.due(v, next, end)
	c.timed(r, end)
	c.history.note(r, c.began, end, up, c.track.Up)
	c.turn()
	n.say(c.weigh(v, r)...)
	n.say(c.expiry(r.Expires, end)...)
	n.say(runLines(ran{
		vs: s.pool.vs, rs: s.rs, check: c.conf, verdict: v, failures: int(c.track.Failures), cause: r.Cause, page: r.Page,
		logAll: s.pool.logAll, down: !up,
	})...)
	switch {
	case v.Down() && up:
		s.failed++
	case v.Down() && untried:
		n.tell(notice{vs: s.pool.vs, rs: s.rs}) // though it never was up, as keepalived
	case v == Recovered:
		s.failed--
	case s.weight() == weight:
		return n, false
	}
	if s.alive() && !was {
		s.begin(end)
	}
	s.pool.turned(s, was, &n)
	if v.Down() || v == Recovered {
		n.alert(c.alert(v == Recovered, was != s.alive(), r.Cause)...)
	}
	s.pool.live += s.live() - live
	s.pool.requorum(&n)
	return n, true
}

// follows is what the check follows, empty for one that runs by the clock.
func (c *check) follows() string { return probe.Follows(c.conf) }

// step takes the outcome of a run, or what the check follows says.
func (c *check) step(o probe.Outcome, end time.Time) (Verdict, time.Time) {
	if c.follows() != "" {
		return c.track.Hear(o), time.Time{}
	}
	return c.track.Step(c.conf, o, end)
}

// turn tells the probe which page comes next.
func (c *check) turn() {
	if p, ok := c.probe.(probe.Pages); ok {
		p.Turn(int(c.track.Page))
	}
}

// lagPart bounds what is made up for: that part of an interval.
const lagPart = 100

// due is when the next run is due, which is next by the verdict. Scripts run at an interval from
// start to start, one that took longer at once; other checks begin to wait when they have ended.
// But what a run began too early or too late, and a short time that it took, is made up for, so
// that an interval is kept on average.
func (c *check) due(v Verdict, next, end time.Time) time.Time {
	if c.began.IsZero() {
		return next
	}
	if c.conf.Misc != nil && v != Retrying {
		next = c.began.Add(c.conf.DelayLoop - min(c.history.late, c.conf.DelayLoop/lagPart))
		return latest(next, end)
	}
	planned := c.began.Add(-c.history.late)
	return next.Add(-min(end.Sub(planned), next.Sub(end)/lagPart))
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// weigh takes over what a run says about the weight. The share of a check that
// goes down is forgotten without a word: its server leaves the pool.
func (c *check) weigh(v Verdict, r probe.Result) []string {
	before := c.server.weight()
	switch {
	case v.Down():
		c.weight = probe.Weight{}
		return nil
	case r.Outcome != probe.Passed:
		return nil
	}
	c.weight = r.Weight
	if c.server.weight() == before || v == Recovered && c.follows() != "" {
		return nil
	}
	return []string{lineWeight(c.server, before)}
}

// turned tells of a server that has come or gone.
func (p *pool) turned(s *server, was bool, n *news) {
	switch {
	case s.alive() == was:
		return
	case was:
		n.say(lineRemoving(p.vs, s.rs))
	default:
		n.say(lineAdding(p.vs, s.rs))
	}
	n.tell(notice{vs: p.vs, rs: s.rs, up: !was})
}

// requorum looks at the quorum after the pool has changed.
func (p *pool) requorum(n *news) {
	switch p.quorum.Update(p.vs, p.live) {
	case Gained:
		n.say(lineGained(p.vs, p.live))
		if p.vs.Sorry != nil {
			n.say(lineSorryOut(p.vs, p.vs.Sorry.Inhibit), lineAliveBack(p.vs))
		}
		n.tell(notice{vs: p.vs, up: true})
		n.alert(quorumAlert(p.vs, true, gained(p.vs, p.live))...)
	case Lost:
		n.say(lineLost(p.vs, p.live))
		if p.vs.Sorry != nil {
			n.say(sorryInLines(p.vs)...)
		}
		n.tell(notice{vs: p.vs})
		n.alert(quorumAlert(p.vs, false, lost(p.vs, p.live))...)
	case Kept:
	}
}
