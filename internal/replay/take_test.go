// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// fresh are the log lines of all daemons since the last take.
func (s *stage) fresh() []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(s.daemons)) {
		out = append(out, s.said(name)...)
	}
	return out
}

// said are the lines of a daemon since the last take.
func (s *stage) said(name string) []string {
	lines := s.clean(name, s.daemons[name].From(s.marks[name]))
	for i := range lines {
		lines[i] = prefixOf(name) + lines[i]
	}
	return lines
}

// take collects what has happened in this step, but for frames.
func (s *stage) take() {
	got := s.now
	for _, name := range slices.Sorted(maps.Keys(s.daemons)) {
		lines := s.said(name)
		s.marks[name] += len(lines)
		got.Log = append(got.Log, lines...)
	}
	for _, l := range got.Log {
		s.past[l]++
	}
	got.FIFO = s.fifo.take()
	b, err := os.ReadFile(filepath.Join(s.dir, "calls"))
	s.must(err)
	calls := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	if len(b) == 0 {
		calls = nil
	}
	for _, c := range calls[s.calls:] {
		got.Calls = append(got.Calls, strings.ReplaceAll(c, s.dir, "DIR"))
	}
	s.calls = len(calls)
	if name := writtenAt(got.Do); name != "" {
		text, err := os.ReadFile(filepath.Join(s.daemons["a"].Dir, name))
		s.must(err)
		got.Files = fileLines(name, strings.ReplaceAll(string(text), s.dir, "DIR"))
	}
}

// prefixOf marks the lines of the daemons on host b.
func prefixOf(name string) string {
	if name == "a" {
		return ""
	}
	return "[" + name + "] "
}

// frames gives each captured frame to the step in which it came.
func (s *stage) frames(got *Recording, when []span) {
	for name, wire := range s.wires {
		for _, f := range wire.Frames() {
			key, ok := frameKey(name, f.Data)
			i := stepAt(when, f.Time)
			if f.Out || !ok || i < 0 {
				continue
			}
			end := when[i].done.Add(time.Hour)
			if i+1 < len(when) {
				end = when[i+1].begin
			}
			zero := when[0].begin
			inner := !strings.HasPrefix(got.Steps[i].Do, "kernel snapshot") && // which may take its time
				within(f.Time.Sub(zero), when[i].done.Sub(zero), end.Sub(zero))
			got.Steps[i].Frames = append(got.Steps[i].Frames, Frame{Key: key, Inner: inner})
		}
	}
}

// stepAt finds the step of a time; -1 is before the first.
func stepAt(when []span, at time.Time) int {
	i := slices.IndexFunc(when, func(s span) bool { return s.begin.After(at) })
	if i < 0 {
		i = len(when)
	}
	return i - 1
}

var pidText = regexp.MustCompile(`\b(pid[ =]|process\()\d+`)

// clean brings lines to the form of the recordings.
func (s *stage) clean(name string, lines []string) []string {
	var out []string
	for _, l := range lines {
		if _, rest, ok := strings.Cut(l, ": "); ok && strings.Count(l[:len(l)-len(rest)], ":") == 3 {
			l = rest // the time stamp
		}
		l = strings.ReplaceAll(l, s.daemons[name].Config, "DIR/"+name+".conf")
		l = strings.ReplaceAll(l, s.dir, "DIR")
		out = append(out, pidText.ReplaceAllString(l, "${1}PID"))
	}
	return out
}
