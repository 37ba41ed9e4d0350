// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"math"
	"net/netip"
	"slices"
	"time"
)

// globalBlock is global_defs.
var globalBlock = &block{
	name:  "global_defs",
	enter: func(d *decoder, _ any, _ *Node) any { return &d.draft.global },
	rows:  slices.Concat(globalRows, globalGARP, notYet(globalLater)),
}

var globalRows = []keyword{
	{
		name: "router_id", value: text, def: "host name", since: "1.1.8", doc: "name of this router in mails",
		set: to(func(g *globalDraft, s string) { g.routerID = some(s) }),
	},
	{
		name: "notification_email", value: entries, since: "1.0.3", doc: "whom to send alerts",
		set: with(notificationEmail),
	},
	{
		name: "notification_email_from", value: text, def: "user@host", since: "1.0.3", doc: "sender of alerts",
		set: to(func(g *globalDraft, s string) { g.emailFrom = s }),
	},
	{
		name: "smtp_server", value: hostPort, def: "none (port 25)", since: "1.0.3", doc: "mail relay",
		set: with(func(d *decoder, g *globalDraft, s string, n *Node) {
			g.smtpServer = s
			d.wantsMail(n)
		}),
	},
	{
		name: "smtp_helo_name", value: text, def: "host name", since: "1.2.20", doc: "HELO argument",
		set: to(func(g *globalDraft, s string) { g.smtpHelo = s }),
	},
	{
		name: "smtp_connect_timeout", value: seconds(0, math.MaxUint32), def: "30", since: "1.0.3", doc: "limit of an SMTP connection; 0 is 1",
		set: to(func(g *globalDraft, t time.Duration) { g.smtpTimeout = some(max(t, time.Second)) }),
	},
	{
		name: "smtp_alert", value: boolean, def: "unset", since: "2.0.0", doc: "default of every smtp_alert",
		set: with(func(d *decoder, g *globalDraft, b bool, n *Node) {
			g.smtpAlert = some(b)
			d.wantsMail(n)
		}),
	},
	{
		name: "smtp_alert_vrrp", value: boolean, def: "smtp_alert", since: "2.0.0", doc: "default of smtp_alert in vrrp_instance",
		set: with(func(d *decoder, g *globalDraft, b bool, n *Node) {
			g.smtpAlertVRRP = some(b)
			d.wantsMail(n)
		}),
	},
	{
		name: "enable_script_security", value: noValue, def: "off", since: "1.3.0", doc: "refuse scripts that others could have changed",
		set: to(func(g *globalDraft, _ bool) { g.scriptSecurity = true }),
	},
	{
		name: "script_user", value: userGroup, def: "keepalived_script if it exists, else root", since: "1.3.0", doc: "default user of scripts",
		set: to(func(g *globalDraft, a account) { g.scriptUser = a }),
	},
	{
		name: "vrrp_version", value: number(2, 3), def: "2", since: "1.2.20", doc: "default version of IPv4 instances",
		set: to(func(g *globalDraft, n int) { g.version = some(n) }),
	},
	{
		name: "vrrp_rt_priority", value: number(0, math.MaxInt32), def: "50", since: "2.0.0", doc: "realtime priority of the vrrp process, at most 99; 0 turns it off",
		set: with(realtimePriority),
	},
	{
		name: "vrrp_down_timer_adverts", value: number(1, 100), def: "3", since: "2.2.3", doc: "advert intervals until the master counts as down",
		set: to(func(g *globalDraft, n int) { g.downTimerAdverts = some(n) }),
	},
	{
		name: "vrrp_mcast_group4", value: address, def: "224.0.0.18", since: "1.2.10", doc: "destination of multicast adverts",
		set: with(func(d *decoder, g *globalDraft, a netip.Addr, n *Node) {
			if d.multicast4(a, n) {
				g.group4 = a
			}
		}),
	},
	{
		name: "vrrp_skip_check_adv_addr", value: boolean, status: ignored, since: "1.2.20",
		doc: "compare the addresses of an advert only when the master changes", note: "the addresses of every advert are compared",
	},
}

// globalGARP are the defaults of the garp_ keywords of vrrp_instance.
var globalGARP = garpRows("vrrp_", "1.2.20", func(g *globalDraft) *garpDraft { return &g.garp })

// garpRows are the keywords on gratuitous ARP, which stand in two blocks.
func garpRows[T any](prefix, since string, of func(*T) *garpDraft) []keyword {
	forever := seconds(0, math.MaxUint32/1000)
	count := number(0, math.MaxInt32)
	return []keyword{
		{
			name: prefix + "garp_master_delay", value: forever, def: "5", since: since, doc: "seconds until the second set of announcements; 0 is none",
			set: to(func(t *T, v time.Duration) { of(t).masterDelay = some(v) }),
		},
		{
			name: prefix + "garp_master_repeat", value: count, def: "5", since: since, doc: "rounds in a set; 0 is 1",
			set: with(func(d *decoder, t *T, v int, n *Node) { of(t).masterRepeat = some(d.atLeastOne(v, n)) }),
		},
		{
			name: prefix + "garp_master_refresh", value: forever, def: "0", since: since, doc: "seconds between periodic sets; 0 is none",
			set: to(func(t *T, v time.Duration) { of(t).masterRefresh = some(v) }),
		},
		{
			name: prefix + "garp_master_refresh_repeat", value: count, def: "1", since: since, doc: "rounds in a periodic set; 0 is 1",
			set: with(func(d *decoder, t *T, v int, n *Node) { of(t).masterRefreshRepeat = some(d.atLeastOne(v, n)) }),
		},
		{
			name: prefix + "garp_lower_prio_delay", value: forever, def: "garp_master_delay", since: since, doc: "the same after an advert of lower priority",
			set: to(func(t *T, v time.Duration) { of(t).lowerPrioDelay = some(v) }),
		},
		{
			name: prefix + "garp_lower_prio_repeat", value: count, def: "garp_master_repeat", since: since, doc: "the same after an advert of lower priority; 0 is none",
			set: to(func(t *T, n int) { of(t).lowerPrioRepeat = some(n) }),
		},
	}
}

