// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Item is something seen: a line, a call, and the number of its step.
type Item struct {
	Step int
	Text string
}

// Difference is what only one side has: "+" vipward, "-" keepalived.
type Difference struct {
	Kind string // log, wire, fifo, calls, kernel, file or exit
	Sign string
	Item
}

func (d Difference) String() string {
	return fmt.Sprintf("%s %s [%d] %s", d.Kind, d.Sign, d.Step, d.Text)
}

// Compare says in what a run differs from a recording, part by part. Parts that were not
// recorded are left out. A line may come a step early or late: what was done and what the
// daemon said about it are two processes.
func Compare(want, got *Recording, has recorded) []Difference {
	var out []Difference
	if has.log {
		out = append(out, compareStreams("log", want, got, func(s Step) []string { return settled(s.Log) }, logSubject)...)
	}
	if has.wire {
		out = append(out, compareFrames(want, got)...)
	}
	if has.fifo {
		out = append(out, compareStreams("fifo", want, got, func(s Step) []string { return settled(s.FIFO) }, fifoSubject)...)
	}
	if has.calls {
		whole := func(call string) string { return call } // scripts run side by side: no order
		out = append(out, compareStreams("calls", want, got, func(s Step) []string { return told(s.Calls) }, whole)...)
	}
	out = secondSets(out, want, got)
	out = append(out, compareKernel(want, got)...)
	out = append(out, compareFiles(want, got)...)
	return append(out, compareExits(want, got)...)
}

// told leaves of what a script tells of itself what does not depend on who started the daemon.
func told(calls []string) []string {
	var out []string
	for _, c := range calls {
		out = append(out, libcSignals.ReplaceAllString(starters.ReplaceAllString(c, ""), "${1}00"))
	}
	return out
}

var starters = regexp.MustCompile(` cwd=\S+| env: .* \| fds: [^|]*(\| )?| CapEff: \w+`)

// libcSignals are the two that the C library keeps for itself: make has its programs ignore
// them.
var libcSignals = regexp.MustCompile(`(SigIgn: 0000000)[01][08]`)

// compareFiles compares the files that were recorded, line by line.
func compareFiles(want, got *Recording) []Difference {
	var out []Difference
	for n := range min(len(want.Steps), len(got.Steps)) {
		if a, b := want.Steps[n].Files, got.Steps[n].Files; a != nil {
			out = append(out, compareLines("file", n, a, b)...)
		}
	}
	return out
}

// compareExits compares how the daemons ended.
func compareExits(want, got *Recording) []Difference {
	var out []Difference
	for n := range min(len(want.Steps), len(got.Steps)) {
		if a, b := want.Steps[n].Exit, got.Steps[n].Exit; a != b {
			out = append(out, Difference{"exit", "-", Item{n, a}}, Difference{"exit", "+", Item{n, b}})
		}
	}
	return out
}

// Both are the differences of two runs that both have, a step apart at most.
func Both(a, b []Difference) []Difference {
	return slices.DeleteFunc(slices.Clone(b), func(d Difference) bool {
		return !slices.ContainsFunc(a, d.sameAs)
	})
}

func (d Difference) sameAs(o Difference) bool {
	return d.Kind == o.Kind && d.Sign == o.Sign && d.is(o.Item)
}

// compareStreams compares the lines of each subject in their order; among the lines of
// different subjects there is none.
func compareStreams(kind string, want, got *Recording, part func(Step) []string, subject func(string) string) []Difference {
	return CompareItems(kind, itemsOf(want, part), itemsOf(got, part), subject)
}

// itemsOf lists a part of all steps.
func itemsOf(r *Recording, part func(Step) []string) []Item {
	var out []Item
	for n, step := range r.Steps {
		for _, text := range part(step) {
			out = append(out, Item{n, text})
		}
	}
	return out
}

// CompareItems compares the items of each subject in their order, of which repetitions in a
// step count once but for those that are a subject of their own; among the items of different
// subjects there is no order. An item may come a step early or late.
func CompareItems(kind string, want, got []Item, subject func(string) string) []Difference {
	a, b := streams(want, subject), streams(got, subject)
	var subjects []string
	for s := range a {
		subjects = append(subjects, s)
	}
	for s := range b {
		if _, ok := a[s]; !ok {
			subjects = append(subjects, s)
		}
	}
	slices.Sort(subjects)
	var out []Difference
	for _, s := range subjects {
		minus, plus := unmatched(a[s], b[s])
		minus, plus = alone(minus, b[s]), alone(plus, a[s])
		for _, i := range minus {
			out = append(out, Difference{kind, "-", i})
		}
		for _, i := range plus {
			out = append(out, Difference{kind, "+", i})
		}
	}
	return out
}

// streams sorts items by subject, and leaves out repetitions in a step.
func streams(items []Item, subject func(string) string) map[string][]Item {
	out := map[string][]Item{}
	for _, next := range items {
		s := subject(next.Text)
		list := out[s]
		if k := len(list); s != next.Text && k > 0 && list[k-1] == next {
			continue // a subject that is the text itself counts each
		}
		out[s] = append(list, next)
	}
	return out
}

// unmatched are the items that have no counterpart in the longest common sequence.
func unmatched(a, b []Item) (minus, plus []Item) {
	n := make([][]int, len(a)+1) // longest common sequence of a[i:] and b[j:]
	for i := range n {
		n[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			n[i][j] = max(n[i+1][j], n[i][j+1])
			if a[i].is(b[j]) {
				n[i][j] = max(n[i][j], n[i+1][j+1]+1)
			}
		}
	}
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i].is(b[j]) && n[i][j] == n[i+1][j+1]+1:
			i, j = i+1, j+1
		case n[i+1][j] >= n[i][j+1]:
			minus = append(minus, a[i])
			i++
		default:
			plus = append(plus, b[j])
			j++
		}
	}
	return append(minus, a[i:]...), append(plus, b[j:]...)
}

// is says whether two items are the same thing, a step apart at most.
func (i Item) is(o Item) bool { return i.Text == o.Text && near(i.Step, o.Step) }

func near(a, b int) bool { return a-b <= 1 && b-a <= 1 }

var (
	instanceLine = regexp.MustCompile(`^(\[b2?\] )?\((\w+)\)`)
	groupLine    = regexp.MustCompile(`^(\[b2?\] )?VRRP_Group\((\w+)\)`)
	parentLine   = regexp.MustCompile(`^(\[b2?\] )?(Startup complete|Stopping|Reloading \.\.\.|pid PID exited|Reload finished)`)
	// Of an instance, but in no order to its changes of state.
	besideLine = regexp.MustCompile(`^(\[b2?\] )?\(\w+\) (Changing effective priority|master set to)`)
)

// logSubject says what a line of the log is about: an instance, a group, the parent, or only
// itself (an announcement, a tracker, an event of the kernel).
func logSubject(line string) string {
	for _, p := range []*regexp.Regexp{instanceLine, groupLine, parentLine} {
		if m := p.FindStringSubmatch(line); m != nil {
			if p == parentLine {
				return m[1] + "parent"
			}
			if m := besideLine.FindString(line); m != "" {
				return m
			}
			return m[0]
		}
	}
	return line + " " // a stream of its own, in which repetitions in a step count once
}

// fifoSubject is the instance or group.
func fifoSubject(line string) string {
	f := strings.Fields(line)
	return strings.Join(f[:min(2, len(f))], " ")
}
