// SPDX-License-Identifier: Apache-2.0

package main

import (
	"iter"
	"maps"
	"slices"
)

// sortedPairs walks over a map in the order of its keys.
func sortedPairs[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !yield(k, m[k]) {
				return
			}
		}
	}
}
