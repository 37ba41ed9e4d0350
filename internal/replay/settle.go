// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"regexp"
	"slices"
)

var (
	priorityLine = regexp.MustCompile(`^(.*\(\w+\) Changing effective priority) from \d+ (to \d+)$`)
	priorityFIFO = regexp.MustCompile(`^(.* \w+_PRIORITY) \d+$`)
)

// settled leaves of the changes of a priority in a step the last one: scripts that run side by
// side end in an order of chance, and where they arrive is the same.
func settled(lines []string) []string {
	var out []string
	last := map[string]int{} // where in out the last change of an instance is
	for _, l := range lines {
		key := ""
		if m := priorityLine.FindStringSubmatch(l); m != nil {
			key, l = m[1], m[1]+" "+m[2]
		} else if m := priorityFIFO.FindStringSubmatch(l); m != nil {
			key = m[1]
		}
		if i, ok := last[key]; ok && key != "" {
			out[i] = ""
		}
		last[key] = len(out)
		out = append(out, l)
	}
	return slices.DeleteFunc(out, func(l string) bool { return l == "" })
}
