// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"time"

	"vipward/checker/probe"
)

// shareKey is what checks have in common that are probed together (shared_probes): the
// target and how it is asked, and how often.
type shareKey struct {
	what              probe.Identity
	loop, delay, warm time.Duration
	retry             int
}

func shareKeyOf(c *check) shareKey {
	return shareKey{probe.ID(c.conf), c.conf.DelayLoop, c.conf.RetryDelay, c.conf.Warmup, c.conf.Retry}
}

// share lets the first of equal checks run for all of them. What was shared and is not any
// more runs by itself again, when it would have run.
func (c *child) share() {
	on := c.Config.Global.Checker.SharedProbes
	if !on && c.twins == nil {
		return
	}
	c.twins = nil
	if on {
		c.twins = map[*check][]*check{}
	}
	first := map[shareKey]*check{}
	for _, ch := range c.roster.clocked() {
		was := ch.lead
		ch.lead = nil
		switch {
		case ch.rest != awake:
		case on && first[shareKeyOf(ch)] != nil:
			ch.lead = first[shareKeyOf(ch)]
			c.twins[ch.lead] = append(c.twins[ch.lead], ch)
			c.queue.drop(ch)
		default:
			if first[shareKeyOf(ch)] = ch; was != nil {
				c.plan(ch, ch.next)
			}
		}
	}
}

// clocked lists the checks that run by the clock, as in the configuration.
func (r *roster) clocked() []*check {
	var out []*check
	for _, p := range r.pools {
		for _, s := range p.servers {
			for _, ch := range s.checks {
				if ch.follows() == "" {
					out = append(out, ch)
				}
			}
		}
	}
	return out
}

// spread gives a result to the checks that it counts for as well, and plans the next run for
// the earliest of them. They have seen the pages that were seen before it.
func (c *child) spread(lead *check, pages Pages, r result, b *batch) {
	for _, twin := range c.twins[lead] {
		twin.began, twin.history.late, twin.track.Pages = lead.began, lead.history.late, pages
		c.settle(twin, r.found, r.end, b)
		if twin.next.Before(lead.next) {
			lead.next = twin.next
		}
	}
}

// settle takes what a run found for one check.
func (c *child) settle(ch *check, found probe.Result, end time.Time, b *batch) {
	n, changed := ch.record(found, end)
	c.logRun(end, ch.server.pool, n.lines)
	b.add(n, ch, changed)
}
