// SPDX-License-Identifier: Apache-2.0

package checker

import "vipward/conf"

// checkRoom is how many checks are made in one piece: they live long, and would leave holes
// in memory.
const checkRoom = 32

// check gives a check that has not run.
func (m *moved) check(cc *conf.Checker) *check {
	if len(m.room) == 0 {
		m.room = make([]check, checkRoom)
	}
	c := &m.room[0]
	m.room = m.room[1:]
	c.track, c.place = NewTrack(cc), -1
	m.fresh = append(m.fresh, c)
	return c
}
