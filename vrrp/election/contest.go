// SPDX-License-Identifier: Apache-2.0

package election

import (
	"net/netip"
	"time"
)

// contest notices take-overs that end at once. Two groups can keep each other from being
// master for ever: when each is the better one on one link, and both take over at the same
// moment, both give way to the other, wait for the same time, and try again together. So each
// time a host hesitates for a while or does not, as the next bit of its address says: those of
// two hosts on a link differ in one.
type contest struct {
	since time.Time // the last take-over
	short int       // take-overs in a row that did not last
	until time.Time // the next one waits until then; zero: it has not been near
}

// won notes a take-over.
func (c *contest) won(now time.Time) { c.since, c.until = now, time.Time{} }

// lost notes that another router is master, and whether that ended a mastership.
func (c *contest) lost(now time.Time, wasMaster bool, interval time.Duration) {
	c.until = time.Time{}
	switch {
	case !wasMaster:
	case now.Sub(c.since) < interval:
		c.short++
	default:
		c.short = 0
	}
}

// hesitate gives the time before which a group that could be master should not be. The
// member is one that the other hosts' groups have as well.
func (c *contest) hesitate(now time.Time, m *Machine) time.Time {
	if recent := now.Sub(c.since) < 3*m.masterDown(); c.short > 0 && recent && c.until.IsZero() {
		c.until = now
		if bit(m.facts.Source, c.short-1) {
			c.until = now.Add(m.skewOf(0))
		}
	}
	return c.until
}

// bit says whether bit n of an address is set, counted from the lowest and around.
func bit(a netip.Addr, n int) bool {
	b := a.AsSlice()
	if len(b) == 0 {
		return false
	}
	n %= 8 * len(b)
	return b[len(b)-1-n/8]>>(n%8)&1 == 1
}
