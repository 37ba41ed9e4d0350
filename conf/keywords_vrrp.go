// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"math"
	"net/netip"
	"slices"
	"time"
)

// scriptBlock is vrrp_script.
var scriptBlock = &block{
	name:  "vrrp_script",
	enter: enterScript,
	rows: []keyword{
		{
			name: "script", value: oneCommand, instead: Command{}, def: "required", since: "1.1.13", doc: "the command; quote it together with its arguments",
			set: to(func(s *scriptDraft, c Command) { s.command = some(c) }),
		},
		{
			name: "interval", value: timer(0.001, 4294, 3), instead: time.Second, def: "1", since: "1.1.13", doc: "time from launch to launch",
			set: to(func(s *scriptDraft, t time.Duration) { s.interval = some(t) }),
		},
		{
			name: "timeout", value: timer(0.001, 4294, 3), instead: time.Second, def: "interval", since: "1.2.6", doc: "limit of one run",
			set: to(func(s *scriptDraft, t time.Duration) { s.timeout = some(t) }),
		},
		{
			name: "weight", value: weight(253), def: "0", since: "1.1.13", doc: "change of priority; 0: a failure is a fault",
			set: to(func(s *scriptDraft, n int) { s.weight = n }),
		},
		{
			name: "rise", value: number(1, math.MaxInt32), instead: 1, def: "1", since: "1.1.18", doc: "successes in a row until it counts as up",
			set: to(func(s *scriptDraft, n int) { s.rise = some(n) }),
		},
		{
			name: "fall", value: number(1, math.MaxInt32), instead: 1, def: "1", since: "1.1.18", doc: "failures in a row until it counts as down",
			set: to(func(s *scriptDraft, n int) { s.fall = some(n) }),
		},
		{
			name: "user", value: userGroup, def: "script_user", since: "1.3.0", doc: "user and group to run it as",
			set: to(func(s *scriptDraft, a account) { s.user = a }),
		},
		{
			name: "init_fail", value: noValue, def: "off", since: "1.3.2", doc: "counts as failed until its first result",
			set: to(func(s *scriptDraft, _ bool) { s.initFail = true }),
		},
	},
}

// instanceBlock is vrrp_instance.
var instanceBlock = &block{
	name:  "vrrp_instance",
	enter: enterInstance,
	rows:  slices.Concat(instanceRows, instanceAddresses, instanceElection, instanceHooks, instanceGARP, notYet(instanceLater)),
}

var instanceRows = []keyword{
	{
		name: "state", value: oneOf("MASTER", "BACKUP"), instead: "BACKUP", def: "BACKUP; MASTER with priority 255", since: "1.0.3",
		doc: "state that is wanted at start", set: to(func(i *instanceDraft, s string) { i.state = s }),
	},
	{
		name: "interface", value: text, def: "required", since: "1.0.3", doc: "interface of the adverts", required: true,
		set: with(func(_ *decoder, i *instanceDraft, s string, n *Node) { i.iface, i.ifacePos = s, n.Args[0].Pos }),
	},
	{
		name: "virtual_router_id", value: number(1, 255), instead: 0, def: "required", since: "1.0.3", doc: "number of the virtual router", required: true,
		set: to(func(i *instanceDraft, n int) { i.vrid = some(n) }),
	},
	{
		name: "version", value: number(2, 3), def: "vrrp_version", since: "1.2.17", doc: "protocol version",
		set: with(instanceVersion),
	},
	{
		name: "advert_int", value: timer(0.01, 255, 6), def: "1", since: "1.0.3", doc: "interval of adverts",
		set: with(func(_ *decoder, i *instanceDraft, t time.Duration, n *Node) {
			i.advertInt, i.advertPos = some(t), n.Args[0].Pos
		}),
	},
	{name: "authentication", sub: authBlock, since: "1.0.3", doc: "authentication of VRRPv2"},
	{name: "debug", value: number(0, 4), status: ignored, since: "1.0.3", doc: "unused", note: "keepalived does not use it either"},
	{
		name: "skip_check_adv_addr", value: boolean, status: ignored, since: "1.2.20",
		doc: "compare the addresses of an advert only when the master changes", note: "the addresses of every advert are compared",
	},
}

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
		name: "unicast_peer", value: entries, def: "none: multicast", since: "1.2.8", doc: "addresses of the peers, for unicast",
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
}

var instanceElection = []keyword{
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
		set: to(func(i *instanceDraft, n int) { i.down = some(n) }),
	},
	{
		name: "track_script", value: entries, since: "1.1.13", doc: "scripts whose result counts: NAME [weight N]",
		set: with(trackScripts),
	},
}

// notifyWords are the keywords that name a script, in the order of
// instanceDraft.notify.
var notifyWords = [...]string{"notify_master", "notify_backup", "notify_fault", "notify_stop", "notify"}

var instanceHooks = []keyword{
	{name: notifyWords[0], value: command, since: "1.0.3", doc: "script on becoming master", set: notifySetter(0)},
	{name: notifyWords[1], value: command, since: "1.0.3", doc: "script on becoming backup", set: notifySetter(1)},
	{name: notifyWords[2], value: command, since: "1.0.3", doc: "script on a fault", set: notifySetter(2)},
	{name: notifyWords[3], value: command, since: "1.1.13", doc: "script at stop", set: notifySetter(3)},
	{
		name: notifyWords[4], value: command, since: "1.1.2", doc: "script on every change, with four more arguments: INSTANCE name state priority",
		set: notifySetter(4),
	},
	{
		name: "smtp_alert", value: boolean, def: "global smtp_alert", since: "1.0.3", doc: "mail on every change",
		set: with(func(d *decoder, i *instanceDraft, b bool, n *Node) {
			i.smtp = some(b)
			d.wantsMail(n)
		}),
	},
}

var instanceGARP = garpRows("", "1.2.14", func(i *instanceDraft) *garpDraft { return &i.garp })

const instanceLater = `
	use_vmac use_vmac_addr vmac_xmit_base use_ipvlan unicast_fault_no_peer check_unicast_src
	old_unicast_checksum native_ipv6 vrf dont_track_primary track_interface track_file track_process
	track_bfd track_src_ip unicast_ttl no_virtual_ipaddress promote_secondaries linkbeat_use_polling
	v3_checksum_as_v2 virtual_routes virtual_rules accept no_accept strict_mode notify_deleted
	notify_master_rx_lower_pri notify_priority_changes lvs_sync_daemon_interface timer_expired_backup
	thread_timer_expired garp_extra_if vmac_garp_intvl lower_prio_no_advert higher_prio_send_advert
	owner_ignore_adverts kernel_rx_buf_size auth_hmac`

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
			name: "auth_type", value: text, def: "none", since: "1.0.3", doc: "PASS, a password in clear",
			set: with(authType),
		},
		{
			name: "auth_pass", value: text, def: "none", since: "1.0.3", doc: "the password; 8 bytes are used",
			set: with(authPass),
		},
	},
}
