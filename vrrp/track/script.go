// SPDX-License-Identifier: Apache-2.0

package track

// ScriptResult is the end of one run of a vrrp_script.
type ScriptResult struct {
	Status   int  // exit status, when neither of the others holds
	Signal   int  // that killed it; 0: none
	TimedOut bool // it ran too long and was ended
}

// ok says whether the run was a success. Everything but exit status 0 is a failure.
func (r ScriptResult) ok() bool { return r == ScriptResult{} }

// exited says whether the program ended by itself.
func (r ScriptResult) exited() bool { return r.Signal == 0 && !r.TimedOut }

// ScriptState tells whether a tracked vrrp_script is up, from the results of its runs. Its
// counter goes from 0 to rise+fall-1; the script is up from rise on. The first result decides
// at once, whatever rise and fall say.
type ScriptState struct {
	rise, fall int
	initFail   bool
	known      bool
	disabled   bool
	counter    int
	status     int // last exit status

	last     ScriptResult
	returned bool // the last result had another exit status than the one before
	changed  bool // the last result changed up or down
}

// NewScriptState returns the state of a script that has not ended yet. With initFail its
// negative weight counts until then.
func NewScriptState(rise, fall int, initFail bool) ScriptState {
	rise, fall = max(rise, 1), max(fall, 1)
	return ScriptState{rise: rise, fall: fall, initFail: initFail, counter: rise - 1}
}

// Known says whether there was a result yet.
func (s *ScriptState) Known() bool { return s.known || s.disabled }

// Up says whether the script counts as successful.
func (s *ScriptState) Up() bool { return s.disabled || s.counter >= s.rise }

// Result takes the end of a run, and says whether it made the script known, up or down.
func (s *ScriptState) Result(r ScriptResult) (changed bool) {
	was, known := s.Up(), s.known
	s.known, s.last = true, r
	s.returned = r.exited() && r.Status != s.status
	if r.exited() {
		s.status = r.Status
	}
	if r.ok() {
		s.succeed()
	} else {
		s.fail()
	}
	s.changed = !known || s.Up() != was
	return s.changed
}

func (s *ScriptState) succeed() {
	if s.Up() {
		s.counter = s.rise + s.fall - 1
		return
	}
	if s.counter++; s.Up() {
		s.counter = s.rise + s.fall - 1
	}
}

func (s *ScriptState) fail() {
	if s.Up() {
		s.counter--
	}
	if !s.Up() {
		s.counter = 0
	}
}

// ScriptMemory is what a successor of this process has to know of a script.
type ScriptMemory struct {
	Up     bool `json:"up"`
	Count  int  `json:"count"`
	Status int  `json:"status"` // the last exit status
}

// Memory gives what is known of the script; nothing before its first result.
func (s *ScriptState) Memory() (m ScriptMemory, ok bool) {
	return ScriptMemory{Up: s.Up(), Count: s.counter, Status: s.status}, s.known
}

// Resume sets what an earlier process, or the configuration before a reload, knew of the
// script. Its rise and fall may have been others.
func (s *ScriptState) Resume(m ScriptMemory) {
	s.known, s.status = true, m.Status
	if m.Up {
		s.counter = min(max(m.Count, s.rise), s.rise+s.fall-1)
	} else {
		s.counter = min(max(m.Count, 0), s.rise-1)
	}
}

// Disable takes a script that cannot be started out of the reckoning: as with keepalived,
// everything goes on as if nothing tracked it.
func (s *ScriptState) Disable() { s.disabled = true }

// Effect implements Tracker. Until the first result an instance that tracks the script
// without a weight is undecided, and a weight does not count; with init_fail it counts as
// that of a failed script.
func (s *ScriptState) Effect(weight int, reverse bool) Effect {
	switch {
	case s.disabled:
		return Effect{}
	case s.known || s.initFail && weight != 0:
		return Up(s.known && s.Up()).Effect(weight, reverse)
	}
	return Effect{Undecided: weight == 0}
}

// String names the state for dumps.
func (s ScriptState) String() string {
	switch {
	case s.disabled:
		return "disabled"
	case !s.known:
		return "INIT"
	case s.Up():
		return "GOOD"
	}
	return "BAD"
}
