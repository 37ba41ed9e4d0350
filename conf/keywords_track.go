// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"math"
	"slices"
	"time"
)

// scriptBlock is vrrp_script.
var scriptBlock = &block{
	name:  "vrrp_script",
	named: true,
	enter: enterScript,
	rows: slices.Concat(mild(keyword{
		name: "script", value: oneCommand, instead: Command{}, def: "required", since: "1.1.13", doc: "the command; quote it together with its arguments",
		set: to(func(s *scriptDraft, c Command) { s.command = some(c) }),
	}), []keyword{
		{
			name: "interval", value: timer(0.001, 4294, 3), instead: time.Second, def: "1", since: "1.1.13", doc: "time from launch to launch",
			set: to(func(s *scriptDraft, t time.Duration) { s.interval = some(t) }),
		},
		{
			name: "timeout", value: timer(0.001, 4294, 3), instead: time.Second, def: "interval", since: "1.2.6", doc: "limit of one run",
			set: to(func(s *scriptDraft, t time.Duration) { s.timeout = some(t) }),
		},
		{
			name: "weight", value: weight(253), def: "0", since: "1.1.13", doc: "change of priority; 0: a failure is a fault; reverse turns it around",
			set: to(func(s *scriptDraft, w weighting) { s.weight = w }),
		},
		{
			name: "rise", value: number(1, math.MaxInt32), instead: 1, def: "1", since: "1.1.18", doc: "successes in a row until it counts as up",
			set: to(func(s *scriptDraft, n int) { s.rise = some(n) }),
		},
		{
			name: "fall", value: number(1, math.MaxInt32), instead: 1, def: "1", since: "1.1.18", doc: "failures in a row until it counts as down",
			set: to(func(s *scriptDraft, n int) { s.fall = some(n) }),
		},
		{
			name: "user", value: userGroup, def: "script_user", since: "1.3.0", doc: "user and group to run it as",
			set: to(func(s *scriptDraft, a account) { s.user = a }),
		},
		{
			name: "init_fail", value: noValue, def: "off", since: "1.3.2", doc: "counts as failed until its first result",
			set: to(func(s *scriptDraft, _ bool) { s.initFail = true }),
		},
	}),
}

// trackedFileBlock is track_file at the top, and vrrp_track_file, its old name.
func trackedFileBlock(name string) *block {
	return &block{
		name:  name,
		named: true,
		enter: enterFile,
		rows: slices.Concat(mild(
			keyword{
				name: "file", value: text, def: "required", since: "2.1.0", doc: "path of the file",
				set: with(func(d *decoder, f *TrackedFile, s string, n *Node) {
					if f.Path != "" {
						d.c.add(codeDuplicate, n.Pos, "%s %s has a file already; %s is ignored", name, f.Name, s)
						return
					}
					f.Path = s
				}),
			},
			keyword{
				name: "weight", value: weight(254), def: "1", since: "2.1.0", doc: "the number in the file is multiplied with it",
				set: with(func(d *decoder, f *TrackedFile, w weighting, n *Node) {
					if !d.c.first("weight of track_file " + f.Name) {
						d.c.add(codeDuplicate, n.Pos, "%s %s has a weight already; this one is ignored", name, f.Name)
						return
					}
					f.Weight, f.Reverse = w.n, w.reverse
				}),
			},
		), []keyword{{
			name: "init_file", value: initFile, def: "off", since: "2.1.0", doc: "write VALUE into the file at start if it is missing, or overwrite it",
			set: to(func(f *TrackedFile, v initialValue) { f.Init, f.InitValue, f.Overwrite = true, v.n, v.overwrite }),
		}}),
	}
}

var (
	trackFileBlock = trackedFileBlock("track_file")
	vrrpFileBlock  = trackedFileBlock("vrrp_track_file")
)

// processBlock is vrrp_track_process.
var processBlock = &block{
	name:  "vrrp_track_process",
	named: true,
	enter: enterProcess,
	rows: slices.Concat([]keyword{
		{
			name: "process", value: allWords, def: "required", since: "2.0.11", doc: "name of the process, or its command with parameters",
			set: with(func(d *decoder, p *TrackedProcess, words []string, n *Node) {
				if p.Args != nil {
					d.c.add(codeDuplicate, n.Pos, "vrrp_track_process %s has a process already; %s is ignored", p.Name, words[0])
					return
				}
				p.Args = words
			}),
		},
		row("param_match", optionalOneOf("initial", "partial"), "exact", "2.0.16", "partial: more parameters may follow; initial: the last may go on as well", func(p *TrackedProcess) *string { return &p.Match }),
	}, mild(keyword{
		name: "weight", value: weight(254), def: "0", since: "1.1.13", doc: "change of priority; 0: a failure is a fault",
		set: to(func(p *TrackedProcess, w weighting) { p.Weight, p.Reverse = w.n, w.reverse }),
	}), []keyword{
		row("quorum", number(1, math.MaxUint16), "1", "2.0.11", "how many processes there must be", func(p *TrackedProcess) *int { return &p.Quorum }),
		row("quorum_max", number(0, math.MaxUint16), "no limit", "2.0.16", "how many there may be", func(p *TrackedProcess) *int { return &p.QuorumMax }),
		{
			name: "delay", value: timer(0.000001, 3600, 6), def: "0", since: "2.0.11", doc: "terminate_delay and fork_delay",
			set: to(func(p *TrackedProcess, t time.Duration) { p.TerminateDelay, p.ForkDelay = t, t }),
		},
		row("terminate_delay", timer(0.000001, 3600, 6), "0", "2.0.16", "time until an end that loses or gains the quorum counts", func(p *TrackedProcess) *time.Duration { return &p.TerminateDelay }),
		row("fork_delay", timer(0.000001, 3600, 6), "0", "2.0.16", "time until a fork that gains or loses the quorum counts", func(p *TrackedProcess) *time.Duration { return &p.ForkDelay }),
		onRow("full_command", "2.0.11", "compare the whole command line", func(p *TrackedProcess) *bool { return &p.FullCommand }),
	}),
}

// instanceTracks are the lists of what is tracked.
var instanceTracks = trackRows(func(i *instanceDraft) *tracksDraft { return &i.tracks })

func trackRows[T any](of func(*T) *tracksDraft) []keyword {
	list := func(name, since, doc string, k trackKind) keyword {
		return keyword{
			name: name, value: entries, since: since, doc: doc,
			set: with(func(d *decoder, t *T, list []*Node, _ *Node) { d.tracks(of(t), k, list) }),
		}
	}
	return append([]keyword{
		list("track_script", "1.1.13", "scripts whose result counts: NAME [weight N [reverse]]", trackedScript),
		list("track_interface", "1.0.3", "interfaces that count: IF [weight N [reverse]]", trackedInterface),
		list("track_file", "2.0.0", "files whose number counts: NAME [weight N [reverse]]", trackedFile),
		list("track_process", "2.0.11", "processes that count: NAME [weight N [reverse]]", trackedProcess),
	}, plannedRows(
		list("track_bfd", "2.0.0", "BFD sessions that count: NAME [weight N [reverse]]", trackedBFD),
	)...)
}
