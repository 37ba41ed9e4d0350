// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"strings"

	"vipward/conf"
)

// logLines logs a text line by line.
func logLines(log *slog.Logger, text string) {
	for line := range strings.Lines(text) {
		log.Info(strings.TrimSuffix(line, "\n"))
	}
}

// describeConfig is -d: the configuration as it was understood, defaults filled in.
func describeConfig(cfg *conf.Config) string {
	var b strings.Builder
	b.WriteString(describeGlobal(&cfg.Global))
	describeScripts(&b, cfg.Scripts)
	describeInstances(&b, cfg.Instances)
	describeServers(&b, cfg.VirtualServers)
	return b.String()
}

func describeGlobal(g *conf.Global) string {
	var b strings.Builder
	b.WriteString("------< Global definitions >------\n")
	fmt.Fprintf(&b, " Router ID = %s\n", g.RouterID)
	fmt.Fprintf(&b, " Smtp server = %s\n", cmp.Or(g.SMTPServer, "(none)"))
	fmt.Fprintf(&b, " Smtp HELO name = %s\n", g.SMTPHelo)
	fmt.Fprintf(&b, " Smtp server connection timeout = %d\n", int(g.SMTPTimeout.Seconds()))
	fmt.Fprintf(&b, " Email notification from = %s\n", g.NotificationEmailFrom)
	for _, to := range g.NotificationEmail {
		fmt.Fprintf(&b, " Email notification to = %s\n", to)
	}
	fmt.Fprintf(&b, " VRRP default protocol version = %d\n", g.VRRPVersion)
	fmt.Fprintf(&b, " VRRP realtime priority = %d\n", g.VRRPRealtime)
	fmt.Fprintf(&b, " Script security enabled = %t\n", g.EnableScriptSecurity)
	fmt.Fprintf(&b, " Default script user = %s\n", cmp.Or(g.ScriptUser, "keepalived_script or root"))
	return b.String()
}

func describeScripts(b *strings.Builder, scripts []*conf.Script) {
	if len(scripts) > 0 {
		b.WriteString("------< VRRP Scripts >------\n")
	}
	for _, s := range scripts {
		fmt.Fprintf(b, " VRRP Script = %s\n   Command = '%s'\n", s.Name, strings.Join(s.Command.Args, "' '"))
		fmt.Fprintf(b, "   Interval = %s\n   Timeout = %s\n   Weight = %d\n   Rise = %d\n   Fall = %d\n",
			s.Interval, s.Timeout, s.Weight, s.Rise, s.Fall)
	}
}

func describeInstances(b *strings.Builder, instances []*conf.Instance) {
	if len(instances) > 0 {
		b.WriteString("------< VRRP Topology >------\n")
	}
	for _, vi := range instances {
		fmt.Fprintf(b, " VRRP Instance = %s\n   VRRP Version = %d\n   Wantstate = %s\n", vi.Name, vi.Version, vi.WantState)
		fmt.Fprintf(b, "   Interface = %s\n   Virtual Router ID = %d\n   Priority = %d\n   Advert interval = %s\n",
			vi.Interface, vi.VRID, vi.Priority, vi.AdvertInt)
		for _, p := range vi.Peers {
			fmt.Fprintf(b, "   Unicast Peer = %s\n", p)
		}
		for _, a := range vi.VIPs {
			fmt.Fprintf(b, "   Virtual IP = %s\n", a.Prefix)
		}
		for _, a := range vi.ExcludedVIPs {
			fmt.Fprintf(b, "   Virtual IP Excluded = %s\n", a.Prefix)
		}
		for _, t := range vi.TrackScripts {
			fmt.Fprintf(b, "   Tracked script = %s weight %d\n", t.Script.Name, t.Weight)
		}
	}
}

func describeServers(b *strings.Builder, servers []*conf.VirtualServer) {
	if len(servers) > 0 {
		b.WriteString("------< LVS Topology >------\n")
	}
	for _, vs := range servers {
		fmt.Fprintf(b, " VIP = %s, VPORT = %d, protocol = %d\n", vs.Addr, vs.Port, vs.Protocol)
		fmt.Fprintf(b, "   lb_algo = %s\n   lb_kind = %s\n   persistence timeout = %s\n   quorum = %d, hysteresis = %d\n",
			vs.Scheduler, vs.Method, vs.Persistence, vs.Quorum, vs.Hysteresis)
		if s := vs.Sorry; s != nil {
			fmt.Fprintf(b, "   sorry server = %s:%d %s\n", s.Addr, s.Port, s.Method)
		}
		for _, rs := range vs.RealServers {
			fmt.Fprintf(b, "   RIP = %s, RPORT = %d, WEIGHT = %d, %s, checkers = %d\n",
				rs.Addr, rs.Port, rs.Weight, rs.Method, len(rs.Checkers))
		}
	}
}
