// SPDX-License-Identifier: Apache-2.0

package conf

// effect is what one tracker of an instance can do to its priority.
type effect struct {
	what   string // as in "track_script chk"
	weight int    // 0: a failure is a fault
	// open says that nobody can tell from the text when the weight counts: it is
	// multiplied by what a file says, or works the other way round.
	open bool
}

// effects gives all trackers of an instance.
func effects(vi *Instance) []effect {
	var out []effect
	for _, t := range vi.TrackScripts {
		out = append(out, effect{what: "track_script " + t.Script.Name, weight: t.Weight, open: t.Reverse})
	}
	for _, t := range vi.Tracking.Interfaces {
		out = append(out, effect{what: "track_interface " + t.Interface, weight: t.Weight, open: t.Reverse})
	}
	for _, t := range vi.Tracking.Processes {
		out = append(out, effect{what: "track_process " + t.Process.Name, weight: t.Weight, open: t.Reverse})
	}
	for _, t := range vi.Tracking.BFDs {
		out = append(out, effect{what: "track_bfd " + t.BFD.Name, weight: t.Weight, open: t.Reverse})
	}
	for _, t := range vi.Tracking.Files {
		out = append(out, effect{what: "track_file " + t.File.Name, weight: t.Weight, open: true})
	}
	return out
}

// firstWeight names a tracker that changes the priority.
func firstWeight(vi *Instance) (string, bool) {
	for _, e := range effects(vi) {
		if e.weight != 0 {
			return e.what, true
		}
	}
	return "", false
}

// faults says whether a tracker can put the instance into FAULT.
func faults(vi *Instance) bool {
	for _, e := range effects(vi) {
		if e.weight == 0 {
			return true
		}
	}
	return false
}

// upPriority is the priority of an instance all of whose trackers are up: positive
// weights count while a tracker is up, negative ones while it is down.
func upPriority(vi *Instance) int {
	p := int(vi.Priority)
	for _, e := range effects(vi) {
		if !e.open {
			p += max(e.weight, 0)
		}
	}
	return min(p, ownerPriority-1)
}
