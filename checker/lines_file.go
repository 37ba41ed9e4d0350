// SPDX-License-Identifier: Apache-2.0

package checker

import "vipward/vrrp/track"

// fileLines are the lines of FILE_CHECK, which are those of instances that track a file.
var fileLines = kindLines{
	passed: func(r ran) []string { return fileLine(r, false) },
	failed: func(r ran) []string { return fileLine(r, true) },
}

func fileLine(r ran, fault bool) []string {
	return []string{track.FaultLine(r.target(), r.check.File.File.Name, fault)}
}
