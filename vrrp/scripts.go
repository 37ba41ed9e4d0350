// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"fmt"
	"reflect"
	"sync/atomic"

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
	line     func(text string, detail bool)
	programs programs
	byName   map[string]*trackedScript
}

// trackedScript is one vrrp_script that an instance tracks.
type trackedScript struct {
	cfg     *conf.Script
	program *notify.Command // nil: it cannot be run
	known   track.ScriptState
	silent  bool // it failed by running out of time, and has not ended yet
	short   bool // the machine had no room for its last run
	stop    context.CancelFunc
	phase   atomic.Int32 // index into scriptPhases, for dumps
}

func (t *trackedScript) state() track.Tracker { return &t.known }

func (t *trackedScript) reason(_ watch, instance string) string {
	return track.ScriptReason(instance, t.cfg.Name)
}

func newScripts(box *inbox, g *errgroup.Group, r *notify.Runner, line func(string, bool)) *scripts {
	return &scripts{box: box, group: g, runner: r, line: line, byName: map[string]*trackedScript{}}
}

// scriptsOf lists the scripts that instances and groups of cfg track, in its order.
func scriptsOf(cfg *conf.Config) []*conf.Script {
	used := map[*conf.Script]bool{}
	for _, c := range cfg.Instances {
		for _, t := range c.TrackScripts {
			used[t.Script] = true
		}
	}
	for _, g := range cfg.SyncGroups {
		for _, t := range g.TrackScripts {
			used[t.Script] = true
		}
	}
	var out []*conf.Script
	for _, c := range cfg.Scripts {
		if used[c] {
			out = append(out, c)
		}
	}
	return out
}

// set starts and stops programs so that those run which are tracked. A script that keeps
// its name and command keeps what is known of it; of a new one an earlier process may have
// known something. Without a change of the way in which it is run, its schedule goes on.
func (s *scripts) set(cfg *conf.Config, earlier map[string]track.ScriptMemory) {
	was := s.byName
	s.byName = map[string]*trackedScript{}
	for _, c := range scriptsOf(cfg) {
		t, program := was[c.Name], s.program(c)
		if t == nil || !reflect.DeepEqual(t.program, program) {
			s.byName[c.Name] = s.start(c, program, earlier)
			continue
		}
		memory, ok := t.known.Memory()
		if sameRuns(t.cfg, c) {
			delete(was, c.Name)
			t.cfg = c
		} else {
			t = s.start(c, program, nil)
		}
		t.resume(c, memory, ok)
		s.byName[c.Name] = t
		if line := t.known.ReloadLine(c.Name); line != "" {
			s.line(line, false)
		}
	}
	for _, t := range was {
		t.stop()
	}
	for _, c := range cfg.Scripts {
		if s.byName[c.Name] == nil {
			s.line(fmt.Sprintf("Warning - script %s is not used", c.Name), false)
		}
	}
}

// resume begins the state of a script with what was known of it, if anything.
func (t *trackedScript) resume(c *conf.Script, m track.ScriptMemory, ok bool) {
	t.known = track.NewScriptState(c.Rise, c.Fall, c.InitFail)
	switch {
	case t.program == nil:
		t.known.Disable()
	case ok:
		t.known.Resume(m)
	}
}

// sameRuns says whether two definitions have their program run in the same way.
func sameRuns(a, b *conf.Script) bool { return a.Interval == b.Interval && a.Timeout == b.Timeout }

// program is what the script's command resolved to; nil when it cannot be run.
func (s *scripts) program(c *conf.Script) *notify.Command {
	if cmd, ok := s.programs[&c.Command]; ok {
		return &cmd
	}
	return nil
}

// start begins to run one script.
func (s *scripts) start(c *conf.Script, program *notify.Command, earlier map[string]track.ScriptMemory) *trackedScript {
	ctx, cancel := context.WithCancel(s.box.ctx)
	t := &trackedScript{cfg: c, program: program, stop: cancel}
	m, ok := earlier[c.Name]
	t.resume(c, m, ok)
	if program != nil {
		r := scriptRun{box: s.box, group: s.group, runner: s.runner, script: t, program: *program, interval: c.Interval, timeout: c.Timeout}
		s.group.Go(func() error { return r.repeat(ctx) })
	}
	return t
}

// memories gives what is known of the scripts that have had a result.
func (s *scripts) memories() map[string]track.ScriptMemory {
	out := map[string]track.ScriptMemory{}
	for name, t := range s.byName {
		if m, ok := t.known.Memory(); ok {
			out[name] = m
		}
	}
	return out
}

// stop ends all programs.
func (s *scripts) stop() {
	for _, t := range s.byName {
		t.stop()
	}
}
