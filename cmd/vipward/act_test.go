// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/control"
)

func TestFailoverText(t *testing.T) {
	t.Parallel()
	const rests = "\nit rests here until: vipward maintenance V off\n"
	tests := []struct {
		r    control.FailoverResult
		want string
	}{
		{control.FailoverResult{Instance: "V", Master: "192.0.2.2", Seconds: 3.04}, "V: 192.0.2.2 is master now (3.0 s)" + rests},
		{control.FailoverResult{Instance: "V", Master: "192.0.2.2", Forced: true}, "V: 192.0.2.2 is master now (0.0 s), after this node has stepped down" + rests},
		{control.FailoverResult{Instance: "V", Forced: true, Seconds: 1}, "V: this node has stepped down (1.0 s), and has heard no other master yet" + rests},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, failoverText(tt.r)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.r, diff)
		}
	}
}
