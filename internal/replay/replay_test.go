// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"cmp"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"vipward/internal/lab"
)

var (
	dir        = flag.String("recordings", "../../../shared/reference/observed/vrrp", "where the recordings are")
	sideBySide = flag.Int("sidebyside", 14, "cases to play at once: most of a case is waiting")
)

// usualGap is the time between two steps whose times were not recorded: long enough for a
// take-over and the second announcements behind it.
const usualGap = 6 * time.Second

// TestRecordings plays each recording of the real keepalived to vipward.
func TestRecordings(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(*dir, "*.conf"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no recordings here")
	}
	lab.Vipward(t)
	accepted := readAccepted(t)
	var g errgroup.Group
	g.SetLimit(*sideBySide) // and not t.Parallel, whose limit is the number of processors
	for _, f := range files {
		name, _, newer := strings.Cut(strings.TrimSuffix(filepath.Base(f), ".conf"), ".")
		if newer {
			continue // it goes with its older sister
		}
		g.Go(func() error {
			t.Run(name, func(t *testing.T) {
				if why, ok := accepted.whole(name); ok {
					t.Logf("not played: %s", why)
					return
				}
				play(t, name, accepted)
			})
			return nil
		})
	}
	_ = g.Wait() // a case fails its own test
	accepted.unused(t)
}

// play does the steps of a recording at their times and compares what follows each.
func play(t *testing.T, name string, accepted *accepted) {
	t.Helper()
	rec, has, err := load(*dir, name, true)
	if err != nil {
		t.Fatal(err)
	}
	s := newStage(t, rec)
	began := time.Now()
	for i, step := range rec.Steps {
		do, ok := deedOf(step.Do)
		if !ok {
			t.Fatalf("step %q is not understood", step.Do)
		}
		do(s)
		if i+1 < len(rec.Steps) {
			s.waitFor(began, step, rec.Steps[i+1])
		} else {
			time.Sleep(300 * time.Millisecond)
		}
		if i == 0 {
			began = time.Now().Add(-cmp.Or(max(step.At, 0), 0))
		}
		s.compare(i, step, s.take(), has, accepted)
	}
}

// waitFor waits until the next step is due.
func (s *stage) waitFor(began time.Time, step, next Step) {
	switch {
	case strings.Contains(next.Do, "exited with status"):
		time.Sleep(1200 * time.Millisecond)
	case step.At >= 0 && next.At >= 0:
		time.Sleep(next.At - step.At)
	case strings.HasPrefix(next.Do, "start keepalived"):
	case strings.HasPrefix(step.Do, "kernel snapshot"):
		time.Sleep(200 * time.Millisecond)
	default:
		time.Sleep(usualGap)
	}
	_ = began
}

// compare says what differs and is not accepted.
func (s *stage) compare(i int, want, got Step, has recorded, accepted *accepted) {
	s.t.Helper()
	where := func(kind string) string { return kind + " of step " + want.Do }
	check := func(kind string, is bool, want, got []string) {
		if !is {
			return
		}
		want, got = accepted.apply(s.rec.Name, kind, want), accepted.apply(s.rec.Name, kind, got)
		if diff := gocmp.Diff(want, got); diff != "" {
			s.t.Errorf("%s (-keepalived +vipward):\n%s", where(kind), diff)
		}
	}
	check("log", has.log, parentFirst(want.Log), parentFirst(got.Log))
	check("wire", has.wire, sorted(want.Frames), sorted(got.Frames))
	check("fifo", has.fifo, want.FIFO, got.FIFO)
	check("calls", has.calls, want.Calls, got.Calls)
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

func fileLines(path string) []string {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
}
