// SPDX-License-Identifier: Apache-2.0

package pairs

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func letter(s *string) string { return (*s)[:1] }

func TestMatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, have, want string
		was              []int
		gone             []int
	}{
		{name: "nothing"},
		{name: "equal", have: "a b c", want: "a b c", was: []int{0, 1, 2}},
		{name: "all new", want: "a b", was: []int{-1, -1}},
		{name: "all gone", have: "a b", gone: []int{0, 1}},
		{name: "one gone", have: "a b c", want: "a c", was: []int{0, 2}, gone: []int{1}},
		{name: "one more", have: "a c", want: "a b c", was: []int{0, -1, 1}},
		{name: "one replaced", have: "a b c", want: "a d c", was: []int{0, -1, 2}, gone: []int{1}},
		{name: "turned round", have: "a b c", want: "c b a", was: []int{2, 1, 0}},
		{name: "moved to the end", have: "a b c d", want: "a c d b", was: []int{0, 2, 3, 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := strings.Fields(tt.want)
			place, gone := Match(strings.Fields(tt.have), letter, want, letter)
			var was []int
			for i := range want {
				was = append(was, place(i))
			}
			if diff := cmp.Diff(tt.was, was); diff != "" {
				t.Errorf("was (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.gone, gone); diff != "" {
				t.Errorf("gone (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMatchRandom compares it with a search through all.
func TestMatchRandom(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	some := func() []string {
		list := strings.Split("abcdefgh", "")[:r.IntN(9)]
		r.Shuffle(len(list), func(i, j int) {
			if r.IntN(3) == 0 {
				list[i], list[j] = list[j], list[i]
			}
		})
		return slices.DeleteFunc(list, func(string) bool { return r.IntN(4) == 0 })
	}
	for range 5000 {
		have, want := some(), some()
		was, gone := Match(have, letter, want, letter)
		for i, x := range want {
			if was(i) != slices.Index(have, x) {
				t.Fatalf("seed %d: %v, %v: place %d was %d", seed, have, want, i, was(i))
			}
		}
		for i, x := range have {
			if slices.Contains(want, x) == slices.Contains(gone, i) {
				t.Fatalf("seed %d: %v, %v: gone are %v", seed, have, want, gone)
			}
		}
	}
}

// Lists that are alike cost no memory that grows with them.
func TestMatchOfEqualLists(t *testing.T) {
	list := make([]string, 1000)
	for i := range list {
		list[i] = string(rune('a' + i))
	}
	whole := func(s *string) string { return *s }
	if n := testing.AllocsPerRun(10, func() { Match(list, whole, list, whole) }); n > 1 {
		t.Errorf("%.0f allocations", n)
	}
}
