// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"iter"
	"slices"

	"vipward/ipvs"
)

// merger makes a table of the entries of several virtual servers. A service
// that more than one of them has is as the first one wants it, with the
// destinations of all.
type merger struct {
	table ipvs.Table
	at    map[ipvs.Key]int // in the table, of services that are shared
	room  []ipvs.Dest      // its length is what the table has of it
}

func (m *merger) add(e ipvs.Entry) {
	if m.at == nil {
		m.at = map[ipvs.Key]int{}
	}
	i, there := m.at[e.Service.Key]
	if !there {
		m.at[e.Service.Key] = len(m.table)
		m.table = append(m.table, e)
		return
	}
	first := &m.table[i]
	first.Dests = distinct(slices.Concat(first.Dests, e.Dests))
}

// place gives a pool its place in the room, if it has one.
func (m *merger) place(p *pool) []ipvs.Dest {
	at, end := len(m.room), len(m.room)+p.size()
	if end > cap(m.room) {
		return nil
	}
	m.room = m.room[:end]
	return m.room[at:at:end]
}

// size is how many destinations the pool may want, without those that leave.
func (p *pool) size() int { return len(p.vs.RealServers) + 1 }

// share finds the services that more than one pool wants. Only groups have any.
func (r *roster) share() {
	if !slices.ContainsFunc(r.pools, func(p *pool) bool { return p.vs.Group != nil }) {
		return
	}
	first := map[ipvs.Key]*pool{}
	r.shared = map[ipvs.Key][]*pool{}
	for _, p := range r.pools {
		for _, s := range services(p.vs) {
			switch {
			case first[s.Key] == nil:
				first[s.Key] = p
				continue
			case r.shared[s.Key] == nil:
				r.shared[s.Key] = []*pool{first[s.Key]}
			}
			r.shared[s.Key] = append(r.shared[s.Key], p)
		}
	}
}

// table is the wanted table.
func (r *roster) table() ipvs.Table { return r.tableOf(r.pools) }

// tableOf is the part of the wanted table that some pools have a share in.
func (r *roster) tableOf(pools []*pool) ipvs.Table {
	m := merger{table: make(ipvs.Table, 0, len(pools))}
	for _, p := range pools {
		r.merge(&m, p)
	}
	return m.table
}

// pieces is the same, piece by piece.
func (r *roster) pieces() iter.Seq[ipvs.Table] { return r.parts(r.pools) }

// partSize is how many destinations a part of the table has, unless one pool has more.
const partSize = 1000

// parts is the part of the wanted table that some pools have a share in, piece by piece: each
// stands in the memory of the one before it. A service that is shared may come more than once.
func (r *roster) parts(pools []*pool) iter.Seq[ipvs.Table] {
	return func(yield func(ipvs.Table) bool) {
		var m merger
		for i, p := range pools {
			if len(m.table) > 0 && len(m.room)+p.size() > cap(m.room) {
				if !yield(m.table) {
					return
				}
				m = merger{table: m.table[:0], room: m.room[:0]}
			}
			if p.size() > cap(m.room) {
				m.room = make([]ipvs.Dest, 0, max(p.size(), partRoom(pools[i:])))
			}
			r.merge(&m, p)
		}
		if len(m.table) > 0 {
			yield(m.table)
		}
	}
}

// partRoom is how much room the parts of some pools need.
func partRoom(pools []*pool) int {
	n := 0
	for _, p := range pools {
		if n += p.size(); n > partSize {
			return partSize
		}
	}
	return n
}

// merge adds what a pool wants, and of services that it shares what the others want.
func (r *roster) merge(m *merger, p *pool) {
	e := p.entry(m.place(p))
	if p.vs.Group == nil && len(r.shared) == 0 {
		m.table = append(m.table, e)
		return
	}
	for _, e := range expand(p.vs, e) {
		sharers := r.shared[e.Service.Key]
		if sharers == nil {
			m.table = append(m.table, e)
		}
		for _, s := range sharers {
			m.addOf(s, e.Service.Key)
		}
	}
}

// addOf adds what a pool wants of one service.
func (m *merger) addOf(p *pool, k ipvs.Key) {
	for _, e := range expand(p.vs, p.entry(nil)) {
		if e.Service.Key == k {
			m.add(e)
		}
	}
}

// keys are those of all services.
func (r *roster) keys() map[ipvs.Key]bool {
	keys := make(map[ipvs.Key]bool, len(r.pools))
	for _, p := range r.pools {
		for _, s := range services(p.vs) {
			keys[s.Key] = true
		}
	}
	return keys
}
