// SPDX-License-Identifier: Apache-2.0

package checker

import "vipward/conf"

// pieceSize is how many servers, or checks, are made in one piece: they live long, and would
// leave holes in memory.
const pieceSize = 32

// room is what is left of a piece.
type room[T any] []T

// take gives a place that nobody has had.
func (r *room[T]) take() *T {
	if len(*r) == 0 {
		*r = make([]T, pieceSize)
	}
	x := &(*r)[0]
	*r = (*r)[1:]
	return x
}

// check gives a check that has not run.
func (m *moved) check(cc *conf.Checker) *check {
	c := m.checkRoom.take()
	c.track, c.place = NewTrack(cc), -1
	m.fresh = append(m.fresh, c)
	return c
}
