// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"slices"
	"time"
)

// pacing is when the child looks at weights that change with time.
type pacing struct {
	pools   []*pool // whose do
	next    time.Time
	drainAt time.Time
}

// repace finds the pools whose weights change with time.
func (c *child) repace(now time.Time) {
	c.pacing.pools = slices.DeleteFunc(slices.Clone(c.roster.pools), func(p *pool) bool { return !p.paced() })
	if c.pacing.next = (time.Time{}); len(c.pacing.pools) > 0 {
		c.pacing.next = now.Add(paceEvery)
	}
}

// pace brings weights up to date and takes out who has drained, when it is time.
func (c *child) pace(now time.Time) {
	if c.pacing.next.IsZero() || now.Before(c.pacing.next) {
		return
	}
	var changed []*pool
	for _, p := range c.pacing.pools {
		if p.adjust(now) {
			changed = append(changed, p)
		}
	}
	changed = append(changed, c.drain(now)...)
	if len(changed) > 0 {
		c.unsaved = true
		c.table.update(now, c.roster.parts(changed))
	}
	c.repace(now)
}

// drain counts connections where servers wait for their end, and gives the pools that
// change by that.
func (c *child) drain(now time.Time) []*pool {
	waiting := slices.ContainsFunc(c.pacing.pools, (*pool).draining)
	if !waiting || now.Before(c.pacing.drainAt) {
		return nil
	}
	c.pacing.drainAt = now.Add(drainEvery)
	stats, err := c.table.stats()
	if err != nil {
		c.Log.Error("drain: " + err.Error())
	}
	of := countersOf(stats)
	var changed []*pool
	for _, p := range c.pacing.pools {
		if !p.draining() {
			continue
		}
		lines, more := p.drain(now, p.opens(of))
		c.log(lines)
		if more {
			changed = append(changed, p)
		}
	}
	return changed
}
