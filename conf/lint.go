// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"cmp"
	"time"
)

// Of lints: what is no mistake to keepalived and still does harm. They are part of a
// check and never of a configuration test.
var (
	lintStuck       = code{"lint-nopreempt-weight", Warning, ClassOK, FromConfiguration}
	lintTimeout     = code{"lint-timeout", Warning, ClassOK, FromConfiguration}
	lintSecurity    = code{"lint-script-security", Note, ClassOK, FromConfiguration}
	lintRefresh     = code{"lint-garp-refresh", Note, ClassOK, FromConfiguration}
	lintDelayLoop   = code{"lint-delay-loop", Note, ClassOK, FromConfiguration}
	lintUnchecked   = code{"lint-no-check", Note, ClassOK, FromConfiguration}
	lintFall        = code{"lint-fall", Note, ClassOK, FromConfiguration}
	lintSharedVRID  = code{"lint-shared-vrid", Warning, ClassOK, FromConfiguration}
	lintUnicastSrc  = code{"lint-unicast-source", Note, ClassOK, FromConfiguration}
	lintOneProbe    = code{"lint-check-timeout", Warning, ClassOK, FromConfiguration}
	lintDebounce    = code{"lint-debounce", Warning, ClassOK, FromConfiguration}
	lintGroupPrio   = code{"lint-group-priority", Warning, ClassOK, FromConfiguration}
	lintTLSVerify   = code{"lint-tls-verify", Note, ClassOK, FromConfiguration}
	lintClearSecret = code{"lint-auth-pass", Note, ClassOK, FromConfiguration}
)

// Lint says what keepalived accepts in a configuration and people suffer from later.
func Lint(cfg *Config) []Diagnostic {
	l := linter{c: newCollector(), cfg: cfg}
	for _, s := range cfg.Scripts {
		l.script(s)
	}
	l.security()
	for _, vi := range cfg.Instances {
		l.instance(vi)
	}
	l.refresh()
	l.segments()
	l.groups()
	l.debounce()
	l.syncDaemon()
	for _, vs := range cfg.VirtualServers {
		l.server(vs)
	}
	return l.c.list
}

type linter struct {
	c   *collector
	cfg *Config
}

// script: runs that last longer than the interval, and verdicts of a single run.
func (l *linter) script(s *Script) {
	if s.Timeout > s.Interval {
		l.c.addHint(lintTimeout, s.Pos, "set timeout below interval",
			"vrrp_script %s may run for %s and is due every %s: a slow run takes the place of the next ones", s.Name, s.Timeout, s.Interval)
	}
	if s.Fall == 1 && l.tracked(s) {
		l.c.addHint(lintFall, s.Pos, "fall 2 or 3 rides out a moment of load", "vrrp_script %s: one failed run is enough to act on (fall 1)", s.Name)
	}
}

// tracked says whether the verdict of a script matters to anybody.
func (l *linter) tracked(s *Script) bool {
	for _, vi := range l.cfg.Instances {
		for _, t := range vi.TrackScripts {
			if t.Script == s {
				return true
			}
		}
	}
	return false
}

// security: scripts that anybody who can write to them runs as root.
func (l *linter) security() {
	if l.cfg.Global.EnableScriptSecurity {
		return
	}
	if cmd := firstCommand(l.cfg); cmd != nil {
		l.c.addHint(lintSecurity, cmd.Pos, "put enable_script_security and a script_user into global_defs",
			"scripts run without enable_script_security: who can write to one of them or its directories gets its user's rights")
	}
}

// firstCommand gives a script of the configuration, if it has any.
func firstCommand(cfg *Config) *Command {
	for _, s := range cfg.Scripts {
		return &s.Command
	}
	for _, vi := range cfg.Instances {
		if cmd := cmp.Or(vi.NotifyMaster, vi.NotifyBackup, vi.NotifyFault, vi.NotifyStop, vi.Notify); cmd != nil {
			return cmd
		}
	}
	return nil
}

