// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"cmp"
	"flag"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"vipward/internal/lab"
)

var (
	dir        = flag.String("recordings", "../../../shared/reference/observed/vrrp", "where the recordings are")
	only       = flag.String("case", ".", "play only cases that match this pattern")
	show       = flag.Bool("show", false, "tell what vipward did in cases that differ")
	sideBySide = flag.Int("sidebyside", 12, "cases to play at once: most of a case is waiting")
)

// ownRecordings are a few telling ones, for where the whole collection is missing.
const ownRecordings = "testdata/recordings"

// TestRecordings plays each recording of the real keepalived to vipward. What differs is
// played once again, and only a difference that comes both times counts: on a busy machine a
// line may be late for once. What came only once is logged.
func TestRecordings(t *testing.T) {
	t.Parallel()
	lab.Vipward(t)
	p := &player{dir: recordings(t), accepted: acceptedHere(t), failed: map[string]outcome{}}
	var names []string
	for _, name := range caseNames(t, p.dir) {
		if !regexp.MustCompile(*only).MatchString(name) || slices.Contains(ofLinks, name) {
			continue
		}
		if why, ok := p.accepted.Whole(name); ok {
			t.Logf("not played: %s: %s", name, why)
			p.leftOut++
			continue
		}
		names = append(names, name)
	}
	p.playTwice(t, names)
	if p.dir == *dir && *only == "." && !t.Failed() {
		for _, rule := range p.accepted.Unused() {
			t.Logf("accepted.txt: nothing needs %s", rule)
		}
	}
}

// acceptedHere is this package's list.
func acceptedHere(t *testing.T) *Accepted {
	t.Helper()
	a, err := ReadAccepted("testdata/accepted.txt")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// recordings is the folder to play from.
func recordings(t *testing.T) string {
	t.Helper()
	if len(caseNames(t, *dir)) == 0 {
		return ownRecordings
	}
	return *dir
}

// caseNames lists the recordings in a folder, the longest first: so the last ones to be played
// are soon done.
func caseNames(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.conf"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		name, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(f), ".conf"), ".")
		names = append(names, name) // NAME.24.conf goes with its older sister
	}
	slices.Sort(names)
	names = slices.Compact(names)
	length := map[string]int{}
	for _, name := range names {
		rec, _, err := load(dir, name, false)
		if err != nil {
			continue // it has only what the newer keepalived did
		}
		length[name] = rec.seconds()
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(length[b], length[a]) })
	return names
}

// seconds is about how long a recording took.
func (r *Recording) seconds() int {
	n := 0
	for _, s := range r.Steps {
		n = max(n+2, int(s.At.Seconds()))
	}
	return n
}
