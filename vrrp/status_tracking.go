// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"strings"

	"vipward/conf"
	"vipward/vrrp/election"
	"vipward/vrrp/track"
)

// kindOf names a tracked thing.
func kindOf(w watched) (kind, name string) {
	switch t := w.(type) {
	case *device:
		return "interface", t.name
	case *trackedScript:
		return "script", t.cfg.Name
	case *trackedFile:
		return "file", t.name
	case *trackedProcess:
		return "process", t.name
	}
	return "", ""
}

// watchStatus tells what each tracked thing means for an instance.
func (t *tracking) watchStatus(c *conf.Instance) []WatchStatus {
	var out []WatchStatus
	for _, w := range t.watches[c.Name] {
		e := w.effect()
		st := WatchStatus{Weight: w.weight, Delta: e.Delta, Fault: e.Fault, Unknown: e.Undecided}
		st.Kind, st.Name = kindOf(w.of)
		out = append(out, st)
	}
	return out
}

// status lists the trackers that are followed.
func (t *tracking) status(cfg *conf.Config) []TrackerStatus {
	out := []TrackerStatus{}
	for _, c := range scriptsOf(cfg) {
		s := t.scripts.byName[c.Name]
		memory, _ := s.known.Memory()
		out = append(out, TrackerStatus{
			Kind: "script", Name: c.Name, State: s.known.String(), Phase: scriptPhases[s.phase.Load()],
			Status: memory.Status, What: strings.Join(c.Command.Args, " "),
		})
	}
	for _, c := range filesOf(cfg) {
		f := t.files.byName[c.Name]
		out = append(out, TrackerStatus{Kind: "file", Name: c.Name, State: fileState(f.value), Status: int(f.value), What: c.Path})
	}
	for _, c := range trackedProcesses(cfg) {
		state := "BAD"
		if t.processes.byName[c.Name].up {
			state = "GOOD"
		}
		out = append(out, TrackerStatus{Kind: "process", Name: c.Name, State: state, What: strings.Join(c.Args, " ")})
	}
	return out
}

// fileState says whether a file is as it should be: 0 asks for nothing.
func fileState(v track.File) string {
	if v == 0 {
		return "GOOD"
	}
	return "BAD"
}

// faultReasons says what keeps an instance out of the election; nil: nothing.
func (l *loop) faultReasons(vi *instance) []string {
	var out []string
	add := func(f election.Fault, reason string) {
		if vi.fault&f != 0 {
			out = append(out, reason)
		}
	}
	if vi.down != "" {
		add(election.FaultLink, "interface "+vi.down+" is down or missing")
	}
	add(election.FaultSource, "no source address on "+l.links.device(vi.cfg))
	if why := l.refusal(vi); why != "" {
		add(election.FaultConfig, why)
	} else {
		add(election.FaultConfig, "no socket: "+l.sockErr)
	}
	for _, w := range l.tracking.watches[vi.cfg.Name] {
		if w.effect().Fault {
			kind, name := kindOf(w.of)
			out = append(out, kind+" "+name+" failed")
		}
	}
	if l.static.fails(vi.cfg.Name) {
		out = append(out, "a static address or route that it tracks is missing")
	}
	if out == nil && vi.group != nil && vi.m.State() == election.FaultState {
		return []string{"another member of sync group " + vi.group.cfg.Name + " has a fault"}
	}
	return out
}
