// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"math"
	"net/netip"
	"slices"
	"time"
)

// schedulers are the names that the kernel's IPVS may know.
var schedulers = []string{"rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "mh", "sed", "nq", "fo", "ovf", "twos"}

// serverBlock is virtual_server.
var serverBlock = &block{
	name:  "virtual_server",
	enter: enterServer,
	rows: slices.Concat([]keyword{
		{
			name: "lvs_sched", aliases: []string{"lb_algo"}, value: oneOf(schedulers...), instead: "wlc", def: "wlc", since: "1.1.5", doc: "scheduler of IPVS",
			set: to(func(s *serverDraft, name string) { s.scheduler = some(name) }),
		},
		{
			name: "lvs_method", aliases: []string{"lb_kind"}, value: method, instead: NAT, def: "NAT", since: "1.1.5", doc: "forwarding method: NAT, DR or TUN",
			set: to(func(s *serverDraft, m Method) { s.method = some(m) }),
		},
		{
			name: "protocol", value: protocol, def: "UDP", since: "0.5.3", doc: "TCP, UDP or SCTP",
			set: to(func(s *serverDraft, p Protocol) { s.protocol = some(p) }),
		},
		{
			name: "persistence_timeout", value: persistence, def: "0; 360 without argument", since: "0.5.3", doc: "how long a client stays on its server",
			set: to(func(s *serverDraft, t time.Duration) { s.persistence = some(t) }),
		},
		{
			name: "quorum", value: number(1, math.MaxUint32), def: "1", since: "1.1.16", doc: "weight of live servers that is needed",
			set: with(func(_ *decoder, s *serverDraft, n int, at *Node) { s.quorum, s.quorumPos = some(n), at.Pos }),
		},
		{
			name: "hysteresis", value: number(0, math.MaxUint32), def: "0", since: "1.1.16", doc: "distance between gaining and losing the quorum",
			set: with(func(_ *decoder, s *serverDraft, n int, at *Node) { s.hysteresis, s.hystPos = some(n), at.Pos }),
		},
		{
			name: "weight", value: number(1, math.MaxInt32), def: "1", since: "0.5.3", doc: "default weight of real servers",
			set: to(func(s *serverDraft, n int) { s.weight = some(n) }),
		},
		{
			name: "sorry_server", value: service, since: "0.5.3", doc: "server that is used without a quorum",
			set: with(func(d *decoder, s *serverDraft, e endpoint, n *Node) {
				if d.sameServerFamily(s, e, n) {
					s.sorry = &SorryServer{Pos: n.Pos, Addr: e.addr, Port: e.port, Method: s.method.or("")}
				}
			}),
		},
		{
			name: "sorry_server_lvs_method", value: method, def: "lvs_method", since: "1.3.6", doc: "forwarding method of the sorry server",
			set: to(func(s *serverDraft, m Method) { s.sorryMethod = some(m) }),
		},
		{name: "hashed", value: noValue, status: ignored, since: "1.3.0", doc: "old scheduler flag", note: "keepalived ignores it as well"},
		{
			name: "smtp_alert", value: boolean, def: "off", since: "0.5.7", doc: "mail on a change of the quorum",
			set: with(func(d *decoder, _ *serverDraft, _ bool, n *Node) { d.wantsMail(n) }),
		},
		{name: "real_server", sub: realBlock, since: "0.5.3", doc: "one server behind the service"},
	}, timingRows(1, func(s *serverDraft) *timing { return &s.timing }), notYet(`
		ip_family inhibit_on_failure ops flag-1 flag-2 flag-3 sh-port sh-fallback mh-port mh-fallback
		persistence_engine persistence_granularity ha_suspend virtualhost snmp_name alpha omega quorum_up
		quorum_down sorry_server_inhibit`)),
}

// realBlock is real_server.
var realBlock = &block{
	name:  "virtual_server.real_server",
	enter: enterReal,
	rows: slices.Concat([]keyword{
		{
			name: "weight", value: number(0, math.MaxInt32), def: "1", since: "0.5.3", doc: "weight in IPVS",
			set: to(func(r *realDraft, n int) { r.weight = some(n) }),
		},
		{
			name: "lvs_method", value: method, def: "that of the virtual server", since: "1.1.5", doc: "forwarding method",
			set: to(func(r *realDraft, m Method) { r.method = some(m) }),
		},
		{
			name: "smtp_alert", value: boolean, def: "on", since: "0.5.7", doc: "mail on a change of a check",
			set: with(func(d *decoder, _ *realDraft, _ bool, n *Node) { d.wantsMail(n) }),
		},
		{name: "TCP_CHECK", sub: tcpBlock, since: "0.5.3", doc: "connects by TCP"},
	}, timingRows(1, func(r *realDraft) *timing { return &r.timing }), notYet(`
		uthreshold lthreshold inhibit_on_failure notify_up notify_down alpha virtualhost snmp_name
		MISC_CHECK SMTP_CHECK PING_CHECK UDP_CHECK HTTP_GET SSL_GET DNS_CHECK FILE_CHECK BFD_CHECK`)),
}

// tcpBlock is TCP_CHECK.
var tcpBlock = &block{
	name:  "virtual_server.real_server.TCP_CHECK",
	enter: enterChecker,
	rows: slices.Concat([]keyword{
		{
			name: "connect_ip", value: address, def: "that of the real server", since: "1.1.8", doc: "address to connect to",
			set: to(func(c *checkerDraft, a netip.Addr) { c.ip = a }),
		},
		{
			name: "connect_port", value: number(1, math.MaxUint16), def: "that of the real server", since: "0.5.8", doc: "port to connect to",
			set: to(func(c *checkerDraft, n int) { c.port = some(n) }),
		},
		{
			name: "bindto", value: address, def: "any", since: "1.1.2", doc: "source address",
			set: to(func(c *checkerDraft, a netip.Addr) { c.bind = a }),
		},
	}, timingRows(0, func(c *checkerDraft) *timing { return &c.timing }), notYet(`
		bind_port bind_if fwmark alpha log_all_failures`)),
}

// timingRows are the keywords that checkers inherit. A checker may have no
// retries at all.
func timingRows[T any](minRetry int, of func(*T) *timing) []keyword {
	const day = 86400
	return []keyword{
		{
			name: "delay_loop", value: timer(0.000001, 365*day, 6), def: "60", since: "0.5.3", doc: "time between checks",
			set: to(func(t *T, v time.Duration) { of(t).delayLoop = some(v) }),
		},
		{
			name: "connect_timeout", value: timer(0.000001, 4294.967295, 6), def: "5", since: "0.5.3", doc: "limit of one attempt",
			set: to(func(t *T, v time.Duration) { of(t).connectTimeout = some(v) }),
		},
		{
			name: "retry", value: number(minRetry, math.MaxUint32), def: "1", since: "1.1.8", doc: "more attempts before it counts as down",
			set: to(func(t *T, n int) { of(t).retry = some(n) }),
		},
		{
			name: "delay_before_retry", value: timer(0, 365*day, 6), def: "1", since: "0.5.3", doc: "time between attempts",
			set: to(func(t *T, v time.Duration) { of(t).retryDelay = some(v) }),
		},
		{
			name: "warmup", value: timer(0, 365*day, 6), def: "delay_loop", since: "1.2.13", doc: "longest random delay of the first check",
			set: to(func(t *T, v time.Duration) { of(t).warmup = some(v) }),
		},
	}
}

// topServer are the blocks of the checkers.
var topServer = slices.Concat([]keyword{
	{name: "virtual_server", sub: serverBlock, since: "0.5.3", doc: "one balanced service"},
}, notYet(`SSL virtual_server_group`))
