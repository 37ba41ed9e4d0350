// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"

	"golang.org/x/sync/errgroup"

	"vipward/conf"
	"vipward/vrrp/track"
)

// processes are the tracked processes. One goroutine watches them all.
type processes struct {
	box    *inbox
	group  *errgroup.Group
	log    *slog.Logger
	found  map[string]track.Up // of the next configuration, by name
	byName map[string]*trackedProcess
	specs  []track.ProcessTracker // that are watched
	run    int                    // number of the watcher at work
	cancel context.CancelFunc
}

// trackedProcess is one vrrp_track_process that an instance tracks.
type trackedProcess struct {
	name  string
	up    track.Up
	gauge *track.Gauge // the watcher's
}

func (p *trackedProcess) state() track.Tracker { return p.up }

func (p *trackedProcess) reason(_ watch, instance string) string {
	return track.ProcessReason(instance, p.name)
}

// quorumsHeard tells the loop what quorums were gained or lost.
type quorumsHeard struct {
	run     int
	changes []track.ProcessChange
}

func (m quorumsHeard) handle(l *loop) {
	p := l.tracking.processes
	if m.run != p.run {
		return
	}
	changed := false
	for _, c := range m.changes {
		if t := p.byName[c.Name]; t != nil && t.up != c.Up {
			t.up, changed = c.Up, true
			l.line(track.QuorumLine(c.Name, bool(c.Up)), false)
		}
	}
	if changed {
		l.refresh()
	}
}

func newProcesses(box *inbox, g *errgroup.Group, log *slog.Logger) *processes {
	return &processes{box: box, group: g, log: log, byName: map[string]*trackedProcess{}, cancel: func() {}}
}

// trackedProcesses lists the processes that instances and groups of cfg track, each once.
func trackedProcesses(cfg *conf.Config) []*conf.TrackedProcess {
	return trackedOnce(cfg, func(t conf.Tracking) []conf.TrackProcess { return t.Processes },
		func(t conf.TrackProcess) *conf.TrackedProcess { return t.Process })
}

// processesOf gives the same as the watcher takes it.
func processesOf(cfg *conf.Config) []track.ProcessTracker {
	var out []track.ProcessTracker
	for _, p := range trackedProcesses(cfg) {
		out = append(out, processTracker(p))
	}
	return out
}

func processTracker(p *conf.TrackedProcess) track.ProcessTracker {
	return track.ProcessTracker{
		Name:  p.Name,
		Match: track.ProcessMatch{Args: p.Args, Full: p.FullCommand, Params: p.Match},
		Quorum: track.Quorum{
			Min: p.Quorum, Max: p.QuorumMax, ForkDelay: p.ForkDelay, ExitDelay: p.TerminateDelay,
		},
	}
}

// countProcesses counts what cfg tracks.
func countProcesses(cfg *conf.Config, log *slog.Logger) map[string]track.Up {
	specs := processesOf(cfg)
	if len(specs) == 0 {
		return nil
	}
	ups, err := track.CountProcesses(specs)
	if err != nil {
		log.Error(fmt.Sprintf("Tracked processes cannot be counted: %v", err))
	}
	return ups
}

// set goes over to the processes of cfg.
func (p *processes) set(cfg *conf.Config) {
	specs := processesOf(cfg)
	was := p.byName
	p.byName = map[string]*trackedProcess{}
	same := reflect.DeepEqual(specs, p.specs)
	for _, s := range specs {
		t := &trackedProcess{name: s.Name, up: p.found[s.Name], gauge: &track.Gauge{}}
		if same {
			t.gauge = was[s.Name].gauge
			t.up = was[s.Name].up // a change may be waiting for its delay
		}
		p.byName[s.Name] = t
	}
	if !same {
		p.watch(specs, int(cfg.Global.Daemon.ProcessMonitorRcvBufs.Bytes))
	}
}

// watch watches other processes than before. The first thing that a watcher does is to tell
// all quorums.
func (p *processes) watch(specs []track.ProcessTracker, rcvbuf int) {
	p.stop()
	p.specs = specs
	if len(specs) == 0 {
		return
	}
	run, gauges := p.run, map[string]*track.Gauge{}
	for name, t := range p.byName {
		gauges[name] = t.gauge
	}
	p.cancel = keepWatching(p.box, p.group, p.log, "processes", func(ctx context.Context) error {
		w := track.ProcessWatch{
			Trackers: specs, RcvBuf: rcvbuf, Log: p.log, Gauges: gauges,
			Emit: func(changes []track.ProcessChange) { p.box.post(quorumsHeard{run, changes}) },
		}
		return w.Run(ctx)
	})
}

// stop ends the watcher; what it still says does not count.
func (p *processes) stop() {
	p.cancel()
	p.run++
	p.specs = nil
}
