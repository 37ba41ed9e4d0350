// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestResultLines(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, output string
		want         []string
	}{
		{name: "nothing"},
		{name: "blank lines", output: "\n \n\t\r\n"},
		{name: "lines", output: "one\ntwo  \r\nthree", want: []string{"one", "two", "three"}},
		{name: "what a terminal would obey", output: "a\x1b[2Jb\rc\x00d\te\u2028f\u0085g", want: []string{"a?[2Jb?c?d e?f?g"}},
		{name: "no UTF-8", output: "a\xff\xfeb", want: []string{"a?b"}},
		{name: "a long line", output: strings.Repeat("x", 300), want: []string{strings.Repeat("x", 256) + "..."}},
		{name: "cut within a letter", output: strings.Repeat("x", 255) + "éé", want: []string{strings.Repeat("x", 255) + "..."}},
		{name: "many lines", output: strings.Repeat("first\n", 20) + strings.Repeat("last\n", 10), want: strings.Fields(strings.Repeat("last ", 10))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, Result{Output: tt.output}.Lines()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
