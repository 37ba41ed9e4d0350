// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"slices"
	"time"
)

// instanceBlock is vrrp_instance.
var instanceBlock = &block{
	name:  "vrrp_instance",
	enter: enterInstance,
	rows: slices.Concat(instanceRows, instanceAddresses, instanceLinks, instanceElection, instanceTracks,
		instanceHooks, instanceGARP),
}

var instanceRows = slices.Concat([]keyword{
	{
		name: "state", value: oneOf("MASTER", "BACKUP"), instead: "BACKUP", def: "BACKUP; MASTER with priority 255", since: "1.0.3",
		doc: "state that is wanted at start", set: to(func(i *instanceDraft, s string) { i.state = s }),
	},
	{
		name: "interface", value: text, def: "required, but for unicast", since: "1.0.3", doc: "interface of the adverts", required: true,
		set: with(func(_ *decoder, i *instanceDraft, s string, n *Node) { i.iface, i.ifacePos = s, n.Args[0].Pos }),
	},
	{
		name: "virtual_router_id", value: number(1, 255), instead: 0, def: "required", since: "1.0.3", doc: "number of the virtual router", required: true,
		set: to(func(i *instanceDraft, n int) { i.vrid = some(n) }),
	},
	{
		name: "version", value: number(2, 3), def: "vrrp_version; 3 for IPv6", since: "1.2.17", doc: "protocol version",
		set: with(instanceVersion),
	},
	{
		name: "advert_int", value: timer(0.01, 255, 6), def: "1", since: "1.0.3", doc: "interval of adverts",
		set: with(func(_ *decoder, i *instanceDraft, t time.Duration, n *Node) {
			i.advertInt, i.advertPos = some(t), n.Args[0].Pos
		}),
	},
	{name: "authentication", sub: authBlock, since: "1.0.3", doc: "authentication of VRRPv2"},
	{name: "auth_hmac", sub: hmacBlock, since: "2.4.0", doc: "signed adverts"},
	{name: "debug", value: number(0, 4), status: ignored, since: "1.0.3", doc: "unused", note: "keepalived does not use it either"},
}, []keyword{
	{
		name: "native_ipv6", value: noValue, def: "off", since: "1.2.1", deprecated: "1.2.10", better: "an IPv6 address", doc: "an instance of IPv6, whatever its addresses",
		set: with(func(d *decoder, i *instanceDraft, _ bool, n *Node) {
			if i.setFamily(6); i.family != 6 {
				d.c.add(codeFamily, n.Pos, "(%s) native_ipv6 in an instance with IPv4 addresses; ignored", i.name)
			}
		}),
	},
	{
		name: "strict_mode", value: boolean, def: "vrrp_strict", since: "1.2.20", doc: "keep to the letter of the protocol",
		set: to(func(i *instanceDraft, b bool) { i.strict = some(b) }),
	},
	{
		name: "skip_check_adv_addr", value: boolean, def: "vrrp_skip_check_adv_addr", since: "1.2.20", doc: "compare the addresses of an advert only when the master changes; off means on, too",
		set: to(func(i *instanceDraft, _ bool) { i.skipCheck = some(true) }),
	},
	{
		name: "v3_checksum_as_v2", value: boolean, def: "global v3_checksum_as_v2", since: "2.2.8", doc: "VRRPv3 checksums of IPv4 without a pseudo header",
		set: to(func(i *instanceDraft, b bool) { i.checksumAsV2 = some(b) }),
	},
})

