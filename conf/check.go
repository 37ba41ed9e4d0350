// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"time"
)

// checker of drafts: fills in defaults in keepalived's order and compares what
// belongs together.
type finisher struct {
	c       *collector
	d       *draft
	global  Global
	scripts []*Script      // one for each draft; nil where it was dropped
	named   map[string]int // index of the first script of a name
}

// check makes the Config of a draft.
func check(c *collector, d *draft) *Config {
	f := &finisher{c: c, d: d, named: map[string]int{}}
	f.globals()
	cfg := &Config{Global: f.global}
	for k, s := range d.scripts {
		if _, ok := f.named[s.name]; !ok {
			f.named[s.name] = k
		}
		out := f.script(s)
		f.scripts = append(f.scripts, out)
		if out != nil {
			cfg.Scripts = append(cfg.Scripts, out)
		}
	}
	for _, i := range d.instances {
		if out := f.instance(i); out != nil {
			cfg.Instances = append(cfg.Instances, out)
		}
	}
	f.sharedVRIDs(cfg.Instances)
	cfg.ServerGroups = f.groups()
	cfg.VirtualServers = f.servers(cfg.ServerGroups)
	cfg.SSL = d.ssl
	if d.mail.ok {
		c.add(codeMail, d.mail.val, "mail is not sent yet: the settings for it are read and have no effect")
	}
	return cfg
}

// Defaults of global_defs.
const (
	defaultSMTPTimeout = 30 * time.Second
	defaultVersion     = 2
	// defaultRealtime keeps adverts on time on a busy machine. keepalived has none.
	defaultRealtime         = 50
	defaultDownTimerAdverts = 3
)

// vrrpGroup4 is the group of VRRP (RFC 5798 section 5.1.1.2).
var vrrpGroup4 = netip.AddrFrom4([4]byte{224, 0, 0, 18})

func (f *finisher) globals() {
	g := &f.d.global
	f.global = Global{
		RouterID:              g.routerID.or(""),
		NotificationEmail:     g.emails,
		NotificationEmailFrom: g.emailFrom,
		SMTPServer:            g.smtpServer,
		SMTPHelo:              g.smtpHelo,
		SMTPTimeout:           g.smtpTimeout.or(defaultSMTPTimeout),
		SMTPAlert:             g.smtpAlert.or(false),
		EnableScriptSecurity:  g.scriptSecurity,
		ScriptUser:            g.scriptUser.user,
		ScriptGroup:           g.scriptUser.group,
		ScriptUserPos:         g.scriptUser.pos,
		VRRPVersion:           g.version.or(defaultVersion),
		VRRPRealtime:          g.realtime.or(defaultRealtime),
	}
}

// script makes a vrrp_script. A later one of the same name is kept as well, but
// only the first can be tracked.
func (f *finisher) script(s *scriptDraft) *Script {
	if !s.command.ok {
		f.c.add(codeDropped, s.pos, "vrrp_script %s has no script; it is ignored", s.name)
		return nil
	}
	cmd := s.command.val
	if len(cmd.Args) == 0 {
		return nil // what is wrong with it was said there
	}
	cmd.User, cmd.Group = s.user.user, s.user.group
	interval := s.interval.or(time.Second)
	return &Script{
		Name: s.name, Pos: s.pos, Command: cmd,
		Interval: interval, Timeout: s.timeout.or(interval),
		Weight: s.weight, Rise: s.rise.or(1), Fall: s.fall.or(1), InitFail: s.initFail,
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
	}
}
