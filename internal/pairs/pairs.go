// SPDX-License-Identifier: Apache-2.0

// Package pairs compares lists, such as what is with what should be.
package pairs

// Match compares two lists by the names of what is in them. was gives for a place in want the
// place in have of that name, -1 if there is none; gone are the places in have of names that want
// lacks. Mostly two lists begin and end alike, and memory is used only for what lies between.
func Match[H, W any, K comparable](have []H, is func(*H) K, want []W, to func(*W) K) (was func(i int) int, gone []int) {
	most, shift := min(len(have), len(want)), len(have)-len(want)
	head, tail := 0, 0
	for head < most && is(&have[head]) == to(&want[head]) {
		head++
	}
	for head+tail < most && is(&have[len(have)-1-tail]) == to(&want[len(want)-1-tail]) {
		tail++
	}
	var between map[K]int
	if old := have[head : len(have)-tail]; len(old) > 0 {
		between = places(old, is)
		wanted := places(want[head:len(want)-tail], to)
		for i := range old {
			if _, ok := wanted[is(&old[i])]; !ok {
				gone = append(gone, head+i)
			}
		}
	}
	was = func(i int) int {
		switch {
		case i < head:
			return i
		case i >= len(want)-tail:
			return i + shift
		}
		if at, ok := between[to(&want[i])]; ok {
			return head + at
		}
		return -1
	}
	return was, gone
}

// places finds the items of a list by their names.
func places[T any, K comparable](list []T, name func(*T) K) map[K]int {
	at := make(map[K]int, len(list))
	for i := range list {
		at[name(&list[i])] = i
	}
	return at
}
