// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"strings"
	"testing"
)

// tree builds the tree of text and writes it in one line.
func tree(text string, opensTop func(string) bool) (string, []Diagnostic) {
	c := newCollector()
	b, nodes := nodesOf(c, opensTop)
	for i, s := range strings.Split(text, "\n") {
		if l := clean(c, "f", i+1, s); l.text != "" {
			b.line(l)
		}
	}
	b.finish()
	return outline(*nodes), c.sorted([]string{"f"})
}

// outline writes nodes as key(args){children}.
func outline(nodes []*Node) string {
	var out []string
	for _, n := range nodes {
		s := n.Key
		for _, a := range n.Args {
			s += "," + a.Text
		}
		if n.Block {
			s += "{" + outline(n.Children) + "}"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

// topWords is the opensTop of the tests.
func topWords(word string) bool { return word == "top" || word == "other" }

func TestTree(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in, want string
		codes          []string
	}{
		{name: "nothing", in: "", want: ""},
		{name: "lines", in: "a 1\nb 2 3", want: "a,1 b,2,3"},
		{name: "brace behind", in: "a x {\nb\n}", want: "a,x{b}"},
		{name: "brace below", in: "a x\n{\nb\n}", want: "a,x{b}"},
		{name: "brace far below", in: "a x\n\n# hm\n{\nb\n}", want: "a,x{b}"},
		{name: "brace touching", in: "a{\nb}", want: "a{b}"},
		{name: "one line", in: "a { b c } d", want: "a{b,c} d"},
		{name: "close and open", in: "a {\n}b {\n}", want: "a{} b{}"},
		{name: "empty block", in: "a {}", want: "a{}"},
		{name: "nested", in: "a {\nb {\nc\n}\n}\nd", want: "a{b{c}} d"},
		{name: "quoted key", in: `"a" b`, want: "a,b"},
		{name: "commented brace", in: "a { # }\nb\n}", want: "a{b}"},
		{
			name: "missing close", in: "a {\nb {\nc\n}", want: "a{b{c}}",
			codes: []string{"1:3 error brace"},
		},
		{
			name: "two missing", in: "a {\nb {\nc", want: "a{b{c}}",
			codes: []string{"1:3 error brace", "2:3 error brace"},
		},
		{
			name: "extra close", in: "a {\n}\n}\nb", want: "a{} b",
			codes: []string{"3:1 error brace"},
		},
		{
			name: "open without keyword", in: "{\na\n}\nb", want: "b",
			codes: []string{"1:1 error brace"},
		},
		{
			name: "second open", in: "a { {\nb { c }\n}\nd\n}\ne", want: "a{d} e",
			codes: []string{"1:5 error brace"},
		},
		{
			name: "open behind a block", in: "a { }\n{ b }\nc", want: "a{} c",
			codes: []string{"2:1 error brace"},
		},
		{
			name: "forgotten close before a block of the top", in: "top A {\nb {\nc\n}\ntop B {\nd\n}", want: "top,A{b{c}} top,B{d}",
			codes: []string{"1:7 error brace"},
		},
		{
			name: "two forgotten", in: "top A {\nb {\nc\nother {\nd\n}\ne", want: "top,A{b{c}} other{d} e",
			codes: []string{"1:7 error brace", "2:3 error brace"},
		},
		{name: "word of the top without a block", in: "a {\ntop\n}", want: "a{top}"},
		{name: "unterminated quote keeps the braces apart", in: "a {\nb \"c\n}", want: "a{b}", codes: []string{"2:3 error quote"}},
		{name: "open quote swallows a brace", in: "a \"b {\nc\n}", want: "a c", codes: []string{"1:3 error quote", "3:1 error brace"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, diags := tree(tt.in, topWords)
			diff(t, "tree", tt.want, got)
			diff(t, "diagnostics", tt.codes, said(diags))
		})
	}
}

func TestTreeDepth(t *testing.T) {
	t.Parallel()
	got, diags := tree(strings.Repeat("a{", 1000)+strings.Repeat("}", 1000), never)
	diff(t, "levels", maxDepth, strings.Count(got, "{"))
	diff(t, "diagnostics", []string{"1:" + itoa(2*maxDepth+2) + " error brace"}, said(diags))
}

func TestTreePlaces(t *testing.T) {
	t.Parallel()
	b, nodes := nodesOf(newCollector(), never)
	b.line(clean(newCollector(), "f", 3, `  notify  "/bin/x 'a'" me {`))
	at := func(col int) Pos { return Pos{File: "f", Line: 3, Col: col} }
	want := []*Node{{
		Key: "notify", Pos: at(3), Block: true, Open: at(27),
		Args: []Arg{{Text: "/bin/x 'a'", Pos: at(11), Quoted: true}, {Text: "me", Pos: at(24)}},
		raw:  line{file: "f", num: 3, text: `"/bin/x 'a'" me`, first: 11, end: 26},
	}}
	b.finish()
	diff(t, "nodes", want, *nodes)
}

// TestTreeRaw: the line is kept as written only where another tokeniser would
// see other words.
func TestTreeRaw(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`a b c`:     "",
		`a "b c"`:   `"b c"`,
		`a 'b c'`:   `'b c'`,
		`a b\ c`:    `b\ c`,
		`"a b" 'c'`: `'c'`,
	} {
		if got := nodeOf(newCollector(), in).raw.text; got != want {
			t.Errorf("raw text of %q: %q, want %q", in, got, want)
		}
	}
}

func TestOpensTop(t *testing.T) {
	t.Parallel()
	opens := opensTop(tables())
	for word, want := range map[string]bool{
		"vrrp_instance": true, "virtual_server": true, "global_defs": true, "vrrp_sync_group": true,
		"track_file": false, "virtual_ipaddress": false, "nonsense": false, "linkbeat_use_polling": false,
	} {
		if opens(word) != want {
			t.Errorf("opensTop(%q) = %v, want %v", word, !want, want)
		}
	}
}