func (d *decoder) atLeastOne(v int, n *Node) int {
	if v == 0 {
		d.c.add(codeAdjusted, n.Args[0].Pos, "%s must be more than 0; 1 is used", n.Key)
	}
	return max(v, 1)
}

// maxRealtime is the highest priority of SCHED_RR.
const maxRealtime = 99

func realtimePriority(d *decoder, g *globalDraft, v int, n *Node) {
	if v > maxRealtime {
		d.c.add(codeAdjusted, n.Args[0].Pos, "%s: %d is more than %d, which is used", n.Key, v, maxRealtime)
	}
	g.realtime = some(min(v, maxRealtime))
}

// notificationEmail takes the recipients: every word is one.
func notificationEmail(d *decoder, g *globalDraft, list []*Node, n *Node) {
	if len(list) == 0 {
		d.c.add(codeConflict, n.Pos, "notification_email has no addresses")
	}
	for _, l := range list {
		for _, w := range l.words() {
			g.emails = append(g.emails, w.Text)
		}
	}
	d.wantsMail(n)
}

// wantsMail notes that the configuration asks for mail.
func (d *decoder) wantsMail(n *Node) {
	if !d.draft.mail.ok {
		d.draft.mail = some(n.Pos)
	}
}

const globalLater = `
	process_names process_name vrrp_process_name checker_process_name lvs_process_name bfd_process_name
	use_symlink_paths set_supplementary_groups startup_script startup_script_timeout shutdown_script
	shutdown_script_timeout max_auto_priority min_auto_priority_delay smtp_alert_checker
	checker_log_all_failures dynamic_interfaces no_email_faults default_interface disable_local_igmp
	v3_checksum_as_v2 lvs_timeouts lvs_flush lvs_flush_on_stop lvs_flush_onstop lvs_sync_daemon
	vrrp_mcast_group6 vrrp_garp_interval vrrp_gna_interval vrrp_min_garp vrrp_garp_extra_if
	vrrp_vmac_garp_intvl vrrp_lower_prio_no_advert vrrp_higher_prio_send_advert vrrp_iptables vrrp_ipsets
	nftables nftables_priority nftables_ifindex vrrp_check_unicast_src vrrp_strict vrrp_priority
	vrrp_no_swap vrrp_cpu_affinity vrrp_rlimit_rttime vrrp_rlimit_rtime nftables_ipvs
	nftables_ipvs_priority nftables_ipvs_start_fwmark nftables_counters notify_fifo notify_fifo_script
	vrrp_notify_fifo vrrp_notify_fifo_script vrrp_notify_priority_changes fifo_write_vrrp_states_on_reload
	lvs_notify_fifo lvs_notify_fifo_script checker_priority checker_no_swap checker_rt_priority
	checker_cpu_affinity checker_rlimit_rttime checker_rlimit_rtime bfd_priority bfd_no_swap
	bfd_rt_priority bfd_cpu_affinity bfd_rlimit_rttime bfd_rlimit_rtime snmp_socket enable_traps
	enable_snmp_vrrp enable_snmp_keepalived enable_snmp_rfc enable_snmp_rfcv2 enable_snmp_rfcv3
	enable_snmp_checker snmp_vs_stats_update_interval snmp_rs_stats_update_interval enable_dbus
	dbus_service_name dbus_no_interface_name vrrp_netlink_cmd_rcv_bufs vrrp_netlink_cmd_rcv_bufs_force
	vrrp_netlink_monitor_rcv_bufs vrrp_netlink_monitor_rcv_bufs_force process_monitor_rcv_bufs
	process_monitor_rcv_bufs_force lvs_netlink_cmd_rcv_bufs lvs_netlink_cmd_rcv_bufs_force
	lvs_netlink_monitor_rcv_bufs lvs_netlink_monitor_rcv_bufs_force rs_init_notifies no_checker_emails
	vrrp_rx_bufs_policy vrrp_rx_bufs_multiplier vrrp_startup_delay vrrp_delay_after_boot
	log_unknown_vrids vrrp_owner_ignore_adverts vmac_prefix vmac_addr_prefix umask random_seed
	reload_check_config reload_time_file reload_repeat reload_file include_check config_save_dir
	tmp_config_directory data_use_instance json_version iproute_usr_dir iproute_etc_dir state_dump_file
	stats_dump_file json_dump_file`
