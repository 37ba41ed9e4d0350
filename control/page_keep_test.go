// SPDX-License-Identifier: Apache-2.0

package control

import (
	"errors"
	"testing"
	"time"

	"vipward/control/page"
)

func TestKeepFor(t *testing.T) {
	t.Parallel()
	silent := &page.Look{Problems: []string{"the checker process does not answer"}}
	tests := []struct {
		name string
		look *page.Look
		err  error
		took time.Duration
		want time.Duration
	}{
		{"little", &page.Look{}, nil, time.Millisecond, keepLook},
		{"much", &page.Look{}, nil, 100 * time.Millisecond, time.Second},
		{"very much", &page.Look{}, nil, 2 * time.Second, keepLongest},
		{"a process was silent", silent, nil, 5 * time.Second, keepLook},
		{"an error", nil, errors.New("x"), 5 * time.Second, keepLook},
	}
	for _, tt := range tests {
		if got := keepFor(tt.look, tt.err, tt.took); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
