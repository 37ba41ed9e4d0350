// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"vipward/notify"
	"vipward/vrrp/track"
)

// scriptPhases name what a run is about.
var scriptPhases = [...]string{"idle", "running", "requested termination"}

// scriptRun runs the program of one script again and again.
type scriptRun struct {
	box      *inbox
	group    *errgroup.Group
	runner   *notify.Runner
	script   *trackedScript
	program  notify.Command
	interval time.Duration
	timeout  time.Duration
}

// scriptEnded tells the loop of a run that ended, or ran out of time.
type scriptEnded struct {
	script *trackedScript
	result track.ScriptResult
	output string
}

// scriptWrote tells it what a run wrote that has run out of time before.
type scriptWrote struct {
	script *trackedScript
	output string
}

// scriptBusy tells it of a run that was left out.
type scriptBusy struct {
	script  *trackedScript
	overdue bool // the run before it should have ended
}

// scriptShort tells it of a run that this machine had no room for.
type scriptShort struct {
	script *trackedScript
	err    error
}

// current says whether the script is still one of the configuration.
func (l *loop) current(t *trackedScript) bool { return l.tracking.scripts.byName[t.cfg.Name] == t }

func (m scriptEnded) handle(l *loop) {
	if !l.current(m.script) {
		return
	}
	name, state := m.script.cfg.Name, &m.script.known
	before, _ := state.Memory()
	changed := state.Result(m.result)
	for _, text := range state.Lines(name) {
		l.line(text, false)
	}
	if state.Failed() {
		l.line(track.OutputLine(name, m.output), false)
	}
	m.script.short = false
	m.script.silent = state.Failed() && m.result.TimedOut
	if changed {
		l.refresh()
	}
	if after, _ := state.Memory(); changed || after != before {
		l.unsaved = true
	}
}

func (m scriptWrote) handle(l *loop) {
	if l.current(m.script) && m.script.silent {
		l.line(track.OutputLine(m.script.cfg.Name, m.output), false)
	}
}

func (m scriptBusy) handle(l *loop) {
	if l.current(m.script) {
		l.line(track.BusyLine(m.script.cfg.Name, m.overdue), false)
	}
}

// handle leaves the verdict as it is, as keepalived does: it is nothing that the script said,
// and what this machine lacks its neighbour may lack too.
func (m scriptShort) handle(l *loop) {
	if l.current(m.script) && !m.script.short {
		m.script.short = true
		l.line(track.ShortLine(m.script.cfg.Name, m.err), false)
	}
}

// repeat runs the program now and then every interval from launch to launch, never twice
// at once: a launch that falls into a run is left out.
func (r *scriptRun) repeat(ctx context.Context) error {
	tick := time.NewTicker(r.interval)
	defer tick.Stop()
	for {
		r.once(ctx, tick.C)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// once is one run. A run that takes too long has failed when its time is over, whatever it
// takes to end it.
func (r *scriptRun) once(ctx context.Context, tickC <-chan time.Time) {
	endC, lateC := make(chan notify.Result, 1), make(chan struct{}, 1)
	r.group.Go(func() error {
		endC <- r.runner.RunNoting(ctx, r.program, r.timeout, func() { lateC <- struct{}{} })
		return nil
	})
	r.script.phase.Store(1)
	defer r.script.phase.Store(0)
	late := false
	for {
		select {
		case <-tickC:
			r.box.post(scriptBusy{r.script, late})
		case <-lateC:
			late = true
			r.script.phase.Store(2)
			r.box.post(scriptEnded{script: r.script, result: track.ScriptResult{TimedOut: true}})
		case res := <-endC:
			r.tell(ctx, res, late)
			return
		}
	}
}

func (r *scriptRun) tell(ctx context.Context, res notify.Result, late bool) {
	switch {
	case ctx.Err() != nil:
	case late:
		r.box.post(scriptWrote{r.script, res.Output})
	case res.Short():
		r.box.post(scriptShort{r.script, res.Err})
	case res.Err != nil:
		r.box.post(scriptEnded{r.script, scriptResult(res), res.Err.Error()})
	default:
		r.box.post(scriptEnded{r.script, scriptResult(res), res.Output})
	}
}

// scriptResult is the part of a run's result that the state is made of. A program that
// cannot be started any more has failed.
func scriptResult(r notify.Result) track.ScriptResult {
	if r.Err != nil {
		return track.ScriptResult{Status: 127}
	}
	return track.ScriptResult{Status: r.Status, Signal: int(r.Signal), TimedOut: r.TimedOut}
}
