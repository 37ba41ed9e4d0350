// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"testing"
	"time"
)

func TestGlobal(t *testing.T) {
	t.Parallel()
	base := globalDefaults()
	base.SMTPTimeout, base.VRRPVersion, base.VRRPRealtime = 30*time.Second, 2, 50
	base.VRRP.Group4, base.VRRP.Group6 = netip.MustParseAddr("224.0.0.18"), netip.MustParseAddr("ff02::12")
	base.VRRP.RxBufsMultiplier = 3
	with := func(f func(*Global)) Global {
		g := base
		f(&g)
		return g
	}
	mail := func(line, col int) []string { return []string{itoa(line) + ":" + itoa(col) + " note mail-incomplete"} }
	tests := []struct {
		name, lines string
		want        Global
		codes       []string
	}{
		{name: "defaults", want: base},
		{name: "router_id", lines: "router_id LVS_MAIN", want: with(func(g *Global) { g.RouterID = "LVS_MAIN" })},
		{name: "quoted router_id", lines: `router_id "LVS MAIN"`, want: with(func(g *Global) { g.RouterID = "LVS MAIN" })},
		{
			name: "mail", lines: "notification_email {\na@x b@x\nc@x\n}\nnotification_email_from d@x\nsmtp_server 10.0.0.1 25\nsmtp_connect_timeout 5\nsmtp_helo_name h\nsmtp_alert",
			want: with(func(g *Global) {
				g.NotificationEmail = []string{"a@x", "b@x", "c@x"}
				g.NotificationEmailFrom, g.SMTPServer, g.SMTPHelo = "d@x", "10.0.0.1:25", "h"
				g.SMTPTimeout, g.SMTPAlert, g.SMTPAlertVRRP, g.SMTPAlertChecker = 5*time.Second, true, true, true
			}),
		},
		{name: "connect timeout 0", lines: "smtp_connect_timeout 0", want: with(func(g *Global) { g.SMTPTimeout = time.Second }), codes: []string{"2:22 warning adjusted"}},
		{
			name: "no recipients", lines: "notification_email {\n}", want: base,
			codes: append([]string{"2:1 warning conflict"}, mail(2, 1)...),
		},
		{name: "alerts off", lines: "smtp_alert off", want: base},
		{
			name: "scripts", lines: "enable_script_security\nscript_user u g",
			want: with(func(g *Global) {
				g.EnableScriptSecurity, g.ScriptUser, g.ScriptGroup = true, "u", "g"
				g.ScriptUserPos = Pos{File: "f", Line: 3, Col: 13}
			}),
		},
		{name: "version", lines: "vrrp_version 3", want: with(func(g *Global) { g.VRRPVersion = 3 })},
		{name: "version 4", lines: "vrrp_version 4", want: base, codes: []string{"2:14 error number"}},
		{name: "realtime", lines: "vrrp_rt_priority 10", want: with(func(g *Global) { g.VRRPRealtime = 10 })},
		{name: "realtime off", lines: "vrrp_rt_priority 0", want: with(func(g *Global) { g.VRRPRealtime = 0 })},
		{name: "realtime too high", lines: "vrrp_rt_priority 100", want: with(func(g *Global) { g.VRRPRealtime = 99 }), codes: []string{"2:18 warning adjusted"}},
		{
			name: "planned", lines: "enable_dbus\nvrrp_strict", want: with(func(g *Global) {
				g.DBus.Enabled, g.VRRP.Strict, g.VRRP.LowerPrioNoAdvert, g.VRRP.OwnerIgnoreAdverts = true, true, true, true
			}), codes: []string{"2:1 note planned"},
		},
		{name: "group that is none", lines: "vrrp_mcast_group4 10.0.0.1", want: base, codes: []string{"2:19 error address"}},
		{name: "repeated blocks merge", lines: "router_id A\n}\nglobal_defs {\nvrrp_version 3", want: with(func(g *Global) { g.RouterID, g.VRRPVersion = "A", 3 })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := loadText("global_defs {\n" + tt.lines + "\n}")
			diff(t, "global", tt.want, l.Config.Global)
			diff(t, "diagnostics", tt.codes, said(l.Diagnostics))
		})
	}
}

func TestSMTPAlertDefaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, global, lines string
		want                bool
	}{
		{name: "nothing"},
		{name: "own", lines: "smtp_alert", want: true},
		{name: "global", global: "smtp_alert", want: true},
		{name: "global for vrrp", global: "smtp_alert_vrrp", want: true},
		{name: "vrrp before the general one", global: "smtp_alert\nsmtp_alert_vrrp off"},
		{name: "own before all", global: "smtp_alert\nsmtp_alert_vrrp", lines: "smtp_alert off"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := loadText("global_defs {\n" + tt.global + "\n}\n" + instanceText(tt.lines))
			diff(t, "alert", tt.want, l.Config.Instances[0].SMTPAlert)
		})
	}
}

// TestMailIsSaidOnce: however much of it there is.
func TestMailIsSaidOnce(t *testing.T) {
	t.Parallel()
	l := loadText("global_defs {\nsmtp_alert\nsmtp_server 10.0.0.1\n}\n" + instanceText("smtp_alert") + serverText("smtp_alert", "smtp_alert"))
	diff(t, "diagnostics", []string{"2:1 note mail-incomplete"}, said(l.Diagnostics))
}

func TestGlobalGroup(t *testing.T) {
	t.Parallel()
	const global = "global_defs {\nvrrp_mcast_group4 224.0.0.99\n}\n"
	diff(t, "global", "224.0.0.99", loadText(global + instanceText()).Config.Instances[0].Multicast.String())
	diff(t, "own", "224.0.0.98", loadText(global + instanceText("mcast_dst_ip 224.0.0.98")).Config.Instances[0].Multicast.String())
}
