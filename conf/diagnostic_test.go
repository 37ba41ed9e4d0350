// SPDX-License-Identifier: Apache-2.0

package conf

import "testing"

// TestTooManyDiagnostics: what is left out changes neither the verdict nor the order.
func TestTooManyDiagnostics(t *testing.T) {
	t.Parallel()
	c := newCollector()
	for i := range 2 * maxDiagnostics {
		c.add(codeUnknownKeyword, Pos{File: "f", Line: i + 1, Col: 1}, "unknown")
	}
	c.add(codeSecurity, Pos{File: "f", Line: 3 * maxDiagnostics, Col: 1}, "a higher class")
	c.add(codeVRIDInUse, Pos{File: "f", Line: 4 * maxDiagnostics, Col: 1}, "more severe")
	got := c.sorted([]string{"f"})
	if len(got) != maxDiagnostics+3 {
		t.Fatalf("%d diagnostics", len(got))
	}
	diff(t, "the last ones", []string{"15000:1 warning script-security", "20000:1 fatal vrid-in-use", "20000:1 note more"}, said(got[maxDiagnostics:]))
	diff(t, "the note", "and 5000 more, no worse than these, which are not listed", got[len(got)-1].Message)
	if c.worst() != Fatal || TestExit(got) != 6 {
		t.Errorf("worst %v, exit code %d", c.worst(), TestExit(got))
	}
	if again := c.sorted([]string{"f"}); len(again) != len(got) {
		t.Errorf("a second look gives %d diagnostics", len(again))
	}
}
