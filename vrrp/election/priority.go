// SPDX-License-Identifier: Apache-2.0

package election

// effective is the priority that adverts carry: the configured one with the tracked weights,
// within 1..254. An address owner's never changes.
func effective(p *Params, delta int) uint8 {
	if p.owner() {
		return 255
	}
	return uint8(min(max(int(p.Priority)+delta, 1), 254))
}

// updatePriority computes the effective priority afresh and reports a change under code.
func (m *Machine) updatePriority(code LogCode) {
	was, now := m.priority, effective(&m.params, m.facts.Delta)
	if now == was {
		return
	}
	m.setPriority(now)
	m.do(Log{Code: code, Theirs: was, Ours: now})
	if code != LogPriorityChanged {
		return // after a fault the transition tells it
	}
	state := m.state
	if state == Init {
		state = Backup // which keepalived says before it says so
	}
	m.do(PriorityChange{State: state, Priority: now})
}

// rebase takes a new configured priority over. As in keepalived it is no news for the log,
// only what the tracked weights make of it.
func (m *Machine) rebase(old uint8) {
	if m.params.Priority == old {
		return
	}
	was, base, now := m.priority, effective(&m.params, 0), effective(&m.params, m.facts.Delta)
	m.setPriority(now)
	if now != base {
		m.do(Log{Code: LogPriorityChanged, Theirs: base, Ours: now})
	}
	if now != was {
		m.do(PriorityChange{State: m.state, Priority: now})
	}
}

func (m *Machine) setPriority(p uint8) {
	m.priority = p
	m.advert = SendAdvert{Priority: p}
}
