// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"errors"
	"fmt"
	"math"

	"vipward/conf"
)

// ErrFile says that the number in a tracked file is a failure.
var ErrFile = errors.New("tracked file")

// Follows names what a check follows that does not run by the clock: it is told when that
// changes. It is empty for all other checks.
func Follows(c *conf.Checker) string {
	switch {
	case c.File != nil:
		return FileSource(c.File.File.Path)
	case c.BFD != nil:
		return "bfd " + c.BFD.Instance
	}
	return ""
}

// FileSource is what a FILE_CHECK of the file at a path follows.
func FileSource(path string) string { return "file " + path }

// JudgeFile says what the number in its file means for a FILE_CHECK. With a weight of 0
// any other number than 0 is a failure. Else the product with the weight is added to the
// server's weight; -2^31 and less is a failure.
func JudgeFile(c *conf.FileCheck, number int32) Result {
	if c.Weight == 0 {
		if (number != 0) != c.Reverse {
			return Result{Outcome: Failed, Cause: fmt.Errorf("%w %s: %d", ErrFile, c.File.Name, number)}
		}
		return Result{Outcome: Passed}
	}
	share := int64(number) * int64(c.Weight)
	if c.Reverse {
		share = -share
	}
	if share <= math.MinInt32 {
		return Result{Outcome: Failed, Cause: fmt.Errorf("%w %s: %d", ErrFile, c.File.Name, share)}
	}
	return Result{Outcome: Passed, Weight: Weight{Value: share}}
}
