// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"slices"
	"strings"
)

// place gives the snapshots of a .kernel file to the steps at which they were taken. A
// snapshot has a step of its own with its title. One of sysctls was taken beside the snapshot
// of its title, or, where there is none, before the first start, before the end, and after it.
func (r *Recording) place(all []snapshot) {
	for _, s := range all {
		if i := r.placeOf(s); i >= 0 {
			r.Steps[i].asked = append(r.Steps[i].asked, s)
			if !s.isBaseline() {
				r.Steps[i].Kernel = append(r.Steps[i].Kernel, s.lines()...)
			}
		}
	}
}

// isBaseline says whether a snapshot is only what later ones are compared with.
func (s snapshot) isBaseline() bool { return strings.HasPrefix(s.title, "sysctl before") }

func (r *Recording) placeOf(s snapshot) int {
	step := func(do string) int {
		return slices.IndexFunc(r.Steps, func(s Step) bool { return strings.HasPrefix(s.Do, do) })
	}
	title := strings.TrimPrefix(s.title, "sysctl ")
	if i := step("kernel snapshot: " + title); i >= 0 {
		return i
	}
	switch {
	case !s.isSysctl():
		return -1 // nothing says when
	case s.isBaseline():
		return step("start keepalived a")
	case title == "after stop":
		return len(r.Steps) - 1
	default:
		return step("SIGTERM to the parent of a")
	}
}
