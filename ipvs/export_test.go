// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// RandomTable is randomTable for the tests that use the fake kernel, which
// imports this package.
func RandomTable(r *rand.Rand) Table { return randomTable(r) }

// SortedDump shows all of a table, thresholds too, in an order of its own.
func SortedDump(t Table) []string {
	var l []string
	for _, e := range t {
		l = append(l, Op{Verb: AddService, Service: &e.Service}.String())
		for _, d := range e.Dests {
			l = append(l, fmt.Sprint(Op{Verb: AddDest, Service: &e.Service, Dest: &d}))
		}
	}
	slices.Sort(l)
	return l
}
