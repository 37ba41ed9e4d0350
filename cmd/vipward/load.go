// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"

	"vipward/conf"
	"vipward/watchdog"
)

// errNoConfig says that there is no configuration at all.
var errNoConfig = errors.New("configuration missing")

// reading is one reading of the configuration.
type reading struct {
	*conf.Loaded
	lost error // why its network namespace cannot be entered
}

// read reads and checks the configuration as opts say, in its network namespace. A running
// daemon stays where it is.
func (c *command) read(opts conf.Options) reading {
	r := reading{Loaded: opts.Load(c.opts.config)}
	if c.global == nil && r.Config != nil {
		r.lost = enterNamespace(c.opts.naming(r.Config.Global.Daemon).namespace, namedNamespaces)
	}
	r.CheckHost(conf.System{})
	return r
}

// err is the reason why the configuration cannot be run. A running daemon is more
// particular: text that is not understood as it was meant must not replace what works.
func (r reading) err(running bool) error {
	if r.Missing {
		return errNoConfig
	}
	for _, d := range r.Diagnostics {
		if d.Severity == conf.Fatal {
			return errors.New(d.String())
		}
	}
	if !running || !r.Broken() {
		return nil
	}
	for _, d := range r.Diagnostics {
		if d.Breaks() {
			return errors.New(d.String())
		}
	}
	return errors.New("the configuration is broken")
}

// log writes the diagnostics.
func (r reading) log(log *slog.Logger) { logDiagnostics(log, r.Diagnostics) }

func logDiagnostics(log *slog.Logger, diags []conf.Diagnostic) {
	for _, d := range diags {
		text := d.String()
		if d.Hint != "" {
			text += " (" + d.Hint + ")"
		}
		switch d.Severity {
		case conf.Note:
			log.Info(text)
		case conf.Warning:
			log.Warn(text)
		case conf.Error, conf.Fatal:
			log.Error(text)
		}
	}
}

// load reads the configuration, reports what is wrong with it and makes the plan.
func (c *command) load(log *slog.Logger, running bool) (reading, watchdog.Plan, error) {
	defer hurry()()
	opts := c.opts.reading
	opts.Before, opts.Room = c.before, c.room()
	r := c.read(opts)
	if !r.Missing {
		log.Info("Configuration file " + c.opts.config)
	}
	if r.lost != nil {
		log.Error(r.lost.Error()) // what is wrong there follows from it
		return r, watchdog.Plan{}, r.lost
	}
	r.log(log)
	if err := r.err(running); err != nil {
		if errors.Is(err, errNoConfig) {
			log.Error(c.lineMissing())
		}
		return r, watchdog.Plan{}, err
	}
	if err := c.unchangeable(r.Config.Global); err != nil {
		return r, watchdog.Plan{}, err
	}
	snapshot, err := r.Snapshot()
	if err != nil {
		return r, watchdog.Plan{}, err
	}
	part := r.WithoutServers(snapshot)
	// The children leave out the same, and only here it is said.
	runs, left := r.Config.Runnable()
	logDiagnostics(log, left)
	plan := watchdog.Plan{
		Snapshot: snapshot, Parts: map[watchdog.Role][]byte{watchdog.VRRP: part},
		Roles: c.opts.roles(runs), StopTimeout: runs.Global.Daemon.ChildWaitTime,
	}
	if len(plan.Roles) == 0 {
		log.Warn("Warning - vipward has no configuration to run")
	}
	return r, plan, nil
}

// room is about the size of the next snapshot: as the last one, or less than the file.
func (c *command) room() int {
	if last := c.facts.get().Snapshot; last != nil {
		return len(last)
	}
	info, err := os.Stat(c.opts.config)
	if err != nil {
		return 0 // to read it will say so
	}
	return int(min(info.Size(), maxRoom))
}

// maxRoom bounds the room that is asked for on the word of a file.
const maxRoom = 16 << 20

// unchangeable refuses what a running daemon cannot go over to, and remembers the others.
func (c *command) unchangeable(next conf.Global) error {
	if c.global != nil {
		if lines := c.global.Unchangeable(&next); lines != nil {
			return errors.New(strings.Join(lines, "; "))
		}
	}
	c.global = &next // a copy: the rest of the Config can go
	return nil
}

func (c *command) lineMissing() string {
	return fmt.Sprintf("Config files missing '%s'.", c.opts.config)
}

// decode gives the part of a snapshot's configuration that this version runs, and what is to be
// known of it when another one follows. before is what is known of an earlier one, or nil.
func decode(snapshot []byte, before *conf.Config) (runs, known *conf.Config, err error) {
	cfg, err := conf.Reread(snapshot, before)
	if err != nil {
		return nil, nil, err
	}
	runs, _ = cfg.Runnable()
	return runs, cfg.Known(), nil
}

// roles says which children are needed, in keepalived's order of starting.
func (o *options) roles(cfg *conf.Config) []watchdog.Role {
	var roles []watchdog.Role
	if (o.checker || !o.vrrp) && (o.all || len(cfg.VirtualServers) > 0) {
		roles = append(roles, watchdog.Checker)
	}
	if (o.vrrp || !o.checker) && (o.all || hasVRRP(cfg)) {
		roles = append(roles, watchdog.VRRP)
	}
	return roles
}

// guarded reads for a reload: a mistake in our reading of some odd text must not take a
// running daemon down, so a panic becomes an error with its place.
func guarded(load func() (watchdog.Plan, error)) (plan watchdog.Plan, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("internal error: %v\n%s", r, debug.Stack())
		}
	}()
	return load()
}

// hasVRRP says whether there is something to do for a vrrp child: static items need one, too.
func hasVRRP(cfg *conf.Config) bool {
	return len(cfg.Instances)+len(cfg.StaticAddresses)+len(cfg.StaticRoutes)+len(cfg.StaticRules) > 0
}
