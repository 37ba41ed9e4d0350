// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"math"
	"slices"
	"time"
)

// realBlock is real_server.
var realBlock = &block{
	name:  "virtual_server.real_server",
	named: true,
	enter: enterReal,
	leave: leaveReal,
	rows:  slices.Concat(realRows, paceRows(func(r *realDraft) *pace { return &r.pace }), realHooks, checkerBlocks, timingRows(1, boolean, func(r *realDraft) *timing { return &r.timing })),
}

var realRows = []keyword{
	{
		name: "weight", value: number(0, math.MaxInt32), def: "weight of the virtual server", since: "0.5.3", doc: "weight in IPVS",
		set: to(func(r *realDraft, n int) { r.weight = some(n) }),
	},
	{
		name: "lvs_method", value: forwarding, def: "lvs_method of the virtual server", since: "1.1.5", doc: "forwarding method",
		set: to(func(r *realDraft, f forward) { r.forward = some(f) }),
	},
	{
		name: "uthreshold", value: unsigned, def: "0: no limit", since: "1.1.13", doc: "connections at which the server gets no more",
		set: to(func(r *realDraft, n int) { r.upper = uint32(n) }),
	},
	{
		name: "lthreshold", value: unsigned, def: "0", since: "1.1.13", doc: "connections below which it gets some again",
		set: to(func(r *realDraft, n int) { r.lower = uint32(n) }),
	},
	{
		name: "inhibit_on_failure", value: boolean, def: "that of the virtual server", since: "0.6.8", doc: "a failed server stays, with weight 0",
		set: to(func(r *realDraft, on bool) { r.inhibit = some(on) }),
	},
	{
		name: "virtualhost", value: soft(text), def: "virtualhost of the virtual server", since: "0.5.8", doc: "default of the Host header of checks",
		set: to(func(r *realDraft, name string) { r.vhost = name }),
	},
	{
		name: "snmp_name", value: oneWord, status: planned, since: "2.2.3", doc: "name in SNMP",
		set: to(func(r *realDraft, name string) { r.snmp = name }),
	},
}

var realHooks = []keyword{
	{
		name: "notify_up", value: command, since: "1.0.0", doc: "script to run when the server comes up",
		set: with(func(d *decoder, r *realDraft, c Command, n *Node) { d.hook(&r.hooks.up, c, n) }),
	},
	{
		name: "notify_down", value: command, since: "1.0.0", doc: "script to run when the server goes down",
		set: with(func(d *decoder, r *realDraft, c Command, n *Node) { d.hook(&r.hooks.down, c, n) }),
	},
	{
		name: "smtp_alert", value: boolean, def: "smtp_alert_checker, else smtp_alert, else on", since: "0.5.7", doc: "mail on the result of a check",
		set: with(func(d *decoder, r *realDraft, on bool, n *Node) {
			r.smtp = some(on)
			d.alerts(on, n)
		}),
	},
}

// maxTimer is the longest time of a timer in seconds, 292 years.
const maxTimer = 9223372036

// timingRows are the keywords that checkers inherit. A checker may have no
// retries at all; alpha takes no word on a virtual server.
func timingRows[T any](minRetry int, alpha value, of func(*T) *timing) []keyword {
	return []keyword{
		{
			name: "delay_loop", value: timer(0.000001, maxTimer, 6), def: "60", since: "0.5.3", doc: "time between checks",
			set: to(func(t *T, v time.Duration) { of(t).delayLoop = some(v) }),
		},
		{
			name: "connect_timeout", value: timer(0.000001, 4294.967295, 6), def: "5", since: "0.5.3", doc: "limit of one attempt",
			set: to(func(t *T, v time.Duration) { of(t).connectTimeout = some(v) }),
		},
		{
			name: "retry", value: number(minRetry, math.MaxUint32), def: "1; 3 of DNS_CHECK, 0 of MISC_CHECK", since: "1.1.8", doc: "more attempts before it counts as down",
			set: to(func(t *T, n int) { of(t).retry = some(n) }),
		},
		{
			name: "delay_before_retry", value: timer(0, maxTimer, 6), def: "1; 3 of HTTP_GET and SSL_GET, delay_loop of DNS_CHECK", since: "0.5.3", doc: "time between attempts",
			set: to(func(t *T, v time.Duration) { of(t).retryDelay = some(v) }),
		},
		{
			name: "warmup", value: timer(0, maxTimer, 6), def: "delay_loop", since: "1.2.13", doc: "longest random delay of the first check",
			set: to(func(t *T, v time.Duration) { of(t).warmup = some(v) }),
		},
		{
			name: "rise", value: number(1, math.MaxUint16), def: "1", since: beyond, doc: "good runs in a row that bring it up again",
			set: to(func(t *T, n int) { of(t).rise = some(n) }),
		},
		{
			name: "fall", value: number(1, math.MaxUint16), def: "none: retry decides, and the first run at once", since: beyond,
			doc: "failed attempts in a row that take it down, also at the start; stands in for retry",
			set: to(func(t *T, n int) { of(t).fall = some(n) }),
		},
		alphaRow(alpha, of),
	}
}

// paceRows are the keywords of how real servers come and go.
func paceRows[T any](of func(*T) *pace) []keyword {
	return []keyword{
		{
			name: "slow_start", value: timer(0, maxPace, 6), def: "0: at once", since: beyond,
			doc: "time in which the weight of a server that comes back grows to the full",
			set: to(func(t *T, v time.Duration) { of(t).slowStart = some(v) }),
		},
		{
			name: "drain", value: timer(0, maxPace, 6), def: "0: at once", since: beyond,
			doc: "longest time that a server which is taken out of the file, or gets weight 0, stays with weight 0 for its connections to end",
			set: to(func(t *T, v time.Duration) { of(t).drain = some(v) }),
		},
	}
}

// maxPace is the longest slow_start and drain in seconds, a day.
const maxPace = 86400

func alphaRow[T any](v value, of func(*T) *timing) keyword {
	return keyword{
		name: "alpha", value: v, def: "off", since: "1.1.16", doc: "the server is down until a check succeeds",
		set: to(func(t *T, on bool) { of(t).alpha = some(on) }),
	}
}
