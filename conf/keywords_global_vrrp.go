// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"math"
	"net/netip"
	"slices"
	"time"
)

// globalVRRP are the defaults of vrrp_instance and what all instances share.
var globalVRRP = slices.Concat([]keyword{
	{
		name: "vrrp_mcast_group6", value: address, def: "ff02::12", since: "1.2.10", doc: "destination of multicast adverts of IPv6",
		set: with(mcastGroup6),
	},
	toggleRow("vrrp_strict", "1.2.20", "keep to the letter of the protocol", func(g *globalDraft) *bool { return &g.out.VRRP.Strict }),
	onRow("vrrp_check_unicast_src", "1.2.20", "accept unicast adverts of peers only", func(g *globalDraft) *bool { return &g.out.VRRP.CheckUnicastSrc }),
	toggleRow("vrrp_skip_check_adv_addr", "1.2.20", "compare the addresses of an advert only when the master changes", func(g *globalDraft) *bool { return &g.out.VRRP.SkipCheckAdvAddr }),
	onRow("v3_checksum_as_v2", "2.2.8", "VRRPv3 checksums of IPv4 without a pseudo header", func(g *globalDraft) *bool { return &g.out.VRRP.V3ChecksumAsV2 }),
	{
		name: "vrrp_lower_prio_no_advert", value: boolean, def: "off; on with vrrp_strict", since: "1.2.20", doc: "do not answer adverts of lower priority",
		set: to(func(g *globalDraft, b bool) { g.lowerPrioNoAdvert = some(b) }),
	},
	toggleRow("vrrp_higher_prio_send_advert", "1.3.5", "send an advert before giving way to a higher priority", func(g *globalDraft) *bool { return &g.out.VRRP.HigherPrioSendAdvert }),
	{
		name: "vrrp_owner_ignore_adverts", value: boolean, def: "off; on with vrrp_strict", since: "2.3.3", doc: "with priority 255 adverts of others are ignored",
		set: to(func(g *globalDraft, b bool) { g.ownerIgnore = some(b) }),
	},
	row("vrrp_startup_delay", timer(0.001, 4294.967295, 6), "0", "2.0.14", "time until instances start", func(g *globalDraft) *time.Duration { return &g.out.VRRP.StartupDelay }),
	row("vrrp_delay_after_boot", timer(0.001, 4294.967295, 6), "0", "2.4.0", "the same, counted from the start of the system", func(g *globalDraft) *time.Duration { return &g.out.VRRP.DelayAfterBoot }),
	onRow("log_unknown_vrids", "2.0.16", "log adverts for virtual routers that are not configured", func(g *globalDraft) *bool { return &g.out.VRRP.LogUnknownVRIDs }),
	onRow("disable_local_igmp", "2.2.0", "no IGMP reports of the kernel for 224.0.0.0/24", func(g *globalDraft) *bool { return &g.out.VRRP.DisableLocalIGMP }),
	row("vmac_prefix", text, "vrrp", "2.2.0", "how names of VMACs begin", func(g *globalDraft) *string { return &g.out.VRRP.VMACPrefix }),
	firstWord("vmac_addr_prefix", "vmac_prefix", "2.2.0", "how names of VMACs of single addresses begin", func(g *globalDraft) *string { return &g.out.VRRP.VMACAddrPrefix }),
	row("instance_state_file", soft(text), "none: it is forgotten at the stop", beyond, "file that keeps which instances an operator lets rest (maintenance) over restarts",
		func(g *globalDraft) *string { return &g.out.VRRP.StateFile }),
}, mild(
	keyword{
		name: "vrrp_rx_bufs_policy", value: rxPolicy, def: "that of the system", since: "2.0.3", doc: "receive buffers by MTU, by the size of an ADVERT, or so many bytes",
		set: to(func(g *globalDraft, p rxBufs) {
			v := &g.out.VRRP
			v.RxBufsMTU, v.RxBufsAdvert, v.RxBufsBytes = p.mtu, p.advert, p.bytes
		}),
	},
	row("vrrp_rx_bufs_multiplier", lone(bigNumber(1, math.MaxUint32)), "3", "2.0.3", "factor of vrrp_rx_bufs_policy", func(g *globalDraft) *int64 { return &g.out.VRRP.RxBufsMultiplier }),
))

// mcastGroup6 takes a group of IPv6, which should be link-local.
func mcastGroup6(d *decoder, g *globalDraft, a netip.Addr, n *Node) {
	switch {
	case !a.Is6() || !a.IsMulticast():
		d.c.add(codeAddress, n.Args[0].Pos, "%s: %s is not an IPv6 multicast address; ignored", n.Key, a)
		return
	case !a.IsLinkLocalMulticast():
		d.c.add(codeAdjusted, n.Args[0].Pos, "%s: %s should be a link-local multicast address", n.Key, a)
	}
	g.out.VRRP.Group6 = a
}

