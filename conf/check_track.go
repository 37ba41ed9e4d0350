// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"slices"
	"time"
)

const defaultScriptInterval = time.Second

// script makes a vrrp_script. A later one of the same name is kept as well, but
// only the first can be tracked.
func (f *finisher) script(s *scriptDraft) *Script {
	if !s.command.ok {
		f.c.add(codeDropped, s.pos, "vrrp_script %s has no script; it is ignored", s.name)
		return nil
	}
	cmd := s.command.val
	if len(cmd.Args) == 0 {
		return nil // what is wrong with it was said there
	}
	cmd.User, cmd.Group, cmd.Supplementary = s.user.user, s.user.group, s.user.supplementary
	interval := s.interval.or(defaultScriptInterval)
	return &Script{
		Name: s.name, Pos: s.pos, Command: cmd,
		Interval: interval, Timeout: s.timeout.or(interval),
		Weight: s.weight.n, Reverse: s.weight.reverse,
		Rise: s.rise.or(1), Fall: s.fall.or(1), InitFail: s.initFail,
	}
}

// file judges a track_file.
func (f *finisher) file(t *TrackedFile) *TrackedFile {
	if t.Path == "" {
		f.c.add(codeDropped, t.Pos, "track_file %s has no file; it is ignored", t.Name)
		return nil
	}
	return t
}

// process judges a vrrp_track_process.
func (f *finisher) process(t *TrackedProcess) *TrackedProcess {
	if t.Args == nil {
		f.c.add(codeDropped, t.Pos, "vrrp_track_process %s has no process; it is ignored", t.Name)
		return nil
	}
	if t.QuorumMax >= 0 && t.QuorumMax < t.Quorum && t.QuorumMax != 0 {
		f.c.add(codeConflict, t.Pos, "vrrp_track_process %s: quorum_max %d is less than quorum %d; it is ignored", t.Name, t.QuorumMax, t.Quorum)
		t.QuorumMax = -1
	}
	return t
}

// bfd judges a bfd_instance.
func (f *finisher) bfd(b *bfdDraft) *BFD {
	out := b.out
	switch {
	case !out.Neighbor.IsValid():
		f.c.add(codeDropped, out.Pos, "bfd_instance %s has no neighbor_ip; it is ignored", out.Name)
		return nil
	case out.Source.IsValid() && out.Source.Is4() != out.Neighbor.Is4():
		f.c.add(codeFamily, out.Pos, "bfd_instance %s: source_ip %s and neighbor_ip %s are of different families; it is ignored", out.Name, out.Source, out.Neighbor)
		return nil
	}
	if k := slices.IndexFunc(f.bfds, func(o *BFD) bool { return o != nil && sameSession(o, &out) }); k >= 0 {
		f.c.add(codeDuplicate, out.Pos, "bfd_instance %s has the neighbour of %s; it is ignored", out.Name, f.bfds[k].Name)
		return nil
	}
	if out.TTL == 0 {
		out.TTL = 255
		if out.Neighbor.Is6() {
			out.TTL = 64
		}
	}
	if out.MaxHops > out.TTL && out.MaxHops != 255 {
		f.c.add(codeAdjusted, b.hopsPos, "bfd_instance %s: max_hops %d is more than ttl %d, which is used", out.Name, out.MaxHops, out.TTL)
		out.MaxHops = out.TTL
	}
	if !out.VRRP && !out.Checker {
		out.VRRP, out.Checker = true, true
	}
	return &out
}

func sameSession(a, b *BFD) bool {
	return a.Neighbor == b.Neighbor && a.Source == b.Source && a.Multihop == b.Multihop
}

// tracker looks up what is tracked by one instance or group.
type tracker struct {
	f    *finisher
	who  string // for messages
	seen [trackKinds]map[string]bool
	// fixed is why weights do not count; empty: they do.
	fixed string
	// grouped says that it is a sync group: its members' interfaces must be up all the same.
	grouped bool
}