var instanceAddresses = []keyword{
	{
		name: "unicast_src_ip", value: address, def: "address of the interface", since: "1.2.10", doc: "source of unicast adverts",
		set: with(func(d *decoder, i *instanceDraft, a netip.Addr, n *Node) {
			d.unicastWord(i, n)
			d.source(i, a, n)
		}),
	},
	{
		name: "mcast_src_ip", value: address, def: "address of the interface", since: "1.0.3", doc: "source of multicast adverts",
		set: with((*decoder).source),
	},
	{
		name: "mcast_dst_ip", value: address, def: "vrrp_mcast_group4", since: "2.2.5", doc: "destination of multicast adverts",
		set: with(instanceGroup),
	},
	{
		name: "unicast_peer", value: entries, def: "none: multicast", since: "1.2.8", doc: "addresses of the peers, for unicast: ADDRESS [min_ttl N] [max_ttl N]",
		set: with(unicastPeers),
	},
	{
		name: "virtual_ipaddress", value: entries, since: "1.0.3", doc: "addresses that follow the master",
		set: with(func(d *decoder, i *instanceDraft, list []*Node, _ *Node) { d.vips(i, list) }),
	},
	{
		name: "virtual_ipaddress_excluded", value: entries, since: "1.0.3", doc: "addresses that follow the master and are not in its adverts",
		set: with(func(d *decoder, i *instanceDraft, list []*Node, _ *Node) { d.excludedVIPs(i, list) }),
	},
	onRow("no_virtual_ipaddress", "2.2.8", "an instance without addresses is meant", func(i *instanceDraft) *bool { return &i.noVIPs }),
	{
		name: "virtual_routes", value: entries, since: "1.0.3", doc: "routes that follow the master",
		set: with(func(d *decoder, i *instanceDraft, list []*Node, _ *Node) {
			i.out.Routes = append(i.out.Routes, d.routes(list, false)...)
		}),
	},
	{
		name: "virtual_rules", value: entries, since: "1.2.20", doc: "routing rules that follow the master",
		set: with(func(d *decoder, i *instanceDraft, list []*Node, _ *Node) {
			i.out.Rules = append(i.out.Rules, d.rules(list, false)...)
		}),
	},
	{
		name: "accept", value: noValue, def: "on; off with strict_mode", since: "1.2.17", doc: "a master that does not own the addresses accepts packets to them",
		set: to(func(i *instanceDraft, _ bool) { i.accept = some(true) }),
	},
	{
		name: "no_accept", value: noValue, def: "off", since: "1.3.0", doc: "it drops them",
		set: to(func(i *instanceDraft, _ bool) { i.accept = some(false) }),
	},
	onRow("promote_secondaries", "1.3.0", "an address of an interface stays when the first one goes", func(i *instanceDraft) *bool { return &i.out.PromoteSecondaries }),
}

var instanceElection = slices.Concat([]keyword{
	{
		name: "priority", value: number(1, 255), instead: 100, def: "100; 255 with state MASTER", since: "1.0.3", doc: "the highest is master; 255 owns the addresses",
		set: to(func(i *instanceDraft, v int) { i.priority = some(v) }),
	},
	{
		name: "preempt", value: noValue, def: "on", since: "1.0.3", doc: "undoes nopreempt",
		set: to(func(i *instanceDraft, _ bool) { i.preempt.no = opt[Pos]{} }),
	},
	{
		name: "nopreempt", value: noValue, def: "off", since: "1.1.8", doc: "a master of lower priority stays master",
		set: with(func(_ *decoder, i *instanceDraft, _ bool, n *Node) { i.preempt.no = some(n.Pos) }),
	},
	{
		name: "preempt_delay", value: timer(0, 1000, 6), def: "0", since: "1.1.8", doc: "how long to wait before taking over from a lower priority",
		set: with(func(_ *decoder, i *instanceDraft, t time.Duration, n *Node) {
			i.preempt.delay, i.preempt.delayPos = some(t), n.Pos
		}),
	},
	{
		name: "down_timer_adverts", value: number(1, 100), def: "vrrp_down_timer_adverts", since: "2.2.3", doc: "advert intervals until the master counts as down",
		set: with(func(_ *decoder, i *instanceDraft, v int, n *Node) { i.down, i.downPos = some(v), n.Pos }),
	},
}, []keyword{
	posBool("lower_prio_no_advert", "vrrp_lower_prio_no_advert", "1.2.20", "do not answer adverts of lower priority", func(i *instanceDraft) *posOpt[bool] { return &i.lowerPrioNoAdvert }),
	posBool("higher_prio_send_advert", "vrrp_higher_prio_send_advert", "1.3.5", "send an advert before giving way to a higher priority", func(i *instanceDraft) *posOpt[bool] { return &i.higherPrioSend }),
	posBool("owner_ignore_adverts", "vrrp_owner_ignore_adverts", "2.3.3", "with priority 255 adverts of others are ignored", func(i *instanceDraft) *posOpt[bool] { return &i.ownerIgnore }),
	timerExpired("timer_expired_backup", "2.2.8"),
	loud(old("2.3.3", "timer_expired_backup", timerExpired("thread_timer_expired", "2.3.2"))),
})

