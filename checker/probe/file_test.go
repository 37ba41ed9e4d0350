// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"errors"
	"math"
	"testing"

	"vipward/conf"
)

// TestJudgeFile: the numbers of recording file-check.
func TestJudgeFile(t *testing.T) {
	t.Parallel()
	const fails = math.MinInt64
	tests := []struct {
		weight  int
		reverse bool
		number  int32
		share   int64 // fails: a failure
	}{
		{0, false, 0, 0},
		{0, false, 1, fails},
		{0, false, -1, fails},
		{0, true, 0, fails},
		{0, true, 1, 0},
		{2, false, 4, 8},
		{2, true, 4, -8},
		{2, false, -3, -6},
		{2, true, -3, 6},
		{-3, false, 5, -15},
		{-3, true, 5, 15},
		{2, false, math.MaxInt32, 2 * math.MaxInt32},
		{2, true, math.MaxInt32, fails},
		{2, false, math.MinInt32, fails},
		{2, true, math.MinInt32, -2 * math.MinInt32},
		{1, false, math.MinInt32, fails},
		{1, false, math.MinInt32 + 1, math.MinInt32 + 1},
		{math.MaxInt32, false, math.MaxInt32, math.MaxInt32 * math.MaxInt32},
	}
	for _, tt := range tests {
		c := &conf.FileCheck{File: &conf.TrackedFile{Name: "f"}, Weight: tt.weight, Reverse: tt.reverse}
		r := JudgeFile(c, tt.number)
		switch {
		case tt.share == fails:
			if r.Outcome != Failed || !errors.Is(r.Cause, ErrFile) {
				t.Errorf("weight %d reverse %t, number %d: %+v", tt.weight, tt.reverse, tt.number, r)
			}
		case r.Outcome != Passed || r.Weight.Instead || r.Weight.Value != tt.share:
			t.Errorf("weight %d reverse %t, number %d: %+v, want share %d", tt.weight, tt.reverse, tt.number, r, tt.share)
		}
	}
}

func TestFollows(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]*conf.Checker{
		"":        {CheckSettings: &conf.CheckSettings{Kind: "TCP_CHECK"}},
		"file /f": {CheckSettings: &conf.CheckSettings{File: &conf.FileCheck{File: &conf.TrackedFile{Path: "/f"}}}},
		"bfd B":   {CheckSettings: &conf.CheckSettings{BFD: &conf.BFDCheck{Instance: "B"}}},
	} {
		if got := Follows(c); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
