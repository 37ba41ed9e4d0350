// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"fmt"
	"strings"
	"time"
)

// dump gives the child's state as text, in keepalived's sections and words
// where it has them, and the table as it should be in the kernel.
func (c *child) dump(now time.Time) string {
	var b strings.Builder
	b.WriteString("------< LVS Topology >------\n")
	for _, p := range c.roster.pools {
		dumpPool(&b, p)
	}
	b.WriteString("------< Health checkers >------\n")
	for _, p := range c.roster.pools {
		for _, s := range p.servers {
			for _, ch := range s.checks {
				dumpCheck(&b, ch, now)
			}
		}
	}
	c.dumpTable(&b)
	return b.String()
}

// field writes one line; bit writes a condition as 1 or 0, as keepalived does.
func field(b *strings.Builder, format string, args ...any) {
	fmt.Fprintf(b, format+"\n", args...)
}

func bit(v bool) int {
	if v {
		return 1
	}
	return 0
}

func word(v bool) string {
	if v {
		return "yes"
	}
	return "no"
}

func dumpPool(b *strings.Builder, p *pool) {
	vs := p.vs
	field(b, " ------< Virtual server >------")
	switch {
	case vs.Group != nil:
		field(b, " VS GROUP = %s", vs.Group.Name)
	case vs.FWMark != 0:
		field(b, " VS FWMARK = %d", vs.FWMark)
	default:
		field(b, " VS VIP = %s, VPORT = %d", vs.Addr, vs.Port)
	}
	field(b, "   lvs_sched = %s", vs.Scheduler)
	field(b, "   persistence timeout = %d", int(vs.Persistence.Seconds()))
	field(b, "   protocol = %s", strings.ToUpper(protocols[uint8(vs.Protocol)]))
	field(b, "   quorum = %d, hysteresis = %d", vs.Quorum, vs.Hysteresis)
	field(b, "   default forwarding method = %s", vs.Method)
	if vs.Sorry != nil {
		field(b, "   sorry server = %s", sorryName(vs))
		field(b, "     forwarding method = %s", vs.Sorry.Method)
		field(b, "     set = %d", bit(p.sorry()))
	}
	field(b, "   alive weight = %d", p.live)
	field(b, "   quorum_state_up = %d", bit(p.quorum.Up))
	for _, s := range p.servers {
		dumpServer(b, s)
	}
}

func dumpServer(b *strings.Builder, s *server) {
	field(b, "   ------< Real server >------")
	field(b, "   RIP = %s, RPORT = %d, WEIGHT = %d", s.rs.Addr, s.rs.Port, s.rs.Weight)
	field(b, "   forwarding method = %s", s.rs.Method)
	field(b, "   alive = %d", bit(s.alive()))
	field(b, "   num failed checkers = %d", s.failed)
	field(b, "   RS set = %d", bit(s.inTable()))
}

func dumpCheck(b *strings.Builder, c *check, now time.Time) {
	s := c.server
	field(b, " %s -> %s", vsName(s.pool.vs), rsName(s.pool.vs, s.rs))
	field(b, "   Up = %s", word(c.track.Up))
	field(b, "   Has run = %s", word(c.track.Ran))
	field(b, "   Delay loop = %d us", c.conf.DelayLoop.Microseconds())
	field(b, "   Warmup = %d us", c.conf.Warmup.Microseconds())
	field(b, "   Retries = %d", c.conf.Retry)
	field(b, "   Delay before retry = %d us", c.conf.RetryDelay.Microseconds())
	field(b, "   Retries iterations = %d", c.track.Failures)
	switch {
	case c.follows() != "":
		field(b, "   Follows = %s", c.follows())
		field(b, "   Keepalive method = %s", c.conf.Kind)
		return
	case c.place < 0:
		field(b, "   Next run = now")
	default:
		field(b, "   Next run = in %d us", c.next.Sub(now).Microseconds())
	}
	field(b, "   Connection")
	field(b, "     Dest = [%s]:%d", c.conf.ConnectIP, c.conf.ConnectPort)
	if c.conf.BindIP.IsValid() {
		field(b, "     Bind to = %s", c.conf.BindIP)
	}
	field(b, "     Timeout = %f", c.conf.ConnectTimeout.Seconds())
	field(b, "   Keepalive method = %s", c.conf.Kind)
}

func (c *child) dumpTable(b *strings.Builder) {
	field(b, "------< IPVS table >------")
	field(b, " Operations = %d", c.table.total)
	if trouble := c.table.trouble; trouble != "" {
		field(b, " Trouble = %s", trouble)
	}
	for line := range strings.Lines(c.roster.table().String()) {
		b.WriteString(" " + line)
	}
}
