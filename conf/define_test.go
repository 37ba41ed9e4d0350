// SPDX-License-Identifier: Apache-2.0

package conf

import "testing"

func TestDefine(t *testing.T) {
	t.Parallel()
	expand(t, []expansion{
		{name: "nothing is left of it", in: "$A=1"},
		{name: "indented", in: "  $A=1\nx $A", want: []string{"x 1"}},
		{name: "blanks behind the sign go", in: "$A=  1  \nx [${A}]", want: []string{"x [1]"}},
		{name: "blank before the sign", in: "$A = 1", want: []string{"$A = 1"}},
		{name: "no name", in: "$=1", want: []string{"$=1"}},
		{name: "name that begins with a digit", in: "$9=1", want: []string{"$9=1"}},
		{name: "odd letter in the name", in: "$A-B=1", want: []string{"$A-B=1"}},
		{name: "not at the start", in: "x $A=1", want: []string{"x $A=1"}},
		{name: "comment behind it", in: "$A=1 # c\nx [${A}]", want: []string{"x [1]"}},
		{name: "quotes stay", in: "$A=\"1 2\"\nx $A", want: []string{`x "1 2"`}},
		{name: "second equals sign", in: "$A=b=c\nx $A", want: []string{"x b=c"}},
		{name: "open quote is said where it stands", in: "$A=x\"y", codes: []string{"1:5 error quote"}},
		{name: "backslash in the middle", in: "$A=a\\b\nx $A", want: []string{`x a\b`}},
		{name: "CRLF", in: "$A= \\\r\na1 \\\r\na2\r\n$A\r\nx\r\n", want: []string{"a1", "a2", "x"}},
		{name: "blanks behind the backslash", in: "$A= \\  \na1 \\\t\na2\n$A", want: []string{"a1", "a2"}},
		{name: "no blank before the backslash", in: "$A=\\\nq\n$A", want: []string{"q"}},
		{name: "blank line ends it", in: "$A= \\\na \\\n\nb\n$A", want: []string{"b", "a"}},
		{name: "comment line ends it", in: "$A= \\\na \\\n# c\nb\n$A", want: []string{"b", "a"}},
		{name: "comment line with a backslash ends it", in: "$A= \\\na \\\n# c \\\nb\n$A", want: []string{"b", "a"}},
		{name: "comment takes the backslash with it", in: "$A= \\\na # c \\\nb\n$A", want: []string{"b", "a"}},
		{name: "line of a backslash alone", in: "$A= \\\na \\\n\\\nb\n$A", want: []string{"a", "b"}},
		{name: "outside of a definition a backslash is a letter", in: "a \\\nb", want: []string{`a\`, "b"}},
		{name: "include in it waits", in: "$A= \\\ninclude none \\\na\nx\n$A", want: []string{"x", "a"}, codes: []string{"5:1 note include-skipped"}},
		{name: "end of the file", in: "a\n$A= \\\nb \\\n", want: []string{"a"}, codes: []string{"2:1 note definition"}},
		{name: "NUL in it", in: "$A= \\\na\x00 \\\nb\n$A", want: []string{"b"}, codes: []string{"2:2 error nul"}},
	})
}

// TestDefineAcrossFiles: names are known from their definition on, in all files,
// and a definition goes on behind the end of its file.
func TestDefineAcrossFiles(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		files memFiles
		want  []string
	}{
		{"into an included file", memFiles{"f": "$A=1\ninclude g", "g": "x $A"}, []string{"g:1 x 1"}},
		{"out of an included file", memFiles{"f": "include g\nx $A", "g": "$A=1"}, []string{"f:2 x 1"}},
		{"goes on", memFiles{"f": "include g\nb \\\nc\n$A", "g": "$A= \\\na \\"}, []string{"f:4 a", "f:4 b", "f:4 c"}},
		{"where it is used", memFiles{"f": "include g\n\n$A", "g": "$A= \\\na \\\nb"}, []string{"f:3 a", "f:3 b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, s := readLines(tt.files, "f")
			diff(t, "lines", tt.want, got)
			diff(t, "diagnostics", []string{}, said(s.c.list))
		})
	}
}

func TestDefinitionLen(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int{"": 0, "$": 0, "$A": 0, "$A=": 2, "$AB_9=x": 5, "A=": 0, "$=": 0, "$9=": 0, "$A b=": 0} {
		if got := definitionLen(in); got != want {
			t.Errorf("definitionLen(%q) = %d, want %d", in, got, want)
		}
	}
}
