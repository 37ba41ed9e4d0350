// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"testing"

	"vipward/conf"

	"github.com/google/go-cmp/cmp"
)

func TestQuorumUpdate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		quorum, band int
		live         []int64 // one after the other
		want         []Change
		up           bool
	}{
		{name: "one of one", quorum: 1, live: []int64{1, 0, 1}, want: []Change{Gained, Lost, Gained}, up: true},
		{name: "nothing at the start", quorum: 1, live: []int64{0, 0}, want: []Change{Kept, Kept}},
		{
			name: "hysteresis", quorum: 2, band: 1,
			live: []int64{4, 3, 2, 1, 0, 1, 2, 3},
			want: []Change{Gained, Kept, Kept, Kept, Lost, Kept, Kept, Gained}, up: true,
		},
		{
			name: "wide hysteresis", quorum: 6, band: 2,
			live: []int64{7, 8, 4, 3, 7, 8},
			want: []Change{Kept, Gained, Kept, Lost, Kept, Gained}, up: true,
		},
		{name: "band reaches zero", quorum: 3, band: 3, live: []int64{6, 1, 0}, want: []Change{Gained, Kept, Lost}},
		{name: "quorum 0 still needs somebody", quorum: 0, live: []int64{0, 0}, want: []Change{Kept, Kept}},
		{name: "large weights", quorum: 1, live: []int64{1 << 40, 0}, want: []Change{Gained, Lost}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			vs := &conf.VirtualServer{Quorum: tt.quorum, Hysteresis: tt.band}
			var q Quorum
			var got []Change
			for _, live := range tt.live {
				got = append(got, q.Update(vs, live))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			if q.Up != tt.up {
				t.Errorf("up is %t at the end", q.Up)
			}
		})
	}
}
