// SPDX-License-Identifier: Apache-2.0

package track

import "testing"

// TestUpEffect for every weight and state: recordings track-interface,
// track-interface-negative-reverse and track-process-events.
func TestUpEffect(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		weight   int
		reverse  bool
		up, down Effect
	}{
		{"no weight", 0, false, Effect{}, Effect{Fault: true}},
		{"no weight, reverse", 0, true, Effect{Fault: true}, Effect{}},
		{"positive", 20, false, Effect{Delta: 20}, Effect{}},
		{"positive, reverse", 20, true, Effect{Delta: -20}, Effect{}},
		{"negative", -50, false, Effect{}, Effect{Delta: -50}},
		{"negative, reverse", -50, true, Effect{}, Effect{Delta: 50}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for state, want := range map[Up]Effect{true: tt.up, false: tt.down} {
				if got := state.Effect(tt.weight, tt.reverse); got != want {
					t.Errorf("up %v: got %+v, want %+v", state, got, want)
				}
			}
		})
	}
}

// TestEffectPlus: one fault is enough, one undecided is enough, and deltas add up.
func TestEffectPlus(t *testing.T) {
	t.Parallel()
	all := []Effect{{}, {Fault: true}, {Undecided: true}, {Delta: 7}, {Delta: -9}, {true, true, 3}}
	for _, a := range all {
		for _, b := range all {
			want := Effect{a.Fault || b.Fault, a.Undecided || b.Undecided, a.Delta + b.Delta}
			if got := a.Plus(b); got != want {
				t.Errorf("%+v and %+v: got %+v", a, b, got)
			}
		}
	}
}

// TestTrackers: every state is a Tracker.
func TestTrackers(t *testing.T) {
	t.Parallel()
	script := NewScriptState(1, 1, false)
	for _, tr := range []Tracker{Up(true), File(1), &script} {
		if e := tr.Effect(0, false); e == tr.Effect(0, true) && !e.Undecided {
			t.Errorf("%T: reverse means nothing", tr)
		}
	}
}
