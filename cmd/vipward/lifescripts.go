// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"vipward/conf"
	"vipward/notify"
)

// lifeScripts are startup_script and shutdown_script: the parent runs them before the
// children start and after they have ended.
type lifeScripts struct {
	log    *slog.Logger
	runner *notify.Runner // nil until a script is run
	before *lifeScript
	after  *lifeScript
}

// lifeScript is one of them.
type lifeScript struct {
	name    string // as log lines call it
	command notify.Command
	limit   time.Duration
}

// newLifeScripts takes the scripts from a configuration. It has to be closed.
func newLifeScripts(cfg *conf.Config, log *slog.Logger) *lifeScripts {
	d := cfg.Global.Daemon
	s := &lifeScripts{log: log}
	s.before = s.find("startup script", d.StartupScript, d.StartupTimeout, cfg.Global)
	s.use(cfg)
	return s
}

// use takes the script for the end from a configuration, also at a reload.
func (s *lifeScripts) use(cfg *conf.Config) {
	d := cfg.Global.Daemon
	s.after = s.find("shutdown script", d.ShutdownScript, d.ShutdownTimeout, cfg.Global)
}

// find looks a script up; nil when there is none, or none that can be run.
func (s *lifeScripts) find(name string, c *conf.Command, limit time.Duration, g conf.Global) *lifeScript {
	if c == nil {
		return nil
	}
	cmd, err := notify.Resolve(*c, notify.DefaultsOf(g))
	if err != nil {
		s.log.Warn(err.Error())
		return nil
	}
	if cmd.Unsafe != "" {
		s.log.Warn(cmd.UnsafeLine())
	}
	cmd.Env = childEnv(os.Environ())
	return &lifeScript{name, cmd, limit}
}

// start runs the startup script. Signals that come meanwhile are kept for the daemon, but
// for those that end it: stop says that one came.
func (s *lifeScripts) start(ctx context.Context, signals <-chan os.Signal) (kept []os.Signal, stop bool) {
	if s.before == nil {
		return nil, false
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var g errgroup.Group
	g.Go(func() error {
		defer cancel()
		s.run(ctx, s.before)
		return nil
	})
	for ctx.Err() == nil {
		select {
		case sig := <-signals:
			if sig == syscall.SIGTERM || sig == syscall.SIGINT {
				stop = true
				cancel()
			} else if !slices.Contains(kept, sig) {
				kept = append(kept, sig)
			}
		case <-ctx.Done():
		}
	}
	_ = g.Wait() // it has no error
	return kept, stop
}

// stop runs the shutdown script.
func (s *lifeScripts) stop() {
	if s.after != nil {
		s.run(context.Background(), s.after)
	}
}

// run runs a script to its end, within its limit.
func (s *lifeScripts) run(ctx context.Context, l *lifeScript) {
	if s.runner == nil {
		s.runner = notify.NewRunner(s.log)
	}
	s.log.Info(lineRunning(l.name, l.command.Path))
	r := s.runner.Run(ctx, l.command, l.limit)
	if ctx.Err() != nil {
		return // it was ended because the daemon is
	}
	for _, line := range linesRan(l.name, r) {
		s.log.Info(line)
	}
	if !r.OK() {
		for _, line := range r.Lines() {
			s.log.Info(l.name + " said: " + line)
		}
	}
}

// close leaves what the scripts started to itself.
func (s *lifeScripts) close() {
	if s.runner != nil {
		report(s.log, s.runner.Close())
	}
}
