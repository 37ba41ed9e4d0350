// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"slices"

	"vipward/ipvs"
)

// merger makes a table of the entries of several virtual servers. A service
// that more than one of them has is as the first one wants it, with the
// destinations of all.
type merger struct {
	table ipvs.Table
	at    map[ipvs.Key]int
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

// entries are all table entries that the pool wants.
func (p *pool) entries() ipvs.Table { return expand(p.vs, p.entry()) }

// share finds the services that more than one pool wants.
func (r *roster) share() {
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
func (r *roster) table() ipvs.Table {
	var m merger
	for _, p := range r.pools {
		for _, e := range p.entries() {
			m.add(e)
		}
	}
	return m.table
}

// tableOf is the part of the wanted table that some pools have a share in.
func (r *roster) tableOf(pools []*pool) ipvs.Table {
	var m merger
	for _, p := range pools {
		for _, e := range p.entries() {
			sharers := r.shared[e.Service.Key]
			if sharers == nil {
				m.add(e)
			}
			for _, s := range sharers {
				m.addOf(s, e.Service.Key)
			}
		}
	}
	return m.table
}

// addOf adds what a pool wants of one service.
func (m *merger) addOf(p *pool, k ipvs.Key) {
	for _, e := range p.entries() {
		if e.Service.Key == k {
			m.add(e)
		}
	}
}
