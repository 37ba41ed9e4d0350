// SPDX-License-Identifier: Apache-2.0

package vrrp

// effective is the priority that adverts carry: the configured one with the tracked weights,
// within 1..254. An address owner's never changes.
func effective(p *Params, delta int) uint8 {
	if p.owner() {
		return 255
	}
	return uint8(min(max(int(p.Priority)+delta, 1), 254))
}

// updatePriority computes the effective priority afresh and reports a change under code. The
// time that a Backup still waits changes as much as its master-down time does.
func (m *Machine) updatePriority(code LogCode) {
	was, before := m.priority, m.skew()
	now := effective(&m.params, m.facts.Delta)
	if now == was {
		return
	}
	m.setPriority(now)
	m.do(Log{Code: code, Theirs: was, Ours: now})
	if m.state == Backup {
		m.timers.down = m.timers.down.Add(m.skew() - before)
	}
}

func (m *Machine) setPriority(p uint8) {
	m.priority = p
	m.advert = SendAdvert{Priority: p}
}
