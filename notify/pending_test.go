// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestPendingTail(t *testing.T) {
	t.Parallel()
	var p pending
	for _, line := range []string{"one\n", "two\n", "three\n"} {
		p.add(line)
	}
	tests := []struct {
		unread int
		want   []string
	}{
		{0, nil},
		{1, []string{"three\n"}},
		{6, []string{"three\n"}},
		{7, []string{"two\n", "three\n"}}, // of the second only the end is unread
		{10, []string{"two\n", "three\n"}},
		{14, []string{"one\n", "two\n", "three\n"}},
		{99, []string{"one\n", "two\n", "three\n"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, p.tail(tt.unread), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%d unread (-want +got)\n%s", tt.unread, diff)
		}
	}
	p.clear()
	if got := p.tail(5); len(got) != 0 {
		t.Errorf("cleared, but %q", got)
	}
}

// TestPendingIsBounded: what a pipe cannot hold has been read.
func TestPendingIsBounded(t *testing.T) {
	t.Parallel()
	var p pending
	line := strings.Repeat("x", 1000)
	for range 1000 {
		p.add(line)
	}
	if p.size > pipeSize || p.size < pipeSize-len(line) || len(p.lines)*len(line) != p.size {
		t.Errorf("%d lines, size %d", len(p.lines), p.size)
	}
}
