// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"

	"vipward/conf"
)

// dump writes the trackers that are followed, in the lines of keepalived's data file, which
// tools read.
func (t *tracking) dump(b *strings.Builder, cfg *conf.Config) {
	d := trackingDump{b: b, t: t, cfg: cfg}
	d.scripts()
	d.files()
	d.processes()
}

type trackingDump struct {
	b   *strings.Builder
	t   *tracking
	cfg *conf.Config
}

func (d *trackingDump) title(text string) { d.b.WriteString("------< " + text + " >------\n") }

func (d *trackingDump) line(format string, args ...any) {
	fmt.Fprintf(d.b, "   "+format+"\n", args...)
}

func (d *trackingDump) scripts() {
	list := scriptsOf(d.cfg)
	if len(list) > 0 {
		d.title("VRRP Scripts")
	}
	for _, c := range list {
		s := d.t.scripts.byName[c.Name]
		fmt.Fprintf(d.b, " VRRP Script = %s\n", c.Name)
		d.line("Command = %s", quotedWords(c.Command.Args))
		d.line("Interval = %d sec", wholeSeconds(c.Interval))
		d.line("Timeout = %d sec", timeoutSeconds(c))
		d.line("Weight = %s", weightText(c.Weight, c.Reverse))
		d.line("Rise = %d", c.Rise)
		d.line("Fall = %d", c.Fall)
		memory, known := s.known.Memory()
		d.line("Result = %d", memory.Count)
		d.line("Insecure = %s", map[bool]string{true: "yes", false: "no"}[s.program == nil])
		d.line("Init state = %s", map[bool]string{true: "unknown", false: "INIT"}[known])
		d.line("Status = %s", map[bool]string{true: "GOOD", false: "BAD"}[known && s.known.Up()])
		if s.program != nil {
			d.line("Script uid:gid = %d:%d", s.program.UID, s.program.GID)
		}
		d.line("VRRP instances :")
		d.instances(s)
		d.line("State = %s", scriptPhases[s.phase.Load()])
	}
}

// timeoutSeconds is 0 for a timeout that is the interval.
func timeoutSeconds(c *conf.Script) int64 {
	if c.Timeout == c.Interval {
		return 0
	}
	return wholeSeconds(c.Timeout)
}

func wholeSeconds(d time.Duration) int64 { return int64(math.Round(d.Seconds())) }

func weightText(weight int, reverse bool) string {
	if reverse {
		return fmt.Sprintf("%d reverse", weight)
	}
	return fmt.Sprint(weight)
}

// instances lists who tracks something.
func (d *trackingDump) instances(of watched) {
	d.line("Tracking instances :")
	for _, c := range d.cfg.Instances {
		for _, w := range d.t.watches[c.Name] {
			if w.of == of {
				d.line("  %s, weight %s", c.Name, weightText(w.weight, w.reverse))
			}
		}
	}
}

func (d *trackingDump) files() {
	list := filesOf(d.cfg)
	if len(list) > 0 {
		d.title("VRRP Track files")
	}
	for _, c := range list {
		f := d.t.files.byName[c.Name]
		fmt.Fprintf(d.b, " Track file = %s\n", c.Name)
		d.line("File = %s", c.Path)
		d.line("Status = %d", f.value)
		d.line("Weight = %s", weightText(c.Weight, c.Reverse))
		d.instances(f)
	}
}

func (d *trackingDump) processes() {
	list := trackedProcesses(d.cfg)
	if len(list) > 0 {
		d.title("VRRP Track processes")
	}
	for _, c := range list {
		p := d.t.processes.byName[c.Name]
		fmt.Fprintf(d.b, " VRRP Track process = %s\n", c.Name)
		d.line("Process = %s", c.Args[0])
		if len(c.Args) > 1 {
			d.line("Parameters = %s", strings.Join(c.Args[1:], " "))
		}
		if c.Match != "" {
			d.line("Param match = %s", c.Match)
		}
		d.line("Min processes = %d", c.Quorum)
		if c.QuorumMax >= 0 {
			d.line("Max processes = %d", c.QuorumMax)
		}
		d.line("Current processes = %d", p.gauge.Count.Load())
		d.line("Have quorum = %t", bool(p.up))
		d.line("Weight = %s", weightText(c.Weight, c.Reverse))
		d.line("Terminate delay = %.6fs", c.TerminateDelay.Seconds())
		d.line("Fork delay = %.6fs", c.ForkDelay.Seconds())
		d.line("%s", timerLine("Fork", p.timer(true)))
		d.line("%s", timerLine("Terminate", p.timer(false)))
		d.line("Full command = %t", c.FullCommand)
		d.instances(p)
	}
}

// timer says whether a change waits: for more processes (forked) or for fewer. With a
// maximum it may be the other way round, which keepalived does not show either.
func (p *trackedProcess) timer(forked bool) bool {
	return p.gauge.Waiting.Load() && bool(p.up) != forked
}

func timerLine(what string, runs bool) string {
	if runs {
		return what + " delay timer running"
	}
	return what + " delay timer not running"
}

// json is the list of tracked processes for version 2 of the JSON file.
func (t *tracking) json(cfg *conf.Config) []jsonProcess {
	var all []jsonProcess
	for _, c := range trackedProcesses(cfg) {
		p := t.processes.byName[c.Name]
		j := jsonProcess{
			Name: c.Name, Parameters: strings.Join(c.Args[1:], " "), Match: cmp.Or(c.Match, "none"),
			Min: c.Quorum, Current: int(p.gauge.Count.Load()), HaveQuorum: bool(p.up), Weight: c.Weight,
			TerminateDelay: seconds(c.TerminateDelay), ForkDelay: seconds(c.ForkDelay),
			ForkTimer: p.timer(true), TerminateTimer: p.timer(false), WholeCommandLine: c.FullCommand,
		}
		if c.QuorumMax >= 0 {
			j.Max = &c.QuorumMax
		}
		all = append(all, j)
	}
	return all
}
