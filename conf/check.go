// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"strings"
	"time"
)

// checker of drafts: fills in defaults in keepalived's order and compares what
// belongs together.
type finisher struct {
	c      *collector
	d      *draft
	global Global
	seen   map[endpoint]uint8 // the real servers of the virtual server that is judged

	// What can be tracked: one for each draft, nil where it was dropped.
	scripts   []*Script
	files     []*TrackedFile
	processes []*TrackedProcess
	bfds      []*BFD
	names     [trackKinds][]string // of the drafts
}

// check makes the Config of a draft.
func check(c *collector, d *draft) *Config {
	f := &finisher{c: c, d: d, seen: map[endpoint]uint8{}}
	f.globals()
	cfg := &Config{Global: f.global}
	f.trackables(cfg)
	for _, i := range d.instances {
		if out := f.instance(i); out != nil {
			cfg.Instances = append(cfg.Instances, out)
		}
	}
	f.sharedVRIDs(cfg.Instances)
	f.syncGroups(cfg)
	f.syncDaemons(cfg)
	cfg.TrackGroups, cfg.GARPGroups = d.trackGroups, f.garpGroups()
	cfg.StaticAddresses, cfg.StaticRoutes, cfg.StaticRules = d.staticAddrs, d.staticRoutes, d.staticRules
	cfg.Linkbeats, cfg.LinkDelays = d.linkbeats, d.delays
	cfg.ServerGroups = f.groups()
	cfg.VirtualServers = f.servers(cfg.ServerGroups)
	cfg.SSL = d.ssl
	cfg.spreadSSL()
	if missing := missingForMail(&cfg.Global); d.mail.ok && missing != "" {
		c.add(codeMail, d.mail.val, "alerts are not mailed: there is no %s", missing)
	}
	return cfg
}

// missingForMail says what alerts cannot be mailed without.
func missingForMail(g *Global) string {
	var missing []string
	if g.SMTPServer == "" {
		missing = append(missing, "smtp_server")
	}
	if len(g.NotificationEmail) == 0 {
		missing = append(missing, "notification_email")
	}
	return strings.Join(missing, " and no ")
}

// spreadSSL gives the SSL block to the checks that use it. It may stand behind them.
func (c *Config) spreadSSL() {
	for _, vs := range c.VirtualServers {
		for _, rs := range vs.RealServers {
			for _, k := range rs.Checkers {
				switch {
				case k.HTTP != nil && k.HTTP.TLS:
					k.HTTP.SSL = c.SSL
					k.HTTP.authorities(c.SSL)
				case k.GRPC != nil && k.GRPC.TLS:
					k.GRPC.SSL = c.SSL
					k.GRPC.authorities(c.SSL)
				}
			}
		}
	}
}

// authorities are those of the SSL block for a check that names none.
func (t *Trust) authorities(s *SSL) {
	if t.CAFile == "" && s != nil {
		t.CAFile = s.CA
	}
}

// trackables judges all definitions that can be tracked.
func (f *finisher) trackables(cfg *Config) {
	for _, s := range f.d.scripts {
		f.scripts = append(f.scripts, f.script(s))
		f.names[trackedScript] = append(f.names[trackedScript], s.name)
	}
	for _, s := range f.d.files {
		f.files = append(f.files, f.file(s))
		f.names[trackedFile] = append(f.names[trackedFile], s.Name)
	}
	for _, s := range f.d.processes {
		f.processes = append(f.processes, f.process(s))
		f.names[trackedProcess] = append(f.names[trackedProcess], s.Name)
	}
	for _, s := range f.d.bfds {
		f.bfds = append(f.bfds, f.bfd(s))
		f.names[trackedBFD] = append(f.names[trackedBFD], s.out.Name)
	}
	cfg.Scripts, cfg.Files = present(f.scripts), present(f.files)
	cfg.Processes, cfg.BFDs = present(f.processes), present(f.bfds)
}

// present gives what is not nil.
func present[T any](list []*T) []*T {
	var out []*T
	for _, e := range list {
		if e != nil {
			out = append(out, e)
		}
	}
	return out
}

// Defaults of global_defs.
const (
	defaultSMTPTimeout = 30 * time.Second
	defaultVersion     = 2
	// defaultRealtime keeps adverts on time on a busy machine. keepalived has none.
	defaultRealtime         = 50
	defaultDownTimerAdverts = 3
	defaultRxMultiplier     = 3
)

// vrrpGroup4 is the group of VRRP (RFC 5798 section 5.1.1.2).
var vrrpGroup4 = netip.AddrFrom4([4]byte{224, 0, 0, 18})

// vrrpGroup6 is that of IPv6 (section 5.1.2.2).
var vrrpGroup6 = netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 15: 0x12})

func (f *finisher) globals() {
	g := &f.d.global
	f.global = g.out
	out := &f.global
	out.RouterID = g.routerID.or("")
	out.NotificationEmail, out.NotificationEmailFrom = g.emails, g.emailFrom
	out.SMTPServer, out.SMTPHelo = g.smtpServer, g.smtpHelo
	out.SMTPTimeout = g.smtpTimeout.or(defaultSMTPTimeout)
	out.SMTPAlert = g.smtpAlert.or(false)
	out.SMTPAlertVRRP = g.smtpAlertVRRP.or(out.SMTPAlert)
	out.SMTPAlertChecker = g.smtpAlertChecker.or(out.SMTPAlert)
	out.EnableScriptSecurity = g.scriptSecurity
	u := g.scriptUser
	out.ScriptUser, out.ScriptGroup, out.ScriptUserPos, out.ScriptSupplementary = u.user, u.group, u.pos, u.supplementary
	out.VRRPVersion = g.version.or(defaultVersion)
	out.VRRPRealtime = g.realtime.or(defaultRealtime)
	f.globalVRRP(&out.VRRP)
}

// globalVRRP fills in the defaults of instances.
func (f *finisher) globalVRRP(v *GlobalVRRP) {
	g := &f.d.global
	v.Group4 = vrrpGroup4
	if g.group4.IsValid() {
		v.Group4 = g.group4
	}
	if !v.Group6.IsValid() {
		v.Group6 = vrrpGroup6
	}
	v.LowerPrioNoAdvert = g.lowerPrioNoAdvert.or(v.Strict)
	v.OwnerIgnoreAdverts = g.ownerIgnore.or(v.Strict)
	if v.RxBufsMultiplier == 0 {
		v.RxBufsMultiplier = defaultRxMultiplier
	}
}

// garp fills in an instance's settings: its own, the global ones, the defaults.
// What is not set for a lower priority follows the global values for a master.
func (f *finisher) garp(i garpDraft) GARP {
	g := f.d.global.garp
	delay := g.masterDelay.or(5 * time.Second)
	repeat := g.masterRepeat.or(5)
	return GARP{
		MasterDelay:         i.masterDelay.or(delay),
		MasterRepeat:        i.masterRepeat.or(repeat),
		MasterRefresh:       i.masterRefresh.orElse(g.masterRefresh).or(0),
		MasterRefreshRepeat: i.masterRefreshRepeat.orElse(g.masterRefreshRepeat).or(1),
		LowerPrioDelay:      i.lowerPrioDelay.orElse(g.lowerPrioDelay).or(delay),
		LowerPrioRepeat:     i.lowerPrioRepeat.orElse(g.lowerPrioRepeat).or(repeat),
		Extra:               i.extra.orElse(g.extra).val.every,
		ExtraAll:            i.extra.orElse(g.extra).val.all,
	}
}
