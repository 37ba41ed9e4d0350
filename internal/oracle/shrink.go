// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"slices"
	"strings"
)

// Shrink leaves out lines as long as differs holds, blocks first.
func Shrink(text string, differs func(string) bool) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for n := len(lines) / 2; n > 0; n /= 2 {
		for i := 0; i+n <= len(lines); {
			fewer := slices.Delete(slices.Clone(lines), i, i+n)
			if differs(strings.Join(fewer, "\n") + "\n") {
				lines = fewer
			} else {
				i++
			}
		}
	}
	return strings.Join(lines, "\n") + "\n"
}