func (l *linter) instance(vi *Instance) {
	if w, ok := firstWeight(vi); ok && vi.NoPreempt && !faults(vi) {
		l.c.addHint(lintStuck, vi.Pos, "leave nopreempt out, or track with weight 0 so that a failure is a fault",
			"(%s) nopreempt with %s: a lower priority never moves the VIP, because the other router does not preempt either", vi.Name, w)
	}
	if vi.Unicast() && !vi.Source.IsValid() {
		l.c.addHint(lintUnicastSrc, vi.Pos, "set unicast_src_ip to the address that the peers list",
			"(%s) unicast without unicast_src_ip: adverts come from the first address of the interface, whatever that is", vi.Name)
	}
	if vi.AuthType == AuthPass && l.c.first("auth_pass") {
		l.c.addHint(lintClearSecret, vi.Pos, "filter VRRP on the segment; the password only tells two pairs apart",
			"(%s) auth_pass travels in clear in every advert, at most 8 bytes of it", vi.Name)
	}
}

// refresh: neighbours that missed the announcement of a take-over.
func (l *linter) refresh() {
	for _, vi := range l.cfg.Instances {
		if vi.GARP.MasterRefresh == 0 {
			l.c.addHint(lintRefresh, vi.Pos, "vrrp_garp_master_refresh 60 in global_defs repairs them",
				"(%s) gratuitous ARP is sent at a take-over and never again: who missed it goes on to the old master", vi.Name)
			return // one remark says it for all
		}
	}
}

// segments: instances of one VRID whose addresses lie in one network hear each other,
// even through different interfaces.
func (l *linter) segments() {
	for i, vi := range l.cfg.Instances {
		for _, other := range l.cfg.Instances[:i] {
			if vi.VRID == other.VRID && vi.Interface != other.Interface && vi.Family == other.Family && !vi.Unicast() && sameNetwork(vi, other) {
				l.c.addHint(lintSharedVRID, vi.Pos, "give each its own virtual_router_id",
					"(%s) virtual_router_id %d is that of %s too, and both have addresses in one network: on a shared segment they take each other's adverts",
					vi.Name, vi.VRID, other.Name)
				return
			}
		}
	}
}

// sameNetwork says whether two instances have addresses of one network.
func sameNetwork(a, b *Instance) bool {
	for _, x := range a.VIPs {
		for _, y := range b.VIPs {
			if !x.Prefix.IsSingleIP() && x.Prefix.Masked() == y.Prefix.Masked() {
				return true
			}
		}
	}
	return false
}

// slowDelay is the default of delay_loop.
const slowDelay = 60 * time.Second

func (l *linter) server(vs *VirtualServer) {
	slow, plain := false, false
	for _, rs := range vs.RealServers {
		if len(rs.Checkers) == 0 {
			l.c.addHint(lintUnchecked, rs.Pos, "add a TCP_CHECK or another check", "real server %s has no check: it gets traffic whatever happens to it", endpoint{rs.Addr, rs.Port})
		}
		for _, k := range rs.Checkers {
			l.probe(vs, rs, k)
			slow = slow || k.DelayLoop >= slowDelay
			plain = plain || k.HTTP != nil && k.HTTP.TLS && !k.HTTP.Verify
		}
	}
	if slow {
		l.c.addHint(lintDelayLoop, vs.Pos, "set delay_loop 5 or so",
			"virtual server %s: checks run once in 60 seconds, the default of delay_loop, or less: so long a dead server gets traffic", vs.Service())
	}
	if plain {
		l.c.addHint(lintTLSVerify, vs.Pos, "write verify on, which keepalived does not know", "virtual server %s: SSL_GET does not verify the certificate of the server, as in keepalived", vs.Service())
	}
}

// probe: one attempt that lasts as long as the time to the next check. The checks of a
// virtual server are mostly alike: one of them is named.
func (l *linter) probe(vs *VirtualServer, rs *RealServer, k *Checker) {
	waits := k.Misc == nil && k.File == nil && k.BFD == nil
	if waits && k.ConnectTimeout >= k.DelayLoop && l.c.first("probe "+vs.Pos.String()) {
		l.c.addHint(lintOneProbe, k.Pos, "set connect_timeout well below delay_loop",
			"%s of %s may wait %s for an answer and is due every %s", k.Kind, endpoint{rs.Addr, rs.Port}, k.ConnectTimeout, k.DelayLoop)
	}
}
