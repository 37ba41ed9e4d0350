// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"fmt"
	"testing"
)

// trackers are one of each kind, 12 lines.
const trackers = "track_file f {\nfile /f\nweight 2\n}\nvrrp_track_process p {\nprocess a b\nweight -3 reverse\n}\nbfd_instance b {\nneighbor_ip 10.0.0.9\nweight 4\n}\n"

func TestTracking(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, lines string
		want        []string
		codes       []string
	}{
		{name: "interface", lines: "track_interface {\neth1\neth2 weight 5 reverse\n}", want: []string{"eth1 0 false", "eth2 5 true"}},
		{name: "own interface", lines: "track_interface {\neth0\n}", codes: []string{"21:1 warning conflict"}},
		{name: "interface twice", lines: "track_interface {\neth1\neth1\n}", want: []string{"eth1 0 false"}, codes: []string{"22:1 error duplicate"}},
		{name: "interface with noreverse", lines: "track_interface {\neth1 weight 5 noreverse\n}", want: []string{"eth1 5 false"}, codes: []string{"21:15 warning extra-argument"}},
		{name: "interface too heavy", lines: "track_interface {\neth1 weight 254\n}", want: []string{"eth1 253 false"}, codes: []string{"21:13 error number"}},
		{name: "file", lines: "track_file {\nf\n}", want: []string{"f 2 false"}},
		{name: "file with its own weight", lines: "track_file {\nf weight 254 reverse\n}", want: []string{"f 254 true"}},
		{name: "process", lines: "track_process {\np\n}", want: []string{"p -3 true"}},
		{name: "process with a weight of its own", lines: "track_process {\np weight 7\n}", want: []string{"p 7 true"}},
		{name: "process turned back", lines: "track_process {\np weight -3 noreverse\n}", want: []string{"p -3 false"}},
		{name: "bfd", lines: "track_bfd {\nb weight 253\n}", want: []string{"b 253 false"}},
		{name: "unknown", lines: "track_file {\nff\n}\ntrack_process {\nq\n}\ntrack_bfd {\nc\n}", codes: []string{"21:1 error not-found", "24:1 error not-found", "27:1 error not-found"}},
		{name: "of an owner", lines: "priority 255\ntrack_interface {\neth1\neth2 weight 5\n}\ntrack_bfd {\nb\n}", want: []string{"eth1 0 false"}, codes: []string{"23:1 warning weight-ignored", "26:1 warning weight-ignored"}},
		{name: "file of an owner", lines: "priority 255\ntrack_file {\nf\n}", codes: []string{"22:1 warning weight-ignored"}},
		{name: "file of an owner, as it is", lines: "priority 255\ntrack_file {\nf weight 1 reverse\n}", want: []string{"f 0 true"}, codes: []string{"22:1 warning weight-ignored"}},
		{name: "file of an owner, without weight", lines: "priority 255\ntrack_file {\nf weight 0\n}", want: []string{"f 0 false"}},
		{
			name: "of a member", lines: "track_interface {\neth1 weight 5 reverse\n}\ntrack_file {\nf\n}\ntrack_process {\np\n}\n}\nvrrp_sync_group g {\ngroup {\nVI\n}",
			want: []string{"eth1 0 false"}, codes: []string{"21:1 warning weight-ignored", "24:1 warning weight-ignored", "27:1 warning weight-ignored", "30:1 warning conflict"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := loadText(trackers + instanceText(tt.lines))
			diff(t, "diagnostics", tt.codes, unplanned(l))
			diff(t, "tracked", tt.want, trackedText(&l.Config.Instances[0].Tracking))
		})
	}
}

func trackedText(t *Tracking) []string {
	var out []string
	add := func(name string, w int, reverse bool) { out = append(out, fmt.Sprint(name, " ", w, " ", reverse)) }
	for _, e := range t.Interfaces {
		add(e.Interface, e.Weight, e.Reverse)
	}
	for _, e := range t.Files {
		add(e.File.Name, e.Weight, e.Reverse)
	}
	for _, e := range t.Processes {
		add(e.Process.Name, e.Weight, e.Reverse)
	}
	for _, e := range t.BFDs {
		add(e.BFD.Name, e.Weight, e.Reverse)
	}
	return out
}

// TestTrackables: definitions that are no good.
func TestTrackables(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		codes      []string
	}{
		{"file without a path", "track_file f {\n}", []string{"1:1 error dropped"}},
		{"file with two", "track_file f {\nfile /a\nfile /b\n}", []string{"3:1 error duplicate"}},
		{"file without a word", "track_file f {\nfile\n}", []string{"1:1 error dropped", "2:1 error value"}},
		{"file without a name", "track_file {\nfile /a\n}", []string{"1:1 fatal missing-argument"}},
		{"initial value", "track_file f {\nfile /a\ninit_file 5 overwrite\n}", nil},
		{"odd initial value", "track_file f {\nfile /a\ninit_file five\n}", []string{"3:11 error value"}},
		{"process without a name", "vrrp_track_process p {\n}", []string{"1:1 error dropped"}},
		{"process with two", "vrrp_track_process p {\nprocess a\nprocess b\n}", []string{"3:1 error duplicate"}},
		{"process with an odd quorum", "vrrp_track_process p {\nprocess a\nquorum 3\nquorum_max 2\n}", []string{"1:1 warning conflict"}},
		{"process that must not be there", "vrrp_track_process p {\nprocess a\nquorum_max 0\n}", nil},
		{"bfd for the checkers", "bfd_instance b {\nneighbor_ip 10.0.0.9\nchecker\n}\n" + instanceText("track_bfd {\nb\n}"), []string{"13:1 error not-found"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			diff(t, "diagnostics", tt.codes, unplanned(loadText(tt.text)))
		})
	}
}