// all looks up all lists.
func (t *tracker) all(lists *tracksDraft) ([]TrackScript, Tracking) {
	var scripts []TrackScript
	var out Tracking
	f := t.f
	each(t, trackedScript, lists, f.scripts, func(s *Script, e trackDraft) {
		if w := e.over(weighting{s.Weight, s.Reverse}); t.counts(trackedScript, e, &w) {
			scripts = append(scripts, TrackScript{Script: s, Weight: w.n, Reverse: w.reverse})
		}
	})
	each(t, trackedFile, lists, f.files, func(s *TrackedFile, e trackDraft) {
		if w := e.over(weighting{s.Weight, s.Reverse}); t.counts(trackedFile, e, &w) {
			out.Files = append(out.Files, TrackFile{s, w.n, w.reverse})
		}
	})
	each(t, trackedProcess, lists, f.processes, func(s *TrackedProcess, e trackDraft) {
		if w := e.over(weighting{s.Weight, s.Reverse}); t.counts(trackedProcess, e, &w) {
			out.Processes = append(out.Processes, TrackProcess{s, w.n, w.reverse})
		}
	})
	each(t, trackedBFD, lists, f.bfds, func(s *BFD, e trackDraft) {
		if w := e.over(weighting{s.Weight, s.Reverse}); s.VRRP && t.counts(trackedBFD, e, &w) {
			out.BFDs = append(out.BFDs, TrackBFD{s, w.n, w.reverse})
		} else if !s.VRRP {
			f.c.add(codeUnreachable, e.name.Pos, "%s: bfd_instance %s tells only the checkers; ignored", t.who, s.Name)
		}
	})
	out.Interfaces = t.interfaces(lists[trackedInterface])
	return scripts, out
}

// each calls use for every entry whose definition can be found.
func each[T tracked](t *tracker, k trackKind, lists *tracksDraft, defs []T, use func(T, trackDraft)) {
	for _, e := range lists[k] {
		if def, ok := lookUp(t, k, e, defs); ok && t.once(k, e) {
			use(def, e)
		}
	}
}

// tracked is a definition that is tracked by its name. A dropped one is nil.
type tracked interface {
	comparable
	title() (name string, pos Pos)
}

func (s *Script) title() (name string, pos Pos)         { return s.Name, s.Pos }
func (s *TrackedFile) title() (name string, pos Pos)    { return s.Name, s.Pos }
func (s *TrackedProcess) title() (name string, pos Pos) { return s.Name, s.Pos }
func (s *BFD) title() (name string, pos Pos)            { return s.Name, s.Pos }

// lookUp finds the definition of an entry, which must stand before it.
func lookUp[T tracked](t *tracker, k trackKind, e trackDraft, defs []T) (T, bool) {
	var none T
	word := trackWords[k]
	names := t.f.names[k]
	i := slices.Index(names, e.name.Text)
	switch {
	case i >= 0 && i < e.before:
		return defs[i], defs[i] != none // its own diagnostic says why it is not there
	case i >= 0:
		t.f.c.addHint(codeUnreachable, e.name.Pos, "move the definition of "+e.name.Text+" before this line",
			"%s %s %s is defined only later; ignored", t.who, word, e.name.Text)
	default:
		t.f.c.addHint(t.f.missing(codeUnreachable), e.name.Pos, didYouMean(e.name.Text, names), "%s %s %s: there is no such definition; ignored", t.who, word, e.name.Text)
	}
	return none, false
}

// once says whether an entry is the first of its name.
func (t *tracker) once(k trackKind, e trackDraft) bool {
	if t.seen[k] == nil {
		t.seen[k] = map[string]bool{}
	}
	if t.seen[k][e.name.Text] {
		t.f.c.add(codeDuplicate, e.name.Pos, "%s %s %s is listed twice; ignored", t.who, trackWords[k], e.name.Text)
		return false
	}
	t.seen[k][e.name.Text] = true
	return true
}

// counts says whether an entry with a weight has an effect where weights have
// none. A file that counts as it is has one without it.
func (t *tracker) counts(k trackKind, e trackDraft, w *weighting) bool {
	if t.fixed == "" || w.n == 0 {
		return true
	}
	if k == trackedFile && w.n == 1 {
		t.f.c.addHint(codeTrackFixed, e.name.Pos, "write weight 0", "%s %s: the weight of track_file %s is ignored, and any number but 0 is a fault", t.who, t.fixed, e.name.Text)
		w.n = 0
		return true
	}
	if k == trackedInterface && t.grouped {
		t.f.c.add(codeTrackFixed, e.name.Pos, "%s %s: the weight of %s %s is ignored, and the interface must be up", t.who, t.fixed, trackWords[k], e.name.Text)
		*w = weighting{}
		return true
	}
	t.f.c.add(codeTrackFixed, e.name.Pos, "%s %s: %s %s with a weight is ignored", t.who, t.fixed, trackWords[k], e.name.Text)
	return false
}

// interfaces takes the interfaces of an instance or group.
func (t *tracker) interfaces(list []trackDraft) []TrackInterface {
	var out []TrackInterface
	for _, e := range list {
		if !t.once(trackedInterface, e) {
			continue
		}
		w := e.over(weighting{})
		if t.counts(trackedInterface, e, &w) {
			out = append(out, TrackInterface{Interface: e.name.Text, Weight: w.n, Reverse: w.reverse, Pos: e.name.Pos})
		}
	}
	return out
}
