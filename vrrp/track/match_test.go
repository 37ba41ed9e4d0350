// SPDX-License-Identifier: Apache-2.0

package track

import (
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// TestMatches is what keepalived 2.2.7 counted of these processes, but for the name that is
// longer than the kernel keeps.
func TestMatches(t *testing.T) {
	t.Parallel()
	processes := []struct{ comm, command string }{
		{"kvpq1", "/d/kvpq1 1000"},
		{"kvpq1", "/d/kvpq1 77"},
		{"kvpq1", "/d/kvpq1 77 88"},
		{"kvpq1", "/d/kvpq1 88 77"},
		{"kvpq1", "/d/kvpq1 88 77 99"},
		{"kvpq1", "./kvpq1 77"},
		{"kvpverylongname", "/d/kvpverylongname_more 100"},
		{"kvpverylongname", "kvpq1 77"},
		{"kvpq1", ""}, // a kernel thread, or the end is near
	}
	partial, initial := "partial", "initial"
	tests := []struct {
		name string
		m    ProcessMatch
		want []int // of processes
	}{
		{"name", ProcessMatch{Args: words("kvpq1")}, []int{0, 1, 2, 3, 4, 5, 8}},
		{"path as a name", ProcessMatch{Args: words("/d/kvpq1")}, nil},
		{"name of 15 characters", ProcessMatch{Args: words("kvpverylongname")}, []int{6, 7}},
		{"longer name", ProcessMatch{Args: words("kvpverylongname_more")}, []int{6, 7}},
		{"shorter name", ProcessMatch{Args: words("kvpq")}, nil},
		{"full, name", ProcessMatch{Args: words("kvpq1"), Full: true}, []int{7}},
		{"full, name, parameter", ProcessMatch{Args: words("kvpq1 77"), Full: true}, []int{7}},
		{"full, path", ProcessMatch{Args: words("/d/kvpq1"), Full: true}, []int{0, 1, 2, 3, 4}},
		{"full, path, partial", ProcessMatch{Args: words("/d/kvpq1"), Full: true, Params: partial}, []int{0, 1, 2, 3, 4}},
		{"full, path, initial", ProcessMatch{Args: words("/d/kvpq1"), Full: true, Params: initial}, []int{0, 1, 2, 3, 4}},
		{"full, path, parameter", ProcessMatch{Args: words("/d/kvpq1 77"), Full: true}, []int{1}},
		{"parameter", ProcessMatch{Args: words("/d/kvpq1 77")}, []int{1}},
		{"name, parameter", ProcessMatch{Args: words("kvpq1 77")}, []int{7}},
		{"initial", ProcessMatch{Args: words("/d/kvpq1 77"), Params: initial}, []int{1, 2}},
		{"initial, two", ProcessMatch{Args: words("/d/kvpq1 77 8"), Params: initial}, []int{2}},
		{"initial, within a word that is not the last", ProcessMatch{Args: words("/d/kvpq1 7 8"), Params: initial}, nil},
		{"initial, behind another", ProcessMatch{Args: words("/d/kvpq1 88"), Params: initial}, []int{3, 4}},
		{"partial", ProcessMatch{Args: words("/d/kvpq1 77"), Params: partial}, []int{1, 2}},
		{"partial, two", ProcessMatch{Args: words("/d/kvpq1 77 88"), Params: partial}, []int{2}},
		{"partial, within a word", ProcessMatch{Args: words("/d/kvpq1 7"), Params: partial}, nil},
		{"partial, the first two of three", ProcessMatch{Args: words("/d/kvpq1 88 77"), Params: partial}, []int{3, 4}},
		{"partial, not the first", ProcessMatch{Args: words("/d/kvpq1 99"), Params: partial}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []int
			for i, p := range processes {
				if tt.m.Matches(p.comm, commandLine(p.command)) {
					got = append(got, i)
				}
			}
			if diff := gocmp.Diff(tt.want, got); diff != "" {
				t.Errorf("processes (-want +got):\n%s", diff)
			}
		})
	}
}

func words(s string) []string { return strings.Fields(s) }

// commandLine is what /proc/PID/cmdline holds.
func commandLine(s string) []byte {
	var b []byte
	for _, w := range words(s) {
		b = append(append(b, w...), 0)
	}
	return b
}

// TestMatchKeepsWordsWithBlanks: a parameter may have blanks, and two are not one.
func TestMatchKeepsWordsWithBlanks(t *testing.T) {
	t.Parallel()
	m := ProcessMatch{Args: []string{"/d/p", "a b"}}
	if !m.Matches("p", []byte("/d/p\x00a b\x00")) {
		t.Error("the same words do not match")
	}
	if m.Matches("p", []byte("/d/p\x00a\x00b\x00")) {
		t.Error("two words match one")
	}
}
