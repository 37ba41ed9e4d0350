// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func names(rows []row) []string {
	var all []string
	for _, r := range rows {
		all = append(all, r.name)
	}
	return all
}

func TestSelectRows(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, rows string
		quick      bool
		want       []string
	}{
		{"all", "", false, names(allRows())},
		{"named, in their order", "parse,busy-32", false, []string{"parse", "busy-32"}},
		{"quick", "", true, []string{"takeover-0.1", "takeover-0.01", "busy-32", "load-1", "parse", "servers-1k"}},
		{"a named row runs quickly too", "load-250", true, []string{"load-250"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rows, err := selectRows(tt.rows, tt.quick)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, names(rows)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRunArguments(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		exit int
		says string
	}{
		{"help lists the rows", []string{"-h"}, 0, "takeover-0.01"},
		{"unknown row", []string{"-rows", "nonsense"}, 2, `no row "nonsense"`},
		{"unknown flag", []string{"-nonsense"}, 2, "nonsense"},
		{"no such daemon", []string{"-vipward", "/nonexistent", "-keepalived", "/nonexistent"}, 1, "/nonexistent -v"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out, errOut bytes.Buffer
			if exit := run(t.Context(), tt.args, &out, &errOut); exit != tt.exit {
				t.Errorf("exit %d, want %d", exit, tt.exit)
			}
			if !strings.Contains(errOut.String(), tt.says) {
				t.Errorf("stderr %q does not say %q", errOut.String(), tt.says)
			}
		})
	}
}

func TestRoundsOf(t *testing.T) {
	t.Parallel()
	r := row{rounds: 5}
	got := []int{options{}.roundsOf(r), options{rounds: 2}.roundsOf(r), options{rounds: 2, quick: true}.roundsOf(r)}
	if diff := cmp.Diff([]int{5, 2, 1}, got); diff != "" {
		t.Errorf("rounds (-want +got):\n%s", diff)
	}
}
