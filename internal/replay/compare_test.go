// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// logs makes a recording whose steps have these log lines.
func logs(steps ...[]string) *Recording {
	r := &Recording{}
	for _, lines := range steps {
		r.Steps = append(r.Steps, Step{Log: lines})
	}
	return r
}

func TestCompareLog(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		want, got *Recording
		diff      []string
	}{
		{"equal", logs([]string{"(A) x", "(A) y"}), logs([]string{"(A) x", "(A) y"}), nil},
		{"another order of one instance", logs([]string{"(A) x", "(A) y"}), logs([]string{"(A) y", "(A) x"}), []string{"log - [0] (A) x", "log + [0] (A) x"}},
		{"another order of two instances", logs([]string{"(A) x", "(B) y"}), logs([]string{"(B) y", "(A) x"}), nil},
		{"parent and child", logs([]string{"(A) x", "Startup complete"}), logs([]string{"Startup complete", "(A) x"}), nil},
		{"a repetition", logs([]string{"(A) x"}), logs([]string{"(A) x", "(A) x"}), nil},
		{"a step late", logs([]string{"(A) x"}, nil), logs(nil, []string{"(A) x"}), nil},
		{"two steps late", logs([]string{"(A) x"}, nil, nil), logs(nil, nil, []string{"(A) x"}), []string{"log - [0] (A) x", "log + [2] (A) x"}},
		{"missing", logs([]string{"(A) x", "(A) y", "(A) z"}), logs([]string{"(A) x", "(A) z"}), []string{"log - [0] (A) y"}},
		{"the same again in a later step", logs([]string{"(A) x"}, nil, nil), logs([]string{"(A) x"}, nil, []string{"(A) x"}), []string{"log + [2] (A) x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.diff, texts(Compare(tt.want, tt.got, recorded{log: true}))); diff != "" {
				t.Errorf("differences (-want +got):\n%s", diff)
			}
		})
	}
}

func texts(list []Difference) []string {
	var out []string
	for _, d := range list {
		out = append(out, d.String())
	}
	return out
}

func frames(steps ...[]Frame) *Recording {
	r := &Recording{}
	for _, f := range steps {
		r.Steps = append(r.Steps, Step{Frames: f})
	}
	return r
}

func TestCompareFrames(t *testing.T) {
	t.Parallel()
	inner, edge := []Frame{{"f", true}}, []Frame{{"f", false}}
	tests := []struct {
		name      string
		want, got *Recording
		diff      []string
	}{
		{"equal", frames(inner), frames(inner), nil},
		{"once or often", frames(inner), frames([]Frame{{"f", true}, {"f", true}}), nil},
		{"at the edge, in the next step", frames(edge, nil), frames(nil, edge), nil},
		{"in the middle, in the next step", frames(inner, nil), frames(nil, inner), []string{"wire - [0] f", "wire + [1] f"}},
		{"missing", frames(edge), frames(nil), []string{"wire - [0] f"}},
		{"goes on for a step", frames(inner, nil), frames(inner, inner), []string{"wire + [1] f"}},
		{"one frame behind the edge", frames(inner, nil), frames(inner, edge), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.diff, texts(Compare(tt.want, tt.got, recorded{wire: true}))); diff != "" {
				t.Errorf("differences (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompareCallsAndFIFO(t *testing.T) {
	t.Parallel()
	want := &Recording{Steps: []Step{{Calls: []string{"a", "b", "a"}, FIFO: []string{`INSTANCE "A" BACKUP`, `INSTANCE "A" MASTER`}}}}
	got := &Recording{Steps: []Step{{Calls: []string{"b", "a"}, FIFO: []string{`INSTANCE "A" MASTER`}}}}
	diff := cmp.Diff([]string{`fifo - [0] INSTANCE "A" BACKUP`, "calls - [0] a"}, texts(Compare(want, got, recorded{fifo: true, calls: true})))
	if diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
	if diff := Compare(want, got, recorded{}); diff != nil {
		t.Errorf("parts that were not recorded were compared: %v", diff)
	}
}

// TestCompareAnnouncements: the sets after the first one come when their time has come.
func TestCompareAnnouncements(t *testing.T) {
	t.Parallel()
	master, set := "(A) Entering MASTER STATE", "(A) Sending/queueing gratuitous ARPs on eth0 for 10.0.0.100"
	lines := func(l ...string) []string { return l }
	tests := []struct {
		name      string
		want, got *Recording
		diff      []string
	}{
		{"second set after the end of the step", logs(lines(master, set), nil), logs(lines(master, set), lines(set)), nil},
		{"no second set before the stop", logs(lines(master, set), nil, lines(set)), logs(lines(master, set), nil, nil), nil},
		{"two more", logs(lines(master, set), nil, nil, nil, nil), logs(lines(master, set), nil, lines(set), nil, lines(set)), []string{
			"log + [2] " + set, "log + [4] " + set,
		}},
		{"none at all", logs(lines(master, set)), logs(lines(master)), []string{"log - [0] " + set}},
		{"nobody became master", logs(lines(set), nil, nil), logs(lines(set), nil, lines(set)), []string{"log + [2] " + set}},
		{"one near by, in another order", logs(lines(set, master)), logs(lines(master, set)), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.diff, texts(Compare(tt.want, tt.got, recorded{log: true}))); diff != "" {
				t.Errorf("differences (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompareExits(t *testing.T) {
	t.Parallel()
	exits := func(text string) *Recording { return &Recording{Steps: []Step{{}, {Exit: text}}} }
	if got := Compare(exits("keepalived a exited with status 0"), exits("keepalived a exited with status 0"), recorded{}); got != nil {
		t.Errorf("equal ones differ: %v", got)
	}
	want := []string{"exit - [1] keepalived a exited with status 2", "exit + [1] keepalived a is still running"}
	got := texts(Compare(exits("keepalived a exited with status 2"), exits("keepalived a is still running"), recorded{}))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
}

func TestBoth(t *testing.T) {
	t.Parallel()
	first := []Difference{{"log", "-", Item{1, "a"}}, {"log", "-", Item{1, "b"}}, {"log", "+", Item{1, "c"}}, {"wire", "-", Item{1, "d"}}}
	second := []Difference{{"log", "-", Item{2, "a"}}, {"log", "-", Item{3, "b"}}, {"log", "-", Item{1, "c"}}, {"log", "-", Item{1, "d"}}}
	if diff := cmp.Diff([]string{"log - [2] a"}, texts(Both(first, second))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(second) != 4 {
		t.Error("the argument was changed")
	}
}

func TestTold(t *testing.T) {
	t.Parallel()
	in := []string{"argv: [a] | uid=0 cwd=DIR umask=0177 env:  FOO=bar PWD=DIR | fds: 0 1 2 255 3 | SigBlk: 0 CapEff: 0001ff NoNewPrivs: 0", "argv: [b]"}
	want := []string{"argv: [a] | uid=0 umask=0177SigBlk: 0 NoNewPrivs: 0", "argv: [b]"}
	if diff := cmp.Diff(want, told(in)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
