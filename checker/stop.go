// SPDX-License-Identifier: Apache-2.0

package checker

import "time"

// progress says that the stop goes on.
func (c *child) progress() {
	if c.Progress != nil {
		c.Progress()
	}
}

// stop takes our virtual servers, and only ours, out of the table; with Keep
// none. The settings are put back either way, as keepalived does.
func (c *child) stop() error {
	defer c.herald.drain()
	c.log(c.brake.summary(time.Now()))
	if c.Keep {
		c.table.putBack()
		return c.table.close()
	}
	var n news
	how := c.Config.Global.Checker.FlushOnStop
	for _, p := range c.roster.pools {
		for _, s := range p.servers {
			if how == clearOurs {
				n.say(lineShutdown(p.vs, s.rs, s.rs.Inhibit && !s.alive()))
			}
			n.tell(s.last()...)
		}
		n.tell(p.last()...)
	}
	c.log(n.lines)
	c.progress()
	c.table.end(time.Now(), how)
	c.progress()
	c.marker.stop()
	c.tell(n)
	c.roster = &roster{}
	c.unsaved, c.lastSaved = true, time.Time{}
	c.save(time.Now())
	return c.table.close()
}
