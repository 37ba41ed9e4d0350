// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"vipward/conf"
	"vipward/notify"
	"vipward/vrrp/track"
)

// scripts are the tracked vrrp_scripts: their programs run in goroutines of their own, their
// states belong to the loop.
type scripts struct {
	box      *inbox
	group    *errgroup.Group
	runner   *notify.Runner
	programs programs
	byName   map[string]*trackedScript
}

// trackedScript is one vrrp_script that an instance tracks.
type trackedScript struct {
	cfg     *conf.Script
	program *notify.Command // nil: it cannot be run
	state   track.ScriptState
	stop    context.CancelFunc
}

// scriptEnded tells the loop of a run.
type scriptEnded struct {
	script *trackedScript
	result track.ScriptResult
}

func (m scriptEnded) handle(l *loop) {
	if l.tracking.scripts.byName[m.script.cfg.Name] != m.script {
		return // a reload has taken it away
	}
	changed := m.script.state.Result(m.result)
	for _, text := range m.script.state.Lines(m.script.cfg.Name) {
		l.line(text, false)
	}
	if changed {
		l.refresh()
		l.unsaved = true
	}
}

func newScripts(box *inbox, g *errgroup.Group, r *notify.Runner) *scripts {
	return &scripts{box: box, group: g, runner: r, byName: map[string]*trackedScript{}}
}

// set starts and stops programs so that those run which cfg's instances track. A script
// that keeps name and command keeps its state; a new one has the state that an earlier
// process knew of it, if any.
func (s *scripts) set(cfg *conf.Config, known map[string]bool) {
	want := map[string]*conf.Script{}
	for _, vi := range cfg.Instances {
		for _, t := range vi.TrackScripts {
			want[t.Script.Name] = t.Script
		}
	}
	for name, t := range s.byName {
		if c := want[name]; c == nil || !s.same(t, c) {
			t.stop()
			delete(s.byName, name)
		}
	}
	for name, c := range want {
		if s.byName[name] != nil {
			continue
		}
		t := s.start(c)
		if up, ok := known[name]; ok {
			t.state.Resume(up)
		}
		s.byName[name] = t
	}
}

// known lists the scripts that have had a result.
func (s *scripts) known() map[string]bool {
	up := map[string]bool{}
	for name, t := range s.byName {
		if t.state.Known() {
			up[name] = t.state.Up()
		}
	}
	return up
}

// same says whether c is what t runs, down to the file that its command leads to now.
func (s *scripts) same(t *trackedScript, c *conf.Script) bool {
	x, y := *t.cfg, *c
	x.Pos, y.Pos = conf.Pos{}, conf.Pos{}
	x.Command.Pos, y.Command.Pos = conf.Pos{}, conf.Pos{}
	return reflect.DeepEqual(x, y) && reflect.DeepEqual(t.program, s.program(c))
}

// program is what the script's command resolved to; nil when it cannot be run.
func (s *scripts) program(c *conf.Script) *notify.Command {
	if cmd, ok := s.programs[&c.Command]; ok {
		return &cmd
	}
	return nil
}

// start begins to run one script.
func (s *scripts) start(c *conf.Script) *trackedScript {
	ctx, cancel := context.WithCancel(s.box.ctx)
	t := &trackedScript{cfg: c, state: track.NewScriptState(c.Rise, c.Fall, c.InitFail), stop: cancel}
	if t.program = s.program(c); t.program == nil {
		t.state.Disable()
		return t
	}
	s.group.Go(func() error { return s.repeat(ctx, t) })
	return t
}

// repeat runs the program now and then every interval from launch to launch, never twice
// at once: a launch that falls into a run is left out.
func (s *scripts) repeat(ctx context.Context, t *trackedScript) error {
	tick := time.NewTicker(t.cfg.Interval)
	defer tick.Stop()
	for {
		r := s.runner.Run(ctx, *t.program, t.cfg.Timeout)
		if ctx.Err() != nil {
			return nil
		}
		s.box.post(scriptEnded{t, scriptResult(r)})
		select {
		case <-tick.C: // it fell into the run
		default:
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// stop ends all programs.
func (s *scripts) stop() {
	for _, t := range s.byName {
		t.stop()
	}
}

// weigh sums what an instance's tracked scripts mean for it.
func (s *scripts) weigh(tracked []conf.TrackScript) (undecided, failed bool, delta int) {
	for _, t := range tracked {
		d, fault, wait := s.byName[t.Script.Name].state.Effect(t.Weight)
		delta += d
		failed = failed || fault
		undecided = undecided || wait
	}
	return undecided, failed, delta
}

// scriptResult is the part of a run's result that the state is made of. A program that
// cannot be started any more has failed.
func scriptResult(r notify.Result) track.ScriptResult {
	if r.Err != nil {
		return track.ScriptResult{Status: 127}
	}
	return track.ScriptResult{Status: r.Status, Signal: int(r.Signal), TimedOut: r.TimedOut}
}

func (s *scripts) dump(b *strings.Builder, c *conf.Script) {
	fmt.Fprintf(b, " VRRP Script = %s\n", c.Name)
	fmt.Fprintf(b, "   Interval = %v, timeout = %v, weight = %d, rise = %d, fall = %d\n",
		c.Interval, c.Timeout, c.Weight, c.Rise, c.Fall)
	t := s.byName[c.Name]
	if t == nil {
		b.WriteString("   Not tracked\n")
		return
	}
	fmt.Fprintf(b, "   Status = %s\n", t.state)
}
