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
	rows: slices.Concat(globalRows, globalMail, globalScripts, globalVRRP, globalGARP,
		globalProcesses, globalBuffers, globalIPVS, globalFirewall, globalNotify, globalDaemon),
}

var globalRows = slices.Concat(mild(keyword{
	name: "router_id", value: text, def: "host name", since: "1.1.8", doc: "name of this router in mails",
	set: to(func(g *globalDraft, s string) { g.routerID = some(s) }),
}), []keyword{
	{
		name: "vrrp_version", value: number(2, 3), def: "2", since: "1.2.20", doc: "default version of IPv4 instances",
		set: to(func(g *globalDraft, n int) { g.version = some(n) }),
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
})

// globalMail are the settings of mail.
var globalMail = slices.Concat(mild(
	row("notification_email_from", text, "user@host", "1.0.3", "sender of alerts", func(g *globalDraft) *string { return &g.emailFrom }),
), []keyword{
	{
		name: "notification_email", value: entries, since: "1.0.3", doc: "whom to send alerts",
		set: with(notificationEmail),
	},
	{
		name: "smtp_server", value: hostPort, def: "none (port 25)", since: "1.0.3", doc: "mail relay",
		set: with(func(d *decoder, g *globalDraft, s string, n *Node) {
			g.smtpServer = s
			d.wantsMail(n)
		}),
	},
	row("smtp_helo_name", optionalWord, "host name", "1.2.20", "HELO argument", func(g *globalDraft) *string { return &g.smtpHelo }),
	{
		name: "smtp_connect_timeout", value: seconds(0, 4294), def: "30", since: "1.0.3", doc: "limit of an SMTP connection; 0 is 1",
		set: with(func(d *decoder, g *globalDraft, t time.Duration, n *Node) {
			if t == 0 {
				d.c.add(codeAdjusted, n.Args[0].Pos, "%s must be more than 0; 1 is used", n.Key)
			}
			g.smtpTimeout = some(max(t, time.Second))
		}),
	},
	mailRow("smtp_alert", "unset", "default of every smtp_alert", func(g *globalDraft) *opt[bool] { return &g.smtpAlert }),
	mailRow("smtp_alert_vrrp", "smtp_alert", "default of smtp_alert in vrrp_instance", func(g *globalDraft) *opt[bool] { return &g.smtpAlertVRRP }),
	mailRow("smtp_alert_checker", "smtp_alert", "default of smtp_alert in virtual_server and real_server", func(g *globalDraft) *opt[bool] { return &g.smtpAlertChecker }),
	onRow("no_email_faults", "2.0.0", "no mail of the state FAULT", func(g *globalDraft) *bool { return &g.out.NoEmailFaults }),
	toggleRow("no_checker_emails", "2.0.0", "mail only when a real server changes, not each of its checks", func(g *globalDraft) *bool { return &g.out.NoCheckerEmails }),
})

func mailRow(name, def, doc string, at func(*globalDraft) *opt[bool]) keyword {
	return keyword{
		name: name, value: boolean, def: def, since: "2.0.0", doc: doc,
		set: with(func(d *decoder, g *globalDraft, b bool, n *Node) {
			*at(g) = some(b)
			d.alerts(b, n)
		}),
	}
}

var globalScripts = slices.Concat([]keyword{
	onRow("enable_script_security", "1.3.0", "refuse scripts that others could have changed", func(g *globalDraft) *bool { return &g.scriptSecurity }),
}, mild(keyword{
	name: "script_user", value: userGroup, def: "keepalived_script if it exists, else root", since: "1.3.0", doc: "default user of scripts",
	set: to(func(g *globalDraft, a account) { g.scriptUser = a }),
}), mild(
	firstScript("startup_script", "2.1.0", "run once before the processes start", func(g *globalDraft) **Command { return &g.out.Daemon.StartupScript }),
	row("startup_script_timeout", seconds(1, 1000), "10", "2.1.0", "limit of startup_script", func(g *globalDraft) *time.Duration { return &g.out.Daemon.StartupTimeout }),
	firstScript("shutdown_script", "2.1.0", "run once after the processes have stopped", func(g *globalDraft) **Command { return &g.out.Daemon.ShutdownScript }),
	row("shutdown_script_timeout", seconds(1, 1000), "10", "2.1.0", "limit of shutdown_script", func(g *globalDraft) *time.Duration { return &g.out.Daemon.ShutdownTimeout }),
), []keyword{
	toggleRow("use_symlink_paths", "2.3.0", "run scripts under the names of symbolic links", func(g *globalDraft) *bool { return &g.out.Daemon.UseSymlinkPaths }),
	toggleRow("set_supplementary_groups", "2.3.0", "give scripts all groups of their user", func(g *globalDraft) *bool { return &g.out.Daemon.SetSupplementary }),
})

// firstScript is a script of which the first stands.
func firstScript[T any](name, since, doc string, at func(*T) **Command) keyword {
	return keyword{
		name: name, value: command, def: "none", since: since, doc: doc,
		set: with(func(d *decoder, t *T, c Command, n *Node) {
			p := at(t)
			if *p != nil {
				d.c.add(codeDuplicate, n.Pos, "%s is already given on line %d; ignored", n.Key, (*p).Pos.Line)
				return
			}
			*p = &c
		}),
	}
}

// globalGARP are the defaults of the garp_ keywords of vrrp_instance.
var globalGARP = slices.Concat(
	garpRows("vrrp_", "1.2.20", func(g *globalDraft) *garpDraft { return &g.garp }),
	[]keyword{
		row("vrrp_garp_interval", timer(0.000001, 4294.967295, 6), "0", "1.2.21", "least time between gratuitous ARPs of an interface", func(g *globalDraft) *time.Duration { return &g.out.VRRP.GARPSpacing }),
		row("vrrp_gna_interval", timer(0.000001, 4294.967295, 6), "0", "1.2.21", "the same of neighbour advertisements", func(g *globalDraft) *time.Duration { return &g.out.VRRP.NASpacing }),
		garpExtra("vrrp_garp_extra_if", "2.2.3", 1, func(g *globalDraft) *garpDraft { return &g.garp }),
		loud(old("2.2.2", "vrrp_garp_extra_if", garpExtra("vrrp_vmac_garp_intvl", "2.2.0", 1, func(g *globalDraft) *garpDraft { return &g.garp }))),
	},
	[]keyword{{
		name: "vrrp_min_garp", value: boolean, def: "off", since: "2.0.12", doc: "one gratuitous ARP for each address: no rounds, no second set",
		set: to(minGARP),
	}},
)

// minGARP changes what has not been set before it.
func minGARP(g *globalDraft, on bool) {
	g.out.VRRP.MinGARP = on
	if on {
		g.garp.masterRepeat = g.garp.masterRepeat.orElse(some(1))
		g.garp.masterDelay = g.garp.masterDelay.orElse(some(time.Duration(0)))
		g.garp.masterRefreshRepeat = g.garp.masterRefreshRepeat.orElse(some(0))
	}
}

// garpRows are the keywords on gratuitous ARP, which stand in two blocks.
func garpRows[T any](prefix, since string, of func(*T) *garpDraft) []keyword {
	delay := seconds(0, 4294)
	count := number(0, math.MaxUint32)
	return []keyword{
		{
			name: prefix + "garp_master_delay", value: delay, def: "5", since: since, doc: "seconds until the second set of announcements; 0 is none",
			set: to(func(t *T, v time.Duration) { of(t).masterDelay = some(v) }),
		},
		{
			name: prefix + "garp_master_repeat", value: count, def: "5", since: since, doc: "rounds in a set; 0 is 1",
			set: with(func(d *decoder, t *T, v int, n *Node) { of(t).masterRepeat = some(d.atLeastOne(v, n)) }),
		},
		{
			name: prefix + "garp_master_refresh", value: seconds(0, math.MaxUint32), def: "0", since: since, doc: "seconds between periodic sets; 0 is none",
			set: to(func(t *T, v time.Duration) { of(t).masterRefresh = some(v) }),
		},
		{
			name: prefix + "garp_master_refresh_repeat", value: count, def: "1", since: since, doc: "rounds in a periodic set; 0 is 1",
			set: with(func(d *decoder, t *T, v int, n *Node) { of(t).masterRefreshRepeat = some(d.atLeastOne(v, n)) }),
		},
		{
			name: prefix + "garp_lower_prio_delay", value: delay, def: "garp_master_delay", since: since, doc: "the same after an advert of lower priority",
			set: to(func(t *T, v time.Duration) { of(t).lowerPrioDelay = some(v) }),
		},
		{
			name: prefix + "garp_lower_prio_repeat", value: number(0, math.MaxInt32), def: "garp_master_repeat", since: since, doc: "the same after an advert of lower priority; 0 is none",
			set: to(func(t *T, n int) { of(t).lowerPrioRepeat = some(n) }),
		},
	}
}

// extraGARP is [all] SECONDS.
type extraGARP struct {
	every time.Duration
	all   bool
}

// garpExtra is the row of sets on the other interfaces of an instance's addresses.
func garpExtra[T any](name, since string, least int, of func(*T) *garpDraft) keyword {
	return keyword{
		name: name, value: soft(extraValue(least)), def: "0", since: since, doc: "time between sets on other interfaces of the addresses; all: on those without a VMAC too",
		set: to(func(t *T, e extraGARP) { of(t).extra = some(e) }),
	}
}

func (d *decoder) atLeastOne(v int, n *Node) int {
	if v == 0 {
		d.c.add(codeAdjusted, n.Args[0].Pos, "%s must be more than 0; 1 is used", n.Key)
	}
	return max(v, 1)
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

// alerts takes an smtp_alert.
func (d *decoder) alerts(on bool, n *Node) {
	if on {
		d.wantsMail(n)
	}
}

// wantsMail notes that the configuration asks for mail.
func (d *decoder) wantsMail(n *Node) {
	if !d.draft.mail.ok {
		d.draft.mail = some(n.Pos)
	}
}
