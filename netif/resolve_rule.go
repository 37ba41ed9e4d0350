// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"golang.org/x/sys/unix"

	"vipward/conf"
)

// Rule is the rule of a configuration.
func (r Resolver) Rule(c conf.Rule) (Rule, error) {
	l := lookup{Resolver: r}
	out := Rule{
		Family: int(c.Family), Priority: c.Preference, Protocol: uint8(l.number("protocol", c.Protocol)),
		Not: c.Not, From: c.From.Masked(), To: c.To.Masked(), IIF: c.IIF, OIF: c.OIF, TOS: uint8(l.number("dsfield", c.TOS)),
		Mark: c.FWMark, Mask: c.FWMask, TunnelID: c.TunnelID, IPProto: c.IPProto, Realms: l.realms(c.Realms),
		UIDs: newRange(c.UIDs), SPorts: newRange(c.SPorts), DPorts: newRange(c.DPorts), NoTrack: c.NoTrack,
	}
	if c.SuppressLen != nil {
		n := uint32(*c.SuppressLen)
		out.SuppressLen = &n
	}
	if c.SuppressIf != nil {
		n := l.number("group", *c.SuppressIf)
		out.SuppressGroup = &n
	}
	l.action(c, &out)
	return out, l.err
}

var actions = map[string]uint8{
	"table": unix.FR_ACT_TO_TBL, "l3mdev": unix.FR_ACT_TO_TBL, "goto": unix.FR_ACT_GOTO, "nop": unix.FR_ACT_NOP,
	"blackhole": unix.FR_ACT_BLACKHOLE, "unreachable": unix.FR_ACT_UNREACHABLE, "prohibit": unix.FR_ACT_PROHIBIT,
}

func (l *lookup) action(c conf.Rule, out *Rule) {
	out.Action = actions[c.Action]
	switch c.Action {
	case "table":
		out.Table = l.number("table", c.Table)
	case "goto":
		out.Goto = c.Goto
	case "l3mdev":
		out.L3MDev = true
	}
}

func newRange(r *conf.Range) *Range {
	if r == nil {
		return nil
	}
	return &Range{From: r.From, To: r.To}
}
