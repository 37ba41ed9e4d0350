// SPDX-License-Identifier: Apache-2.0

package tables

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMatrix: the rows are the same at each run, each is possible and differs from the others,
// and each way of each option is in one of them at least.
func TestMatrix(t *testing.T) {
	t.Parallel()
	list, covered, all := matrix(rows)
	again, _, _ := matrix(rows)
	if diff := cmp.Diff(list, again); diff != "" {
		t.Errorf("rows of another run\n%s", diff)
	}
	if covered*4 < all*3 {
		t.Errorf("%d of %d pairs", covered, all)
	}
	for d := range dimensions {
		for _, way := range ways[d] {
			if !slices.ContainsFunc(list, func(r row) bool { return r[d] == way }) {
				t.Errorf("no row has %q", way)
			}
		}
	}
	names := map[string]bool{}
	for _, r := range list {
		if names[r.String()] {
			t.Errorf("%s is there twice", r)
		}
		names[r.String()] = true
		if r.possible() != r {
			t.Errorf("%s is not possible", r)
		}
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	list, _, _ := matrix(rows)
	for _, r := range list {
		before, after := r.config("/d", 3, false), r.config("/d", 3, true)
		if before == after {
			t.Errorf("%s: the reload changes nothing", r)
		}
		if strings.Contains(before, "%!") || strings.Count(before, "{") != strings.Count(before, "}") {
			t.Errorf("%s: broken text\n%s", r, before)
		}
	}
}

func TestSlotOf(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]slot{
		"-A -t 10.9.3.1:80 -s rr":                            3,
		"-a -f 72 -r 127.0.2.11:0 -m -w 1":                   2,
		"-A --sctp-service [fd00:4::9:0]:80 -s wrr":          4,
		"-a -u [fd00:6::9:10]:80 -r [fd00:6::11]:80 -m -w 1": 6,
		"-A -t 192.0.2.1:80 -s rr":                           -1,
	} {
		if got := slotOf(line); got != want {
			t.Errorf("%s: slot %d, want %d", line, got, want)
		}
	}
}
