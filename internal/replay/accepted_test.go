// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// list writes a list of accepted differences.
func list(t *testing.T, text string) (*Accepted, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "accepted.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return ReadAccepted(path)
}

func TestAccepted(t *testing.T) {
	t.Parallel()
	a, err := list(t, `# a comment

* log ^- Banner # every case
one,two log ^\+ more$ # two cases
one fifo ^- RS # another kind
whole case # cannot be played
one same ^vipward has (\d+)$ => keepalived has $1 # the name
t* log ^- \[2\] RS # one step of some cases
never log ^- needed$ # nothing needs it
`)
	if err != nil {
		t.Fatal(err)
	}
	all := []Difference{
		{"log", "-", Item{0, "Banner of it"}},
		{"log", "+", Item{1, "more"}},
		{"log", "-", Item{1, "more"}},
		{"fifo", "-", Item{2, "RS x"}},
		{"log", "-", Item{2, "RS x"}},
	}
	var left []string
	for _, d := range a.Refuse("one", all) {
		left = append(left, d.String())
	}
	if diff := cmp.Diff([]string{"log - [1] more", "log - [2] RS x"}, left); diff != "" {
		t.Errorf("left of one (-want +got):\n%s", diff)
	}
	if got := len(a.Refuse("three", all)); got != 3 {
		t.Errorf("%d differences left of three, want 3", got)
	}
	if why, ok := a.Whole("whole"); !ok || why != "cannot be played" {
		t.Errorf("whole: %q, %v", why, ok)
	}
	if _, ok := a.Whole("one"); ok {
		t.Errorf("one is left out")
	}
	if got := a.Translate("one", "vipward has 7"); got != "keepalived has 7" {
		t.Errorf("translated to %q", got)
	}
	if got := a.Translate("two", "vipward has 7"); got != "vipward has 7" {
		t.Errorf("another case is translated to %q", got)
	}
	if diff := cmp.Diff([]string{"never log ^- needed$"}, a.Unused()); diff != "" {
		t.Errorf("unused (-want +got):\n%s", diff)
	}
}

func TestAcceptedRefusesBadLines(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"one log ^x", "one # why", "one log ^( # why"} {
		if _, err := list(t, line); err == nil {
			t.Errorf("%q was read", line)
		}
	}
}
