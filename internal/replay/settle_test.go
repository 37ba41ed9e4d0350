// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSettled(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		in, want []string
	}{
		{"nothing", nil, nil},
		{"one", []string{"(A) Changing effective priority from 100 to 110"}, []string{"(A) Changing effective priority to 110"}},
		{
			"some",
			[]string{"(A) Changing effective priority from 100 to 110", "x", "(A) Changing effective priority from 110 to 105"},
			[]string{"x", "(A) Changing effective priority to 105"},
		},
		{
			"of two",
			[]string{"(A) Changing effective priority from 1 to 2", "[b] (A) Changing effective priority from 2 to 3", "(B) Changing effective priority from 4 to 5"},
			[]string{"(A) Changing effective priority to 2", "[b] (A) Changing effective priority to 3", "(B) Changing effective priority to 5"},
		},
		{
			"FIFO",
			[]string{`INSTANCE "A" BACKUP_PRIORITY 1`, `INSTANCE "A" BACKUP_PRIORITY 2`, `INSTANCE "A" MASTER 2`, `INSTANCE "A" MASTER_PRIORITY 3`},
			[]string{`INSTANCE "A" BACKUP_PRIORITY 2`, `INSTANCE "A" MASTER 2`, `INSTANCE "A" MASTER_PRIORITY 3`},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, settled(tt.in)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
