// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"os"
	"strings"
	"testing"
)

// TestCondition: the name of the host in the tests is main.
func TestCondition(t *testing.T) {
	t.Parallel()
	expand(t, []expansion{
		{name: "for us", in: "@main a", want: []string{"a"}},
		{name: "for another", in: "@other a"},
		{name: "not for us", in: "@^main a"},
		{name: "not for another", in: "@^other a", want: []string{"a"}},
		{name: "tab behind it", in: "@main\ta", want: []string{"a"}},
		{name: "longer", in: "@mains a\n@main.x b"},
		{name: "shorter", in: "@mai a"},
		{name: "case counts", in: "@Main a"},
		{name: "nothing behind it", in: "@main\n@^other\n@\n@^", codes: []string{"1:1 note condition"}},
		{name: "no word", in: "@ a"},
		{name: "not no word", in: "@^ a", want: []string{"a"}},
		{name: "brace at the word", in: "@main{ a"},
		{name: "second one", in: "@main @main a", want: []string{"@main a"}},
		{name: "not at the start", in: "a @main b", want: []string{"a @main b"}},
		{name: "definition behind it", in: "@main $A=1\n@other $A=2\nx $A", want: []string{"x 1"}},
		{name: "long definition behind it", in: "@main $A= \\\na \\\nb\n$A", want: []string{"a", "b"}},
		{name: "sequence behind it", in: "@main ~SEQ(I,1,2) a$I", want: []string{"a1", "a2"}},
		{name: "behind a sequence", in: "~SEQ(I,1,2) @main a${I}\n~SEQ(I,1,2) @other b", want: []string{"a1", "a2"}},
		{name: "in a parameter", in: "$IF=@main\n$IF a\n$NOT=@other\n$NOT b", want: []string{"a"}},
		{name: "glued to a parameter", in: "$IF=@main\n${IF}x a"},
		{name: "all of a parameter", in: "$V=@main a\n$V", want: []string{"a"}},
		{name: "parameter in the word", in: "$ID=main\n@${ID} a", want: nil},
		{name: "lines of a block", in: "@main b {\nx\n@main }", want: []string{"b {", "x", "}"}},
		{name: "comment behind it", in: "@main # a", codes: []string{"1:1 note condition"}},
		{name: "open quote behind it", in: "@other \"a", codes: []string{"1:8 error quote"}},
	})
}

func TestConditionalInclude(t *testing.T) {
	t.Parallel()
	got, s := readLines(memFiles{"f": "@main include g\n@other include h", "g": "x", "h": "y"}, "f")
	diff(t, "lines", []string{"g:1 x"}, got)
	diff(t, "diagnostics", []string{}, said(s.c.list))
}

// TestConfigIDIsTheHost up to the first dot, unless one is given.
func TestConfigIDIsTheHost(t *testing.T) {
	t.Parallel()
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	host, _, _ = strings.Cut(host, ".")
	diff(t, "default", host, Options{}.complete().ConfigID)
	diff(t, "given", "high.x", Options{ConfigID: "high.x"}.complete().ConfigID)
}
