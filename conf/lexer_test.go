// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"strings"
	"testing"
)

func TestPieces(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     []string // text, or the brace with its column
	}{
		{"no braces", "a b c", []string{"a b c"}},
		{"open behind", "block {", []string{"block", "{7"}},
		{"open touching", "block{", []string{"block", "{6"}},
		{"open alone", "{", []string{"{1"}},
		{"close alone", "}", []string{"}1"}},
		{"all on one line", "a { b c }", []string{"a", "{3", "b c", "}9"}},
		{"empty block", "a {}", []string{"a", "{3", "}4"}},
		{"close and open", "}b {", []string{"}1", "b", "{4"}},
		{"nested", "a{b{c}}", []string{"a", "{2", "b", "{4", "c", "}6", "}7"}},
		{"quoted braces", `a "{ b }" {`, []string{`a "{ b }"`, "{11"}},
		{"single quotes protect nothing", "a '{' b", []string{"a '", "{4", "' b"}},
		{"escaped quote does not open", `a \" { b`, []string{`a \"`, "{6", "b"}},
		{"what is left of a parameter", "a ${X} {", []string{"a ${X}", "{8"}},
		{"what is left of a built-in one", "a ${_RANDOM x y}{", []string{"a ${_RANDOM x y}", "{17"}},
		{"no parameter", "a ${X y}", []string{"a $", "{4", "X y", "}8"}},
		{"an open one", "a ${X", []string{"a $", "{4", "X"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, p := range pieces(clean(newCollector(), "f", 1, tt.in)) {
				text := p.text
				if text == "{" || text == "}" {
					text += itoa(p.pos(0).Col)
				}
				got = append(got, text)
			}
			diff(t, "pieces", tt.want, got)
		})
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     []string // "column:text", with q behind the column of a quoted word
		unclosed int
	}{
		{"none", "", nil, 0},
		{"one", "abc", []string{"1:abc"}, 0},
		{"several", "a  bc\td", []string{"1:a", "4:bc", "7:d"}, 0},
		{"form feed and vertical tab", "a\fb\vc", []string{"1:a", "3:b", "5:c"}, 0},
		{"CR inside", "a\rb", []string{"1:a", "3:b"}, 0},
		{"quoted", `a "b c" d`, []string{"1:a", "3q:b c", "9:d"}, 0},
		{"empty string", `a ""`, []string{"1:a", "3q:"}, 0},
		{"quoted ends at once", `"a"b`, []string{"1q:a", "4:b"}, 0},
		{"unquoted ends at a quote", `a"b c"`, []string{"1:a", "2q:b c"}, 0},
		{"no escapes", `"a\" b`, []string{"1q:a\\", "6:b"}, 0},
		{"single quotes are letters", `'a b'`, []string{"1:'a", "4:b'"}, 0},
		{"unclosed", `a "b c`, []string{"1:a"}, 3},
		{"unclosed alone", `"`, nil, 1},
		{"umlauts count once", `äö "ü" x`, []string{"1:äö", "4q:ü", "8:x"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			args, unclosed := words(clean(newCollector(), "f", 1, tt.in), nil)
			diff(t, "words", tt.want, listArgs(args))
			diff(t, "unclosed", tt.unclosed, unclosed.Col)
		})
	}
}

func listArgs(args []Arg) []string {
	var out []string
	for _, a := range args {
		q := ""
		if a.Quoted {
			q = "q"
		}
		out = append(out, itoa(a.Pos.Col)+q+":"+a.Text)
	}
	return out
}

func TestOddQuote(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     string
	}{
		{"none", `a "b"`, ""},
		{"double", "notify “/bin/x a”", "f:1:8: warning: typographic quotation mark “ (U+201C) does not quote [odd-quote]"},
		{"single", "notify ‘x’", "f:1:8: warning: typographic quotation mark ‘ (U+2018) does not quote [odd-quote]"},
		{"low", "router_id „A“", "f:1:11: warning: typographic quotation mark „ (U+201E) does not quote [odd-quote]"},
		{"inside a word", "router_id Bob’s", ""},
		{"in real quotes", `router_id "“A”"`, ""},
		{"in a comment", "a # “b”", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newCollector()
			nodeOf(c, tt.in)
			var got []string
			for _, d := range c.list {
				got = append(got, d.String())
			}
			diff(t, "diagnostics", tt.want, strings.Join(got, "\n"))
		})
	}
}

// never is for trees without blocks of the top.
func never(string) bool { return false }

func TestLongLine(t *testing.T) {
	t.Parallel()
	const n = 100_000
	l := clean(newCollector(), "f", 1, "router_id "+strings.Repeat("x", n)+" end")
	args, _ := words(l, nil)
	if len(args) != 3 || len(args[1].Text) != n {
		t.Fatalf("a word of %d characters came as %d words", n, len(args))
	}
	diff(t, "place behind it", n+12, args[2].Pos.Col)
}
