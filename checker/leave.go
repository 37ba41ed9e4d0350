// SPDX-License-Identifier: Apache-2.0

package checker

// leave ends a virtual server that is no longer configured.
func (m *moved) leave(p *pool) {
	m.say(lineRemovingVS(p.vs))
	for _, s := range p.servers {
		m.remove(s)
	}
	m.tell(p.last()...)
}

// remove ends a server that is no longer configured.
func (m *moved) remove(s *server) {
	if s.inTable() {
		m.say(lineGone(s.pool.vs, s.rs))
	}
	m.forget(s)
}

// forget ends the checks of a server.
func (m *moved) forget(s *server) {
	m.tell(s.last()...)
	m.gone = append(m.gone, s.checks...)
}

// last is what is told of a server that is taken away.
func (s *server) last() []notice {
	if !s.pool.vs.Omega || !s.alive() {
		return nil
	}
	return []notice{{vs: s.pool.vs, rs: s.rs}}
}

// last is what is told of a virtual server that is taken away, when that of its
// servers has been told.
func (p *pool) last() []notice {
	if !p.vs.Omega || !p.quorum.Up {
		return nil
	}
	return []notice{{vs: p.vs}}
}
