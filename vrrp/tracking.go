// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"log/slog"

	"golang.org/x/sync/errgroup"

	"vipward/conf"
	"vipward/notify"
	"vipward/vrrp/election"
	"vipward/vrrp/track"
)

// tracking owns the trackers of a configuration: it knows the state of each, and which
// instances follow it. The interfaces of an instance and of its addresses are not here:
// links knows which those are.
type tracking struct {
	log       *slog.Logger
	up        func(dev string) bool // of interfaces, as instances are to see them
	scripts   *scripts
	files     *files
	processes *processes

	watches map[string][]watch // by instance name
	devices map[string]bool    // that a watch follows
}

// watched is one tracked thing. A further kind of tracker implements it, and is listed by
// watchesOf.
type watched interface {
	// state is what is known of it now.
	state() track.Tracker
	// reason is the line that says that it holds an instance in Fault from the start.
	reason(w watch, instance string) string
}

// watch is a tracked thing as one instance tracks it.
type watch struct {
	of      watched
	weight  int
	reverse bool
	fault   election.Fault // what it is called when it is one
}

func (w watch) effect() track.Effect { return w.of.state().Effect(w.weight, w.reverse) }

// tracked is what all trackers together mean for one instance.
type tracked struct {
	track.Effect
	faults election.Fault
}

func newTracking(l *loop, g *errgroup.Group, r *notify.Runner) *tracking {
	return &tracking{
		log: l.env.Log, up: l.links.up,
		scripts:   newScripts(l.box, g, r, l.line),
		files:     newFiles(l.box, g, l.env.Log),
		processes: newProcesses(l.box, g, l.env.Log),
	}
}

// weigh sums what the trackers of an instance mean for it.
func (t *tracking) weigh(c *conf.Instance) tracked {
	var out tracked
	for _, w := range t.watches[c.Name] {
		e := w.effect()
		out.Effect = out.Plus(e)
		if e.Fault {
			out.faults |= w.fault
		}
	}
	return out
}

// reasons says which trackers hold an instance in Fault from its start.
func (t *tracking) reasons(c *conf.Instance) []string {
	var lines []string
	for _, w := range t.watches[c.Name] {
		if w.effect().Fault {
			lines = append(lines, w.of.reason(w, c.Name))
		}
	}
	return lines
}

// follows says whether an instance tracks an interface of that name.
func (t *tracking) follows(dev string) bool { return t.devices[dev] }

// foundTracked is what was looked up of a configuration before the loop got it, since disks
// may be slow and processes many.
type foundTracked struct {
	readings map[string]track.Reading // of files, by path
	quorums  map[string]track.Up      // of processes, by name
}

// findTracked looks up the state of what cfg tracks, but for scripts.
func findTracked(cfg *conf.Config, log *slog.Logger) foundTracked {
	return foundTracked{readings: readFiles(cfg), quorums: countProcesses(cfg, log)}
}

// use takes what was looked up for the configuration of the next set.
func (t *tracking) use(p programs, found foundTracked) {
	t.scripts.programs = p
	t.files.found, t.processes.found = found.readings, found.quorums
}

// set goes over to the trackers of cfg. Those that stay keep their state; of those that are
// new, an earlier process may have known something.
func (t *tracking) set(cfg *conf.Config, known savedTracking) {
	t.scripts.set(cfg, known.Scripts)
	t.files.set(cfg)
	t.processes.set(cfg)
	t.watches, t.devices = map[string][]watch{}, map[string]bool{}
	groups := groupsByMember(cfg)
	for _, c := range cfg.Instances {
		list := t.watchesOf(cfg, c, groups[c.Name])
		t.watches[c.Name] = list
		for _, w := range list {
			if dev, ok := w.of.(*device); ok {
				t.devices[dev.name] = true
			}
		}
	}
}

func groupsByMember(cfg *conf.Config) map[string]*conf.SyncGroup {
	groups := map[string]*conf.SyncGroup{}
	for _, g := range cfg.SyncGroups {
		for _, name := range g.Members {
			groups[name] = g
		}
	}
	return groups
}

// watchesOf lists what an instance tracks, and what its group (nil: none) tracks for all
// members.
func (t *tracking) watchesOf(cfg *conf.Config, c *conf.Instance, g *conf.SyncGroup) []watch {
	var list []watch
	scripts, tracking := tracksOf(c, g)
	for _, i := range devicesOf(cfg, c, tracking.Interfaces) {
		list = append(list, watch{&device{i.Interface, t.up}, i.Weight, i.Reverse, election.FaultLink})
	}
	for _, s := range scripts {
		list = append(list, watch{t.scripts.byName[s.Script.Name], s.Weight, s.Reverse, election.FaultScript})
	}
	for _, f := range tracking.Files {
		list = append(list, watch{t.files.byName[f.File.Name], f.Weight, f.Reverse, election.FaultScript})
	}
	for _, p := range tracking.Processes {
		list = append(list, watch{t.processes.byName[p.Process.Name], p.Weight, p.Reverse, election.FaultScript})
	}
	return list
}

// savedTracking is what a successor of this process has to know. Files, processes and
// interfaces are there to be looked at; only scripts have a past.
type savedTracking struct {
	Scripts map[string]track.ScriptMemory `json:"scripts"` // unknown ones are left out
}

func (t *tracking) save() savedTracking { return savedTracking{Scripts: t.scripts.memories()} }

// stop ends what runs.
func (t *tracking) stop() {
	t.scripts.stop()
	t.files.stop()
	t.processes.stop()
}
