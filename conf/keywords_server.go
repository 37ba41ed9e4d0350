// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"math"
	"slices"
	"time"
)

// topServer are the blocks of the checkers.
var topServer = []keyword{
	{name: "virtual_server", sub: serverBlock, since: "0.5.3", doc: "one balanced service"},
	{name: "virtual_server_group", sub: groupBlock, since: "0.6.6", doc: "addresses and marks of one service"},
	{name: "SSL", sub: sslBlock, since: "0.5.3", doc: "what SSL_GET shows of itself to a server"},
}

// schedulers are the names that the kernel's IPVS may know.
var schedulers = []string{"rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "mh", "sed", "nq", "fo", "ovf", "twos"}

// serverBlock is virtual_server.
var serverBlock = &block{
	name:  "virtual_server",
	named: true,
	enter: enterServer,
	leave: leaveServer,
	rows: slices.Concat(serverService, serverFlags, serverState, serverSorry, paceRows(func(s *serverDraft) *pace { return &s.pace }), []keyword{
		{
			name: "weight_by", value: oneOf(string(ByResponseTime)), def: "nothing", since: beyond,
			doc: "weights follow how fast the servers answer their checks: the fastest has its own, others down to a tenth of it",
			set: to(func(s *serverDraft, by string) { s.weightBy = WeightBy(by) }),
		},
		{name: "real_server", sub: realBlock, since: "0.5.3", doc: "one server behind the service"},
	}, timingRows(1, noValue, func(s *serverDraft) *timing { return &s.timing })),
}

// serverService are the keywords of what IPVS is told.
var serverService = []keyword{
	{
		name: "ip_family", value: oneOf("inet", "inet6"), def: "that of the addresses", since: "1.2.20", doc: "address family of a service by mark",
		set: with(serverFamily),
	},
	{
		name: "lvs_sched", aliases: []string{"lb_algo"}, value: oneOf(schedulers...), instead: "wlc", def: "wlc", since: "1.1.5", doc: "scheduler of IPVS",
		set: to(func(s *serverDraft, name string) { s.scheduler = some(name) }),
	},
	{
		name: "lvs_method", aliases: []string{"lb_kind"}, value: forwarding, instead: forward{Method: NAT}, def: "NAT", since: "1.1.5", doc: "forwarding method",
		set: to(func(s *serverDraft, f forward) { s.forward = some(f) }),
	},
	{
		name: "protocol", value: protocol, def: "UDP", since: "0.5.3", doc: "TCP, UDP or SCTP",
		set: with(func(_ *decoder, s *serverDraft, p Protocol, n *Node) { s.protocol, s.protocolPos = some(p), n.Pos }),
	},
	{
		name: "persistence_timeout", value: persistence, def: "0; 360 without argument", since: "0.5.3", doc: "how long a client stays on its server",
		set: to(func(s *serverDraft, t time.Duration) { s.persistence = some(t) }),
	},
	{
		name: "persistence_granularity", value: text, def: "single clients", since: "0.5.7",
		doc: "netmask, or prefix length of IPv6, of the clients that count as one", set: with(serverGranularity),
	},
	{
		name: "persistence_engine", value: engine, def: "none", since: "1.2.20", doc: "module of the kernel that tells clients apart, such as sip",
		set: to(func(s *serverDraft, name string) { s.engine = name }),
	},
	{
		name: "ops", value: noValue, def: "off", since: "1.2.8", doc: "schedule each packet of UDP by itself",
		set: with(func(_ *decoder, s *serverDraft, _ bool, n *Node) { s.ops = some(n.Pos) }),
	},
}

// serverFlags are the flags of schedulers.
var serverFlags = []keyword{
	flagRow("flag-1", "", SchedFlag1, "1.3.0", "first flag of the scheduler"),
	flagRow("flag-2", "", SchedFlag2, "1.3.0", "second flag of the scheduler"),
	flagRow("flag-3", "", SchedFlag3, "1.3.0", "third flag of the scheduler"),
	flagRow("sh-port", "sh", SchedFlag2, "1.3.0", "the hash includes the port; stands behind lvs_sched sh"),
	flagRow("sh-fallback", "sh", SchedFlag1, "1.3.0", "another server when the one of the hash is down; stands behind lvs_sched sh"),
	flagRow("mh-port", "mh", SchedFlag2, "2.0.20", "the hash includes the port; stands behind lvs_sched mh"),
	flagRow("mh-fallback", "mh", SchedFlag1, "2.0.20", "another server when the one of the hash is down; stands behind lvs_sched mh"),
	{
		name: "hashed", value: noValue, def: "off", since: "1.3.0", doc: "old flag of the scheduler sh, without effect",
		set: with(serverHashed),
	},
}

// flagRow is a flag that belongs to a scheduler, or to any if it names none.
func flagRow(name, scheduler string, flag SchedFlags, since, doc string) keyword {
	return keyword{
		name: name, value: noValue, def: "off", since: since, doc: doc,
		set: with(func(d *decoder, s *serverDraft, _ bool, n *Node) {
			if d.flagFits(s, scheduler, n) {
				s.flags |= flag
			}
		}),
	}
}

// serverState are the keywords of quorum, hooks and names.
var serverState = []keyword{
	{
		name: "quorum", value: number(1, math.MaxUint32), instead: 1, def: "1", since: "1.1.16", doc: "weight of live servers that is needed",
		set: with(func(_ *decoder, s *serverDraft, n int, at *Node) { s.quorum, s.quorumPos = some(n), at.Pos }),
	},
	{
		name: "hysteresis", value: number(0, math.MaxUint32), def: "0", since: "1.1.16", doc: "distance between gaining and losing the quorum",
		set: with(func(_ *decoder, s *serverDraft, n int, at *Node) { s.hysteresis, s.hystPos = some(n), at.Pos }),
	},
	{
		name: "quorum_up", value: command, since: "1.1.16", doc: "script to run when the quorum is gained",
		set: with(func(d *decoder, s *serverDraft, c Command, n *Node) { d.hook(&s.hooks.up, c, n) }),
	},
	{
		name: "quorum_down", value: command, since: "1.1.16", doc: "script to run when the quorum is lost",
		set: with(func(d *decoder, s *serverDraft, c Command, n *Node) { d.hook(&s.hooks.down, c, n) }),
	},
	{
		name: "weight", value: number(1, math.MaxInt32), def: "1", since: "0.5.3", doc: "default weight of real servers",
		set: to(func(s *serverDraft, n int) { s.weight = some(n) }),
	},
	{
		name: "inhibit_on_failure", value: noValue, def: "off", since: "0.6.8", doc: "a failed server stays, with weight 0; default of real servers",
		set: to(func(s *serverDraft, _ bool) { s.inhibit = some(true) }),
	},
	{
		name: "ha_suspend", value: noValue, def: "off", since: "1.0.0", doc: "checks rest while the address is not on this machine",
		set: with(func(_ *decoder, s *serverDraft, _ bool, n *Node) { s.haPos = some(n.Pos) }),
	},
	{
		name: "omega", value: noValue, def: "off", since: "1.1.16", doc: "the scripts for down run at the stop as well",
		set: to(func(s *serverDraft, _ bool) { s.omega = true }),
	},
	{
		name: "smtp_alert", value: boolean, def: "smtp_alert_checker, else smtp_alert, else off", since: "0.5.7", doc: "mail on a change of the quorum",
		set: with(func(d *decoder, s *serverDraft, on bool, n *Node) {
			s.smtp = some(on)
			d.alerts(on, n)
		}),
	},
	{
		name: "virtualhost", value: soft(text), since: "0.5.8", doc: "default of the Host header of checks",
		set: to(func(s *serverDraft, name string) { s.vhost = name }),
	},
	{
		name: "snmp_name", value: oneWord, status: planned, since: "2.2.3", doc: "name in SNMP",
		set: to(func(s *serverDraft, name string) { s.snmp = name }),
	},
}

// serverSorry are the keywords of the server of last resort.
var serverSorry = []keyword{
	{
		name: "sorry_server", value: service, since: "0.5.3", doc: "server that is used without a quorum",
		set: with(func(_ *decoder, s *serverDraft, e endpoint, n *Node) {
			s.sorry = &sorryDraft{pos: n.Pos, addrPos: n.Args[0].Pos, endpoint: e, forward: s.forward}
		}),
	},
	{
		name: "sorry_server_inhibit", value: noValue, def: "off", since: "1.2.13",
		doc: "the sorry server is always there, with weight 0; stands behind sorry_server",
		set: with(func(d *decoder, s *serverDraft, _ bool, n *Node) {
			if d.behindSorry(s, n) {
				s.sorry.inhibit = true
			}
		}),
	},
	{
		name: "sorry_server_lvs_method", value: forwarding, def: "lvs_method", since: "1.3.6", doc: "forwarding method of the sorry server; stands behind it",
		set: with(func(d *decoder, s *serverDraft, f forward, n *Node) {
			if d.behindSorry(s, n) {
				s.sorry.forward = some(f)
			}
		}),
	},
}
