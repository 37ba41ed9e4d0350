// SPDX-License-Identifier: Apache-2.0

package checker

import "vipward/conf"

// Change is what became of a quorum.
type Change uint8

// The changes.
const (
	Kept Change = iota
	Gained
	Lost
)

// Quorum is whether enough of a virtual server is alive. It starts without.
type Quorum struct {
	Up bool
}

// Update compares the weight that is alive with what virtual server vs needs:
// quorum + hysteresis to gain it, less than quorum - hysteresis to lose it.
// Nothing alive is never enough.
func (q *Quorum) Update(vs *conf.VirtualServer, live int64) Change {
	need, band := int64(vs.Quorum), int64(vs.Hysteresis)
	switch {
	case q.Up && (live == 0 || live < need-band):
		q.Up = false
		return Lost
	case !q.Up && live > 0 && live >= need+band:
		q.Up = true
		return Gained
	default:
		return Kept
	}
}
