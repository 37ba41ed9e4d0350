// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"slices"
	"time"
)

// staticRows are the lists at the top.
var staticRows = []keyword{
	{
		name: "static_ipaddress", value: entries, since: "1.1.0", doc: "addresses that are always there",
		set: with(func(d *decoder, all *draft, list []*Node, _ *Node) {
			for _, l := range list {
				if a, ok := d.vip(l, staticAddress); ok {
					all.staticAddrs = append(all.staticAddrs, a)
				}
			}
		}),
	},
	{
		name: "static_routes", value: entries, since: "1.0.1", doc: "routes that are always there",
		set: with(func(d *decoder, all *draft, list []*Node, _ *Node) {
			all.staticRoutes = append(all.staticRoutes, d.routes(list, true)...)
		}),
	},
	{
		name: "static_rules", value: entries, since: "1.2.20", doc: "routing rules that are always there",
		set: with(func(d *decoder, all *draft, list []*Node, _ *Node) {
			all.staticRules = append(all.staticRules, d.rules(list, true)...)
		}),
	},
	{
		name: "linkbeat_interfaces", value: entries, since: "2.0.13", doc: "interfaces whose link state is polled: IF [MII, ETHTOOL or IOCTL]",
		set: with(func(d *decoder, all *draft, list []*Node, _ *Node) {
			all.linkbeats = append(all.linkbeats, d.linkbeats(list)...)
		}),
	},
	{
		name: "interface_up_down_delays", value: entries, since: "2.2.3", doc: "how long a change of a link must last: IF DOWN [UP]",
		set: with(func(d *decoder, all *draft, list []*Node, _ *Node) {
			all.delays = append(all.delays, d.linkDelays(list)...)
		}),
	},
}

// garpGroupBlock is garp_group.
var garpGroupBlock = &block{
	name: "garp_group",
	enter: func(d *decoder, _ any, n *Node) any {
		g := &garpGroupDraft{out: GARPGroup{Pos: n.Pos}}
		d.draft.garpGroups = append(d.draft.garpGroups, g)
		return g
	},
	rows: slices.Concat(
		[]keyword{
			{
				name: "garp_interval", value: timer(0, 2147.483647, 6), def: "none", since: "1.2.21", doc: "least time between gratuitous ARPs of the group",
				set: to(func(g *garpGroupDraft, t time.Duration) { g.out.GARPSpacing, g.spaced = t, true }),
			},
			{
				name: "gna_interval", value: timer(0, 2147.483647, 6), def: "none", since: "1.2.21", doc: "the same of neighbour advertisements",
				set: to(func(g *garpGroupDraft, t time.Duration) { g.out.NASpacing, g.spaced = t, true }),
			},
			{
				name: "interface", value: text, since: "1.0.3", doc: "an interface of the group",
				set: with(func(d *decoder, g *garpGroupDraft, s string, n *Node) { d.garpInterface(g, n.Args[0]) }),
			},
			{
				name: "interfaces", value: entries, since: "1.2.21", doc: "interfaces of the group",
				set: with(func(d *decoder, g *garpGroupDraft, list []*Node, n *Node) {
					if len(list) == 0 {
						d.c.add(codeConflict, n.Pos, "garp_group: interfaces is empty")
					}
					for _, l := range list {
						for _, w := range l.words() {
							d.garpInterface(g, w)
						}
					}
				}),
			},
		}),
}
