// SPDX-License-Identifier: Apache-2.0

package track

// Tracker is the state of one thing that instances track: a script, a file, a number of
// processes, an interface or a BFD session.
type Tracker interface {
	// Effect says what the state means for an instance that tracks it with that weight.
	// With weight 0 the thing must be well, or the instance is in Fault. reverse turns it
	// around: the sign of what the weight adds, or with weight 0 what well is.
	Effect(weight int, reverse bool) Effect
}

// Effect is what trackers mean for an instance. It is summed afresh from all trackers each
// time, and never counted up and down, so that nothing can make it drift.
type Effect struct {
	Fault     bool // the instance must not take part in the election
	Undecided bool // it has to wait in Init: nothing is known yet
	Delta     int  // what is added to the priority
}

// Plus is the effect of both.
func (e Effect) Plus(o Effect) Effect {
	return Effect{
		Fault:     e.Fault || o.Fault,
		Undecided: e.Undecided || o.Undecided,
		Delta:     e.Delta + o.Delta,
	}
}

// Up is the state of what is either up or down: an interface, a quorum of processes, a BFD
// session (which starts down).
type Up bool

// Effect implements Tracker: a positive weight counts while it is up, a negative one while
// it is down.
func (u Up) Effect(weight int, reverse bool) Effect {
	switch {
	case weight == 0:
		return Effect{Fault: bool(u) == reverse}
	case bool(u) != (weight > 0):
		return Effect{}
	}
	return Effect{Delta: turned(weight, reverse)}
}

func turned(n int, reverse bool) int {
	if reverse {
		return -n
	}
	return n
}