// posBool is a switch whose place is needed later.
func posBool(name, def, since, doc string, at func(*instanceDraft) *posOpt[bool]) keyword {
	return keyword{
		name: name, value: boolean, def: def, since: since, doc: doc,
		set: with(func(_ *decoder, i *instanceDraft, b bool, n *Node) { *at(i) = posOpt[bool]{some(b), n.Pos} }),
	}
}

func timerExpired(name, since string) keyword {
	return keyword{
		name: name, value: optionalNumber(1, 254), def: "off; 254 without an argument", since: since, doc: "a master that wakes up too late becomes backup",
		set: with(func(_ *decoder, i *instanceDraft, v opt[int], n *Node) {
			i.timerExpired = posOpt[int]{some(v.or(254)), n.Pos}
		}),
	}
}

// notifyWords are the keywords that name a script, in the order of
// instanceDraft.notify.
var notifyWords = [...]string{"notify_master", "notify_backup", "notify_fault", "notify_stop", "notify"}

var instanceHooks = slices.Concat(
	hookRows(func(i *instanceDraft) *[5]*Command { return &i.notify }),
	[]keyword{{
		name: "smtp_alert", value: boolean, def: "global smtp_alert", since: "1.0.3", doc: "mail on every change",
		set: with(func(d *decoder, i *instanceDraft, b bool, n *Node) {
			i.smtp = some(b)
			d.alerts(b, n)
		}),
	}},
	[]keyword{
		firstScript("notify_master_rx_lower_pri", "2.0.6", "script when a master hears a lower priority", func(i *instanceDraft) **Command { return &i.out.NotifyRxLowerPrio }),
		{
			name: "notify_deleted", value: optionalCommand, def: "off", since: "2.1.0", doc: "an instance that goes from the file is DELETED, not in FAULT; script for that",
			set: to(func(i *instanceDraft, c Command) {
				i.out.ReportDeleted = true
				if len(c.Args) > 0 {
					i.out.NotifyDeleted = &c
				}
			}),
		},
		{
			name: "notify_priority_changes", value: boolean, def: "that of the group, or vrrp_notify_priority_changes", since: "2.0.16", doc: "tell changes of priority to the FIFOs",
			set: to(func(i *instanceDraft, b bool) { i.notifyPrio = some(b) }),
		},
	})

// hookRows are the scripts of changes of state, of which the first stands.
func hookRows[T any](of func(*T) *[5]*Command) []keyword {
	at := func(k int) func(*T) **Command { return func(t *T) **Command { return &of(t)[k] } }
	return []keyword{
		firstScript(notifyWords[0], "1.0.3", "script on becoming master", at(0)),
		firstScript(notifyWords[1], "1.0.3", "script on becoming backup", at(1)),
		firstScript(notifyWords[2], "1.0.3", "script on a fault", at(2)),
		firstScript(notifyWords[3], "1.1.13", "script at stop", at(3)),
		firstScript(notifyWords[4], "1.1.2", "script on every change, with four more arguments: INSTANCE or GROUP, name, state, priority", at(4)),
	}
}

var instanceGARP = slices.Concat(
	garpRows("", "1.2.14", func(i *instanceDraft) *garpDraft { return &i.garp }),
	[]keyword{
		garpExtra("garp_extra_if", "2.2.3", 0, func(i *instanceDraft) *garpDraft { return &i.garp }),
		loud(old("2.2.2", "garp_extra_if", garpExtra("vmac_garp_intvl", "2.2.0", 0, func(i *instanceDraft) *garpDraft { return &i.garp }))),
	},
)

// authBlock is authentication.
var authBlock = &block{
	name: "vrrp_instance.authentication",
	enter: func(_ *decoder, parent any, n *Node) any {
		i := parent.(*instanceDraft)
		i.authPos = n.Pos
		return i
	},
	rows: []keyword{
		{
			name: "auth_type", value: text, def: "none", since: "1.0.3", doc: "PASS, a password in clear; AH, a checksum with a key",
			set: with(authType),
		},
		{
			name: "auth_pass", value: text, def: "none", since: "1.0.3", doc: "the password; 8 bytes are used",
			set: with(authPass),
		},
	},
}
