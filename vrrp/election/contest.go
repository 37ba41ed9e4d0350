// SPDX-License-Identifier: Apache-2.0

package election

import "time"

// contest notices take-overs that end at once. Two groups can keep each other from being
// master for ever: when each is the better one on one link, and both take over at the same
// moment, both give way to the other, wait for the same time, and try again together.
// Hesitating by a number that differs between hosts, longer each time, ends that.
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

// hesitate gives the time before which a group that could be master should not be.
func (c *contest) hesitate(now time.Time, m *Machine) time.Time {
	if recent := now.Sub(c.since) < 3*m.masterDown(); c.short > 0 && recent && c.until.IsZero() {
		c.until = now.Add(time.Duration(c.short) * ownShare(m))
	}
	return c.until
}

// ownShare is a part of the longest skew that is this host's own: neighbours on a link
// differ in the last byte of their address.
func ownShare(m *Machine) time.Duration {
	b := m.facts.Source.AsSlice()
	if len(b) == 0 {
		return 0
	}
	return time.Duration(b[len(b)-1]) * (m.skewOf(0) / 256)
}
