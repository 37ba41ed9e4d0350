// SPDX-License-Identifier: Apache-2.0

package checker

// begin decides the quorum of a pool at the start or after a reload. An
// adopted pool has the state that an earlier process left.
func (p *pool) begin(old *pool, adopted bool, m *moved) {
	switch {
	case old != nil:
		p.quorum, p.since = old.quorum, old.since
		p.here, p.heard = old.here, old.heard
		p.resume(old, &m.news)
	case adopted:
		p.resume(&pool{vs: p.vs, quorum: p.quorum}, &m.news)
	case p.quorum.Update(p.vs, p.live) == Gained:
		m.say(lineGained(p.vs, p.live))
		m.tell(notice{vs: p.vs, up: true})
		m.alert(quorumAlert(p.vs, true, "Starting with quorum up "+sum(p.vs, p.live))...)
	case p.vs.Sorry != nil:
		m.say(lineStartingDown(p.vs, p.live))
		m.say(sorryInLines(p.vs)...)
		m.tell(notice{vs: p.vs})
		m.alert(quorumAlert(p.vs, false, "Starting with quorum down "+sum(p.vs, p.live))...)
	}
}

// sorryInTable says whether the kernel's table has the sorry server, in use or
// not.
func (p *pool) sorryInTable() bool { return p.sorry() || p.vs.Sorry != nil && p.vs.Sorry.Inhibit }

// sorryLeft says whether the sorry server of old has no place in p, while the
// quorum is as it was.
func (p *pool) sorryLeft(old *pool) bool {
	switch {
	case !old.sorryInTable():
		return false
	case p.vs.Sorry == nil, sorryName(p.vs) != sorryName(old.vs):
		return true
	default:
		return !old.sorry() && !p.vs.Sorry.Inhibit
	}
}

// resume looks at the quorum again after the configuration has changed.
func (p *pool) resume(old *pool, n *news) {
	left := p.sorryLeft(old)
	if left {
		n.say(lineSorryOut(old.vs, false))
	}
	change := p.quorum.Update(p.vs, p.live)
	switch {
	case change == Gained:
		n.say(lineGained(p.vs, p.live))
		if old.sorry() && !left {
			n.say(lineSorryOut(old.vs, p.vs.Sorry.Inhibit))
		}
		n.tell(notice{vs: p.vs, up: true})
	case change == Lost, p.sorry() && (left || !old.sorry()):
		n.say(lineStartingDown(p.vs, p.live))
		if p.sorry() {
			n.say(sorryInLines(p.vs)...)
		}
		n.tell(notice{vs: p.vs})
	}
	if old.sorry() && !p.sorry() {
		n.say(lineAliveBack(p.vs))
	}
}
