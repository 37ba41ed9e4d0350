// SPDX-License-Identifier: Apache-2.0

package lab

import "testing"

func TestSection(t *testing.T) {
	t.Parallel()
	const doc = "# Title\n\ntext\n\n## One\n\n1\n\n## Two\n\n2\n"
	tests := []struct{ name, heading, before, section, after string }{
		{"before the first", "", "", "# Title\n\ntext\n\n", "## One\n\n1\n\n## Two\n\n2\n"},
		{"in the middle", "## One", "# Title\n\ntext\n\n", "## One\n\n1\n\n", "## Two\n\n2\n"},
		{"the last", "## Two", "# Title\n\ntext\n\n## One\n\n1\n\n", "## Two\n\n2\n", ""},
		{"not there", "## Three", doc + "\n", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			before, section, after := Section(doc, tt.heading)
			if before != tt.before || section != tt.section || after != tt.after {
				t.Errorf("%q, %q, %q", before, section, after)
			}
		})
	}
}
