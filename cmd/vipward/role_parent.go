// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"vipward/conf"
	"vipward/watchdog"
)

// launch is how the parent was started.
type launch struct {
	stderr *os.File // of the children; nil: none
	up     func()   // called when the daemon is up, maybe more than once
}

// foreground is -n: standard error stays connected.
func (c *command) foreground() launch {
	f, _ := c.stderr.(*os.File)
	return launch{stderr: f, up: func() {}}
}

// parent is the main function of the daemon's first process.
func (c *command) parent(ctx context.Context, l launch) int {
	tuneRuntime("")
	syscall.Umask(c.opts.fileMask(nil))
	var g errgroup.Group
	listening, deaf := context.WithCancel(ctx)
	// They stay caught to the very end: one that comes late must not change the exit status.
	signals := listen(listening, &g, parentSignals())
	defer func() {
		deaf()
		_ = g.Wait() // they have no error
	}()
	log, flush := c.logger("")
	defer flush()
	c.greet(log)
	code, started := c.startup(ctx, log, l, signals)
	if started {
		logUsage(log)
		log.Info(c.opts.identity.lineStopped())
	}
	return code
}

// greet writes the lines that open every log.
func (c *command) greet(log *slog.Logger) {
	log.Info(c.opts.identity.lineStart())
	log.Info(lineSystem())
	log.Info("Command line: '" + strings.Join(c.args, "' '") + "'")
}

// startup reads the configuration, takes the pid file and supervises. It says whether
// this process is the one that runs.
func (c *command) startup(ctx context.Context, log *slog.Logger, l launch, signals <-chan os.Signal) (int, bool) {
	r, plan, err := c.load(log, false)
	c.facts.note(&c.opts, r, plan, err)
	if !c.opts.console {
		conf.Print(c.stderr, r.Diagnostics) // else the same is already there
	}
	switch {
	case errors.Is(err, errNoConfig):
		return exitNoConfig, true
	case err != nil:
		return exitConfig, true
	}
	if c.opts.dumpConfig {
		logLines(log, describeConfig(r.Config))
	}
	defer c.distinguish(r.Config.Global.Daemon, log)()
	pid, err := watchdog.OpenPIDFile(c.opts.pid)
	var running *watchdog.RunningError
	switch {
	case errors.As(err, &running):
		log.Info(running.Error())
		log.Info("daemon is already running")
		return exitOK, false
	case err != nil:
		log.Error(err.Error())
		return exitFatal, true
	}
	defer func() { report(log, pid.Remove()) }()
	report(log, pid.Write(os.Getpid()))
	syscall.Umask(c.opts.fileMask(r.Config))
	return c.live(ctx, supervision{log: log, launch: l, signals: signals, plan: plan, config: c.parentsPart(r.Config)}), true
}

// live supervises, between the scripts of the configuration for start and end.
func (c *command) live(ctx context.Context, s supervision) int {
	s.scripts = newLifeScripts(s.config, s.log)
	defer s.scripts.close()
	var stop bool
	s.kept, stop = s.scripts.start(ctx, s.signals)
	code := exitOK
	if stop {
		s.log.Info("Stopping")
	} else {
		code = exitCode(s.log, c.supervise(ctx, s))
	}
	s.scripts.stop()
	return code
}

// supervision is what supervise works with.
type supervision struct {
	log     *slog.Logger
	launch  launch
	signals <-chan os.Signal
	kept    []os.Signal // came earlier
	plan    watchdog.Plan
	config  *conf.Config // the parent's part of that of the plan
	scripts *lifeScripts
}

// parentsPart is a configuration without what only the children work with: of thousands of
// servers no more stays in this process than the next reading can use.
func (c *command) parentsPart(cfg *conf.Config) *conf.Config {
	c.before = cfg.Outline()
	return &conf.Config{Global: cfg.Global}
}

// supervise runs the children until a signal or a permanent error ends them.
func (c *command) supervise(ctx context.Context, s supervision) error {
	self, err := watchdog.NewSelf(c.args[1:], childEnv(c.env), s.launch.stderr)
	if err != nil {
		return err
	}
	defer self.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	requests := make(chan watchdog.Request)
	hooks := &hooks{log: s.log, opts: &c.opts, launch: s.launch, saved: self.Saved, discard: self.Discard}
	hooks.global.Store(&s.config.Global)
	relay := &relay{stop: cancel, requests: requests, log: s.log, owned: self.Owns}
	opts := c.supervisorOptions(s, self, hooks, requests)
	// The local API outlives the begin of the stop: who waits for a reload hears of it.
	serving, endServing := context.WithCancel(context.WithoutCancel(ctx))
	defer endServing()
	var g errgroup.Group
	if l := c.openControl(s.log); l != nil {
		l.watch(&opts)
		g.Go(func() error { return l.serve(serving, s.log) })
	}
	g.Go(func() error {
		defer cancel()
		defer endServing()
		return watchdog.Run(ctx, s.plan, opts)
	})
	g.Go(func() error { return relay.run(ctx, s.kept, s.signals) })
	timed := &reloadTimer{settings: hooks.daemon, log: s.log, reload: func() { relay.request(ctx, watchdog.RequestReload) }}
	g.Go(func() error { return timed.run(ctx) })
	return g.Wait()
}

// beatAlone is how often the children are asked whether their loops go round where no service
// manager wants to know it.
const beatAlone = 6 * time.Second

func (c *command) supervisorOptions(s supervision, self *watchdog.Self, hooks *hooks, requests <-chan watchdog.Request) watchdog.Options {
	beat, err := watchdog.SystemdBeat()
	report(s.log, err)
	return watchdog.Options{
		Beat:      cmp.Or(beat, beatAlone),
		Alive:     func() { watchdog.SystemdAlive(s.log) },
		Starter:   self,
		Validate:  func() error { return c.validate(hooks.daemon(), s.log) },
		Load:      func() (watchdog.Plan, error) { return c.reload(s, hooks) },
		Requests:  requests,
		Log:       s.log,
		PIDFiles:  map[watchdog.Role]string{watchdog.VRRP: c.opts.vrrpPID, watchdog.Checker: c.opts.checkerPID},
		NoRespawn: c.opts.noRespawn,
		Phase:     hooks.phase,
		Orphan:    hooks.orphan,
		Dumped:    hooks.dumped,
	}
}

// reload reads the files again, and goes over to what concerns the parent.
func (c *command) reload(s supervision, h *hooks) (watchdog.Plan, error) {
	return marked(h.daemon(), s.log, func() (watchdog.Plan, error) {
		return guarded(func() (watchdog.Plan, error) {
			r, plan, err := c.load(s.log, true)
			c.facts.note(&c.opts, r, plan, err)
			if err == nil {
				s.scripts.use(r.Config)
				h.global.Store(&c.parentsPart(r.Config).Global)
				syscall.Umask(c.opts.fileMask(r.Config))
				nameProcess(processName("", r.Config.Global.Daemon))
			}
			return plan, err
		})
	})
}

// exitCode is what the end of the supervision means for our caller.
func exitCode(log *slog.Logger, err error) int {
	var child *watchdog.ExitError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &child):
		return child.Code // already logged
	default:
		log.Error(err.Error())
		return exitFatal
	}
}

// parentEnv is what a service manager says to the process that it started.
var parentEnv = []string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}

// childEnv is the environment without what is for the parent only.
func childEnv(env []string) []string {
	var out []string
	for _, e := range env {
		name, _, _ := strings.Cut(e, "=")
		if !slices.Contains(parentEnv, name) && e != daemonEnv {
			out = append(out, e)
		}
	}
	return out
}
