// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"slices"
	"strings"
)

// compareFrames compares which frames came in each step, once or many times. A frame at the
// edge of a step may belong to its neighbour.
func compareFrames(want, got *Recording) []Difference {
	a, b := framesOf(want), framesOf(got)
	out := lonely("-", a, b)
	return append(out, lonely("+", b, a)...)
}

// framesOf says for each frame in which steps it was seen, and whether well within the step.
func framesOf(r *Recording) map[string]map[int]bool {
	out := map[string]map[int]bool{}
	for n, step := range r.Steps {
		for _, f := range step.Frames {
			if out[f.Key] == nil {
				out[f.Key] = map[int]bool{}
			}
			out[f.Key][n] = out[f.Key][n] || f.Inner
		}
	}
	return out
}

// lonely are the frames of a that b has not.
func lonely(sign string, a, b map[string]map[int]bool) []Difference {
	var out []Difference
	for key, steps := range a {
		for n, inner := range steps {
			_, same := b[key][n]
			_, before := b[key][n-1]
			_, after := b[key][n+1]
			if !same && (inner && !announcement.MatchString(key) || !before && !after) {
				out = append(out, Difference{"wire", sign, Item{n, key}})
			}
		}
	}
	slices.SortFunc(out, func(x, y Difference) int { return strings.Compare(x.String(), y.String()) })
	return out
}
