// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFileLines(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       []string
	}{
		{
			"k.json", `[{"data":{"iname":"A","last_transition":1700000000.000000,"vips":["x","y"]},"stats":{"advert_sent":7,"pri_zero_sent":0,"become_master":1}}]`,
			[]string{
				"k.json [0].data.iname = A",
				"k.json [0].data.last_transition = N",
				"k.json [0].data.vips[0] = x",
				"k.json [0].data.vips[1] = y",
				"k.json [0].stats.advert_sent = N",
				"k.json [0].stats.become_master = 1",
				"k.json [0].stats.pri_zero_sent = N",
			},
		},
		{"broken.json", "{", []string{"broken.json {"}},
		{
			"k.stats", "VRRP Instance: A\n  Advertisements:\n    Received: 3\n    Sent: 12\n  Became master: 1\n",
			[]string{
				"k.stats VRRP Instance: A",
				"k.stats VRRP Instance: A: Advertisements:",
				"k.stats VRRP Instance: A: Advertisements:: Received: N",
				"k.stats VRRP Instance: A: Advertisements:: Sent: N",
				"k.stats VRRP Instance: A: Became master: 1",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, fileLines(tt.name, tt.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAttachDumps(t *testing.T) {
	t.Parallel()
	r := &Recording{Steps: []Step{
		{Do: "SIGUSR2 to the parent of a"},
		{Do: "SIGSTATS_CLEAR to the parent of a"},
		{Do: "SIGUSR2 to the parent of a"},
		{Do: "SIGJSON to the parent of a"},
		{Do: "start keepalived a"},
	}}
	files := map[string]string{"stats": "first", "stats2": "second", "stats3": "third", "json": "[1]"}
	r.attachDumps(func(ext string) string { return files[ext] })
	var got [][]string
	for _, s := range r.Steps {
		got = append(got, s.Files)
	}
	want := [][]string{
		{"keepalived.stats first"},
		{"keepalived.stats second"},
		{"keepalived.stats third"},
		{"keepalived.json [0] = 1"},
		nil,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want2 := []string{"file - [0] a", "file + [0] b"}
	a, b := &Recording{Steps: []Step{{Files: []string{"a"}}, {}}}, &Recording{Steps: []Step{{Files: []string{"b"}}, {Files: []string{"c"}}}}
	if diff := cmp.Diff(want2, texts(Compare(a, b, recorded{}))); diff != "" {
		t.Errorf("differences; what was not recorded does not count (-want +got):\n%s", diff)
	}
}
