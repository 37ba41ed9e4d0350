// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
)

// TestFailedRound: that keepalived gets nowhere is a result; that we do not, an error.
func TestFailedRound(t *testing.T) {
	t.Parallel()
	daemons := []daemon{{ourName, "ours"}, {theirName, "theirs"}}
	failing := func(name string) row {
		return row{name: "r", rounds: 2, run: func(t lab.TB, d daemon, _ bool) []figure {
			if d.name == name {
				t.Fatalf("it does not settle")
			}
			return []figure{{"late ms", 1}}
		}}
	}
	got, err := measureRow(t.Context(), failing(theirName), options{}, daemons, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	want := results{
		{Row: "r", Figure: "late ms", Values: map[string][]float64{ourName: {1, 1}}},
		{Row: "r", Figure: failedRounds, Values: map[string][]float64{theirName: {1, 1}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := measureRow(t.Context(), failing(ourName), options{}, daemons, io.Discard); err == nil {
		t.Error("our own failure is no error")
	}
}
