// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"strings"
	"testing"
)

// TestLinePos checks that places count characters of the file, whatever was
// taken out before.
func TestLinePos(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in, find string
		col            int
	}{
		{"start", "abc", "abc", 1},
		{"behind blanks", "\t  abc", "abc", 4},
		{"behind no-break spaces", "\u00a0\u00a0abc", "abc", 3},
		{"behind an umlaut", "ü abc", "abc", 3},
		{"behind an escaped hash", `a\#b c`, "c", 6},
		{"the escaped hash itself", `a\#b`, "#", 3},
		{"behind a broken byte", "\xfc abc", "abc", 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := clean(newCollector(), "f", 7, tt.in)
			got := l.pos(strings.Index(l.text, tt.find))
			diff(t, "place", Pos{File: "f", Line: 7, Col: tt.col}, got)
		})
	}
}

func TestLineEnd(t *testing.T) {
	t.Parallel()
	for in, col := range map[string]int{"abc": 4, "abc # d": 4, "  ab": 5, "ä": 2} {
		l := clean(newCollector(), "f", 1, in)
		if got := l.pos(len(l.text)).Col; got != col {
			t.Errorf("end of %q: column %d, want %d", in, got, col)
		}
	}
}

// TestLineSlice: pieces of pieces keep their places, on plain and on other lines.
func TestLineSlice(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"  ab cd  ef ", "  äb cd  ef ", "\u00a0\u00a0ab cd  ef ", "  ab cd  ef # ü"} {
		l := clean(newCollector(), "f", 1, in)
		cd := strings.Index(l.text, "cd")
		rest := l.slice(cd-1, len(l.text))
		diff(t, in+": text", "cd  ef", rest.text)
		diff(t, in+": column", 6, rest.pos(0).Col)
		last := rest.slice(2, len(rest.text))
		diff(t, in+": text", "ef", last.text)
		diff(t, in+": column", 10, last.pos(0).Col)
		first := rest.slice(0, 3)
		diff(t, in+": text", "cd", first.text)
		diff(t, in+": end", 8, first.pos(len(first.text)).Col)
	}
}

// TestLineBuilder: what is put together knows where each part comes from.
func TestLineBuilder(t *testing.T) {
	t.Parallel()
	a := physical("f", 3, "abc def", 0)
	u := physical("f", 3, "äöü xyz", 0)
	var b lineBuilder
	b.add(a, 4, 7)                                          // def
	b.put("+++", seg{col: 40, via: 9, fixed: true, off: 2}) // stands at column 40
	b.add(u, strings.Index(u.text, "ü"), len(u.text))
	l := b.line(a)
	diff(t, "text", "def+++ü xyz", l.text)
	for find, want := range map[string]Pos{
		"def": {File: "f", Line: 3, Col: 5}, "ef": {File: "f", Line: 3, Col: 6},
		"+++": {File: "f", Line: 3, Col: 40, Via: 9}, "++ü": {File: "f", Line: 3, Col: 40, Via: 9},
		"ü": {File: "f", Line: 3, Col: 3}, "xyz": {File: "f", Line: 3, Col: 5}, "z": {File: "f", Line: 3, Col: 7},
	} {
		diff(t, find, want, l.pos(strings.Index(l.text, find)))
	}
	var again lineBuilder
	again.add(l, 4, 8)
	at := again.line(l).seg(0)
	diff(t, "offset of a part", int32(3), at.off)
}

func TestEmptyLine(t *testing.T) {
	t.Parallel()
	var b lineBuilder
	for name, l := range map[string]line{"nothing": physical("f", 2, "", 0), "built": b.line(physical("f", 2, "x", 7)), "comment": clean(newCollector(), "f", 2, "ü# x").slice(0, 0)} {
		if p := l.pos(0); p.Line != 2 || p.Col < 1 || p.Col > 2 {
			t.Errorf("%s: place %v", name, p)
		}
	}
}
