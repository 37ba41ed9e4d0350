// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"errors"
	"log/slog"

	"vipward/conf"
	"vipward/notify"
)

// programs are the commands of a configuration that can be run. They are looked up in the
// file system before the loop gets the configuration, since a disk may be slow.
type programs map[*conf.Command]notify.Command

// findPrograms looks up every command of cfg, and says which cannot be run.
func findPrograms(cfg *conf.Config, log *slog.Logger) programs {
	f := finder{programs{}, notify.DefaultsOf(cfg.Global), log}
	for _, s := range cfg.Scripts {
		f.find(&s.Command, "vrrp script")
	}
	for _, vi := range cfg.Instances {
		h := instanceHooks(vi)
		f.find(h.master, "notify script", h.backup, h.fault, h.stop, vi.Notify, vi.NotifyRxLowerPrio, vi.NotifyDeleted)
	}
	for _, g := range cfg.SyncGroups {
		h := groupHooks(g)
		f.find(h.master, "notify script", h.backup, h.fault, h.stop, g.Notify)
	}
	for _, p := range []conf.FIFO{cfg.Global.FIFOs.All, cfg.Global.FIFOs.VRRP} {
		if p.Path != "" {
			f.find(p.Script, "notify fifo script")
		}
	}
	return f.found
}

// finder looks commands up.
type finder struct {
	found    programs
	defaults notify.Defaults
	log      *slog.Logger
}

// find looks up commands of one kind; nil ones are none.
func (f finder) find(c *conf.Command, kind string, more ...*conf.Command) {
	for _, c := range append([]*conf.Command{c}, more...) {
		if c == nil || len(c.Args) == 0 {
			continue
		}
		cmd, err := notify.Resolve(*c, f.defaults)
		if err != nil {
			f.refused(c, kind, err)
			continue
		}
		if cmd.Unsafe != "" {
			f.log.Warn(cmd.UnsafeLine())
		}
		f.found[c] = cmd
	}
}

// refused says why a command is not run.
func (f finder) refused(c *conf.Command, kind string, err error) {
	f.log.Warn(err.Error())
	var re *notify.ResolveError
	if errors.As(err, &re) && re.Verdict == notify.UnknownUser {
		f.log.Warn(userIgnoredLine(kind, c))
	}
}
