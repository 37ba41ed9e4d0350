// SPDX-License-Identifier: Apache-2.0

package probe

import "testing"

func TestWeightShare(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		weight     Weight
		configured int
		want       int64
	}{
		{"nothing said", Weight{}, 10, 0},
		{"added", Weight{Value: 5}, 10, 5},
		{"taken away", Weight{Value: -15}, 10, -15},
		{"instead", Weight{Value: 3, Instead: true}, 10, -7},
		{"zero instead", Weight{Instead: true}, 10, -10},
		{"the same instead", Weight{Value: 10, Instead: true}, 10, 0},
	}
	for _, tt := range tests {
		if got := tt.weight.Share(tt.configured); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}