// globalNotify are the FIFOs, SNMP and D-Bus.
var globalNotify = slices.Concat(
	fifoRows("", "all changes", func(g *globalDraft) *FIFO { return &g.out.FIFOs.All }),
	fifoRows("vrrp_", "changes of instances and groups", func(g *globalDraft) *FIFO { return &g.out.FIFOs.VRRP }),
	fifoRows("lvs_", "changes of servers", func(g *globalDraft) *FIFO { return &g.out.FIFOs.Checker }),
	[]keyword{
		toggleRow("vrrp_notify_priority_changes", "2.0.16", "tell changes of priority to the FIFOs", func(g *globalDraft) *bool { return &g.out.VRRP.NotifyPriorityChanges }),
		onRow("fifo_write_vrrp_states_on_reload", "2.2.5", "tell all states to the FIFOs after a reload", func(g *globalDraft) *bool { return &g.out.VRRP.StatesOnReload }),
	},
	plannedRows(globalNotifyPlanned...),
)

var globalNotifyPlanned = slices.Concat(
	mild(keyword{
		name: "snmp_socket", value: lone(text), def: "that of the agent", since: "1.2.20", doc: "address of the SNMP agent",
		set: with(func(d *decoder, g *globalDraft, s string, n *Node) {
			if g.out.SNMP.Socket != "" {
				d.c.add(codeDuplicate, n.Pos, "snmp_socket is already given; %s is ignored", s)
				return
			}
			g.out.SNMP.Socket = s
		}),
	}),
	[]keyword{
		onRow("enable_traps", "1.2.5", "send SNMP traps", func(g *globalDraft) *bool { return &g.out.SNMP.Traps }),
		onRow("enable_snmp_vrrp", "2.0.0", "vrrp part of KEEPALIVED-MIB", func(g *globalDraft) *bool { return &g.out.SNMP.VRRP }),
		old("2.0.0", "enable_snmp_vrrp", onRow("enable_snmp_keepalived", "1.2.20", "old name of enable_snmp_vrrp", func(g *globalDraft) *bool { return &g.out.SNMP.VRRP })),
		onRow("enable_snmp_rfcv2", "1.2.20", "RFC2787 MIB", func(g *globalDraft) *bool { return &g.out.SNMP.RFCv2 }),
		onRow("enable_snmp_rfcv3", "1.2.20", "RFC6527 MIB", func(g *globalDraft) *bool { return &g.out.SNMP.RFCv3 }),
		{
			name: "enable_snmp_rfc", value: noValue, def: "off", since: "1.2.20", doc: "both MIBs of VRRP",
			set: to(func(g *globalDraft, b bool) { g.out.SNMP.RFCv2, g.out.SNMP.RFCv3 = b, b }),
		},
		onRow("enable_snmp_checker", "1.2.20", "checker part of KEEPALIVED-MIB", func(g *globalDraft) *bool { return &g.out.SNMP.Checker }),
		row("snmp_vs_stats_update_interval", timer(0.001, 30, 6), "5", "2.3.0", "how old statistics of virtual servers may be", func(g *globalDraft) *time.Duration { return &g.out.SNMP.VSInterval }),
		row("snmp_rs_stats_update_interval", timer(0.001, 30, 6), "snmp_vs_stats_update_interval", "2.3.0", "how old statistics of real servers may be", func(g *globalDraft) *time.Duration { return &g.out.SNMP.RSInterval }),
		onRow("enable_dbus", "1.3.0", "D-Bus interface", func(g *globalDraft) *bool { return &g.out.DBus.Enabled }),
	},
	mild(
		row("dbus_service_name", text, "org.keepalived.Vrrp1", "1.3.7", "name on D-Bus", func(g *globalDraft) *string { return &g.out.DBus.ServiceName }),
		row("dbus_no_interface_name", text, "none", "2.3.0", "path element of an instance without an interface", func(g *globalDraft) *string { return &g.out.DBus.NoInterface }),
	),
)

// fifoRows are a pipe and the script that reads it.
func fifoRows(prefix, what string, of func(*globalDraft) *FIFO) []keyword {
	path := keyword{
		name: prefix + "notify_fifo", value: pipePath, def: "none", since: "1.3.6", doc: "pipe that is told " + what,
		set: with(func(d *decoder, g *globalDraft, p FIFO, n *Node) {
			f := of(g)
			if f.Path != "" {
				d.c.add(codeDuplicate, n.Pos, "%s is already given; ignored", n.Key)
				return
			}
			f.Path, f.User, f.Group = p.Path, p.User, p.Group
		}),
	}
	script := firstScript(prefix+"notify_fifo_script", "1.3.6", "program that reads the pipe; its path is added as the last argument",
		func(g *globalDraft) **Command { return &of(g).Script })
	return mild(path, script)
}
