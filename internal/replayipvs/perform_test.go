// SPDX-License-Identifier: Apache-2.0

package replayipvs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"vipward/internal/lab"
	"vipward/internal/replay"
)

// perform does the steps of a recording and records what follows.
func perform(t lab.TB, rec *Recording, ac *replay.Accepted) *Recording {
	t.Helper()
	s := newStage(t, rec)
	got := &Recording{Name: rec.Name}
	for _, step := range rec.Steps {
		do, ok := deedOf(step.Do)
		if !ok {
			t.Fatalf("step %q is not understood", step.Do)
		}
		began := time.Now()
		do(s)
		done := Step{Do: step.Do}
		for i, want := range step.Tables {
			for _, name := range []string{want.Name, want.Name + " of " + rec.Name} {
				if extra, ok := deeds[name]; ok { // what was done without a line of its own
					if i > 0 {
						s.waitLines(step, step.Tables[i-1].After, ac)
					}
					extra(s)
				}
			}
			if want.After == len(step.Log) {
				s.waitLines(step, want.After, ac)
			} // else it may be there for a moment only, before the next lines
			before := s.expected(step, want.After, ac)
			have, passed := s.waitTable(want, ac, func() bool { return s.told(ac) > before })
			if passed {
				have = want.Lines // a moment that was missed
			}
			done.Tables = append(done.Tables, Table{Name: want.Name, Lines: have})
		}
		s.waitLines(step, len(step.Log), ac)
		s.waitWire(step)
		s.waitRest(began, step)
		done.Log, done.Wire = s.lines(), s.all()
		if s.daemon != nil {
			s.mark = s.daemon.Mark()
		}
		got.Steps = append(got.Steps, done)
	}
	t.Logf("%s", strings.Join(s.daemon.All(), "\n"))
	b, err := os.ReadFile(filepath.Join(s.dir, "read"))
	s.must(err)
	got.FIFO = append(s.fifo.records(), Records(string(b))...)
	b, err = os.ReadFile(filepath.Join(s.dir, "calls"))
	s.must(err)
	if s.kernel != nil {
		for _, op := range s.kernel.OpsFrom(0) {
			got.Kernel = append(got.Kernel, op.Text)
		}
	}
	got.Calls = calls(strings.ReplaceAll(string(b), "\n", ";"))
	return got
}

var telling = regexp.MustCompile(`service|uorum|sorry|omplete|weight|succe|failed`)

const (
	lineLimit  = 25 * time.Second // longer than any wait of the recordings between two lines
	tableLimit = 40 * time.Second
	longest    = 2500 * time.Millisecond // of waiting for what must not come
	settle     = 300 * time.Millisecond
	pause      = 100 * time.Millisecond // between two looks: the lab kernel is slow
)

// expected counts the lines that tell something among the first n of a step's.
func (s *stage) expected(step Step, n int, ac *replay.Accepted) int {
	return s.count("-", step.Log[:n], ac)
}

// count counts lines that tell something, and that the other side must have too.
func (s *stage) count(sign string, lines []string, ac *replay.Accepted) int {
	n := 0
	for _, l := range lines {
		d := replay.Difference{Kind: "log", Sign: sign, Item: replay.Item{Text: l}}
		if telling.MatchString(l) && len(ac.Refuse(s.rec.Name, []replay.Difference{d})) > 0 {
			n++
		}
	}
	return n
}

// waitLines waits until as many lines have come as the recording has among its first n.
func (s *stage) waitLines(step Step, n int, ac *replay.Accepted) {
	want := s.expected(step, n, ac)
	_ = lab.Poll(s.t.Context(), lineLimit, func() error { // what has not come is a difference
		time.Sleep(pause)
		if have := s.told(ac); have < want {
			return fmt.Errorf("%d of %d", have, want)
		}
		return nil
	})
}

// waitWire waits until the servers have seen what they once saw in a step.
func (s *stage) waitWire(step Step) {
	if len(step.Wire) == 0 {
		return
	}
	_ = lab.Poll(s.t.Context(), lineLimit, func() error { // what has not come is a difference
		time.Sleep(pause)
		have := s.all()
		for _, l := range step.Wire {
			if !slices.Contains(have, l) {
				return errors.New(l)
			}
		}
		return nil
	})
}

// waitRest gives what must not come the time to come.
func (s *stage) waitRest(began time.Time, step Step) {
	time.Sleep(settle)
	if len(step.Log) == 0 || step.Length > 0 {
		time.Sleep(time.Until(began.Add(min(step.Length, longest))))
	}
}
