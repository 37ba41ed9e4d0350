// SPDX-License-Identifier: Apache-2.0

package conf

import "testing"

func TestStrip(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in, want string
		codes          []string
	}{
		{name: "empty", in: "", want: ""},
		{name: "blanks only", in: " \t \v\f", want: ""},
		{name: "outer blanks", in: "\t a b  ", want: "a b"},
		{name: "inner blanks stay", in: "a \t b", want: "a \t b"},
		{name: "CRLF", in: "a b\r", want: "a b"},
		{name: "several CR", in: "a\r\r\n", want: "a"},
		{name: "hash comment", in: "a # b", want: "a"},
		{name: "exclamation comment", in: "a! b", want: "a"},
		{name: "comment only", in: "  # all of it", want: ""},
		{name: "comment touching a word", in: "router_id A#B", want: "router_id A"},
		{name: "comment sign in quotes", in: `a "b # c" # d`, want: `a "b # c"`},
		{name: "exclamation in quotes", in: `a "b!c"`, want: `a "b!c"`},
		{name: "single quotes protect nothing", in: `a 'b # c'`, want: `a 'b`},
		{name: "escaped comment sign", in: `a b\#c`, want: `a b#c`},
		{name: "escaped exclamation", in: `a b\!c # d`, want: `a b!c`},
		{name: "escaped comment sign in quotes stays", in: `a "b\#c"`, want: `a "b\#c"`},
		{name: "other escapes stay", in: `a\b\\c`, want: `a\b\\c`},
		{name: "escaped quote does not open", in: `a \" # b`, want: `a \"`},
		{name: "escaped quote in quotes", in: `a "b \" # c" d`, want: `a "b \" # c" d`},
		{name: "trailing backslash", in: `a \`, want: `a\`},
		{name: "quote in a comment", in: `a # "b`, want: `a`},
		{name: "unterminated quote", in: `a "b # c`, want: `a "b # c`, codes: []string{"1:3 error quote"}},
		{name: "third quote is open", in: `a "b" "c`, want: `a "b" "c`, codes: []string{"1:7 error quote"}},
		{name: "no-break space", in: "\u00a0a\u00a0b", want: "a b", codes: []string{"1:1 warning odd-blank"}},
		{name: "no-break space in a comment", in: "a #\u00a0b", want: "a"},
		{name: "byte order mark", in: "\ufeffa b", want: "a b", codes: []string{"1:1 warning odd-blank"}},
		{name: "zero-width space", in: "a \u200bb", want: "a  b", codes: []string{"1:3 warning odd-blank"}},
		{name: "ideographic space", in: "a\u3000b", want: "a b", codes: []string{"1:2 warning odd-blank"}},
		{name: "figure and thin spaces", in: "a\u2007b\u2009c", want: "a b c", codes: []string{"1:2 warning odd-blank"}},
		{name: "latin-1", in: "a B\xfcro", want: "a B\xfcro", codes: []string{"1:4 note encoding"}},
		{name: "latin-1 in a comment", in: "a # B\xfcro", want: "a"},
		{name: "letters beyond ASCII", in: "router_id Zürich", want: "router_id Zürich"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newCollector()
			got := clean(c, "f", 1, tt.in)
			diff(t, "text", tt.want, got.text)
			diff(t, "diagnostics", tt.codes, said(c.list))
		})
	}
}

func TestStripSaysOddBlanksOncePerFile(t *testing.T) {
	t.Parallel()
	c := newCollector()
	for i := range 40 {
		clean(c, "a", i+1, "\u00a0x")
	}
	clean(c, "b", 3, "x\u2003y")
	want := []string{
		"a:1:1: warning: no-break space (U+00A0) taken as a blank [odd-blank]",
		"b:3:2: warning: Unicode space (U+2003) taken as a blank [odd-blank]",
	}
	var got []string
	for _, d := range c.list {
		got = append(got, d.String())
	}
	diff(t, "diagnostics", want, got)
}
