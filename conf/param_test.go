// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"strings"
	"testing"
)

// expansion is a text and the lines that come out of it.
type expansion struct {
	name, in string
	want     []string // without file and line
	codes    []string
}

// expand runs the source stage on rows.
func expand(t *testing.T, rows []expansion) {
	t.Helper()
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, s := expandText(tt.in)
			diff(t, "lines", tt.want, got)
			diff(t, "diagnostics", tt.codes, said(s.c.sorted(s.files)))
		})
	}
}

func expandText(text string) (lines []string, s *source) {
	lines, s = readLines(memFiles{"f": text}, "f")
	for i, l := range lines {
		_, lines[i], _ = strings.Cut(l, " ")
	}
	return lines, s
}

func TestSubstitute(t *testing.T) {
	t.Parallel()
	expand(t, []expansion{
		{name: "at the end", in: "$A=foo\nx $A", want: []string{"x foo"}},
		{name: "before a blank", in: "$A=foo\nx $A y", want: []string{"x foo y"}},
		{name: "before a tab", in: "$A=foo\nx $A\ty", want: []string{"x foo\ty"}},
		{name: "before a comma and a parenthesis", in: "$A=foo\nx ($A,$A)", want: []string{"x (foo,foo)"}},
		{name: "not before anything else", in: "$A=foo\nx $A. $A/ $A\" $A$B", want: []string{`x $A. $A/ $A" $A$B`}, codes: []string{"2:13 error quote"}},
		{name: "the last of two", in: "$A=foo\n$A$A x", want: []string{"$Afoo x"}},
		{name: "what two make together", in: "$A=foo\n$Afoo=bar\n$A$A x", want: []string{"bar x"}},
		{name: "not before a brace", in: "$A=x\n$A{\n}", want: []string{"$A{", "}"}},
		{name: "in braces anywhere", in: "$A=foo\nx${A}y${A}", want: []string{"xfooyfoo"}},
		{name: "in quotes", in: "$A=foo\nx \"a ${A} b\"", want: []string{`x "a foo b"`}},
		{name: "inside a longer name", in: "$A=foo\n$AB $A_ $A1 x", want: []string{"$AB $A_ $A1 x"}},
		{name: "value of several words", in: "$A=b c  d\na $A", want: []string{"a b c  d"}},
		{name: "value with quotes", in: "$A=\"b # c\"\na $A", want: []string{`a "b # c"`}},
		{name: "value that makes a block", in: "$A=foo { y }\n$A z", want: []string{"foo { y } z"}},
		{name: "empty value", in: "$A=\na ${A}b", want: []string{"a b"}},
		{name: "line that becomes empty", in: "$A=\n$A\nb", want: []string{"b"}},
		{name: "within another", in: "$A=$B z\n$B=1\nx $A", want: []string{"x 1 z"}},
		{name: "the value at the time of use", in: "$A=$B\n$B=1\nx $A\n$B=2\nx $A", want: []string{"x 1", "x 2"}},
		{name: "redefined", in: "$A=1\nx $A\n$A=2\nx $A", want: []string{"x 1", "x 2"}},
		{name: "before its definition", in: "x $A\n$A=1", want: []string{"x $A"}},
		{name: "name made of parts", in: "$A=1\n$B=A\nx ${${B}}", want: []string{"x 1"}},
		{name: "deep", in: "$A=1\n$B=${A}2\n$C=${B}3\n$D=${C}4\nx ${D}", want: []string{"x 1234"}},
		{name: "comment in a value is found when it is used", in: "$A=a\\#b\nx ${A}c", want: []string{"x a"}},
		{name: "comment in quotes stays", in: "$A=\"#\"\nx $A", want: []string{`x "#"`}},
		{name: "blanks at the end go", in: "$A=\nb $A", want: []string{"b"}},
		{name: "a dollar sign is a letter", in: "$ x\n$\n$9 y\na $ b", want: []string{"$ x", "$", "$9 y", "a $ b"}},
		{name: "a keyword", in: "$A=prio\n${A}rity 5", want: []string{"priority 5"}},
		{name: "inside a block", in: "a {\n$A=1\nb $A\n}", want: []string{"a {", "b 1", "}"}},
	})
}

func TestSubstituteLines(t *testing.T) {
	t.Parallel()
	const m = "$M= \\\nl1 a \\\n  l2 b\n"
	expand(t, []expansion{
		{name: "alone", in: m + "$M", want: []string{"l1 a", "l2 b"}},
		{name: "in braces", in: m + "${M}", want: []string{"l1 a", "l2 b"}},
		{name: "text before", in: m + "pre $M", want: []string{"pre l1 a", "l2 b"}},
		{name: "text behind", in: m + "$M post", want: []string{"$M post"}, codes: []string{"4:1 note parameter"}},
		{name: "text behind the braces", in: m + "${M} post", want: []string{"${M} post"}, codes: []string{"4:1 error parameter"}},
		{name: "quote behind the braces", in: m + `q "${M}"`, want: []string{`q "${M}"`}, codes: []string{"4:4 note parameter"}},
		{name: "twice on a line", in: m + "$M $M", want: []string{"$M l1 a", "l2 b"}, codes: []string{"4:1 note parameter"}},
		{name: "twice", in: m + "$M\n$M", want: []string{"l1 a", "l2 b", "l1 a", "l2 b"}},
		{name: "text on the first line", in: "$M=first \\\nl1\n$M", want: []string{"first", "l1"}},
		{name: "parameters in it", in: "$A=1\n$M= \\\na $A \\\nb ${A}\n$M\n$A=2\n$M", want: []string{"a 1", "b 1", "a 2", "b 2"}},
		{name: "another in it", in: "$A= \\\na1 \\\n$B \\\na3\n$B= \\\nb1 \\\nb2\n$A", want: []string{"a1", "b1", "b2", "a3"}},
		{name: "a definition in it", in: "$A= \\\na1 \\\n$B=7 \\\na3${B}\n$A\nx $B", want: []string{"a1", "a37", "x 7"}},
		{name: "a condition in it", in: "$A= \\\n@main a \\\n@other b \\\nc\n$A", want: []string{"a", "c"}},
		{name: "a sequence in it", in: "$A= \\\n~SEQ(I,1,2) a$I \\\nb\n$A", want: []string{"a1", "a2", "b"}},
		{name: "blocks in it", in: "$A= \\\na { \\\nb \\\n}\n$A", want: []string{"a {", "b", "}"}},
		{name: "behind a brace", in: m + "a { $M\n}", want: []string{"a { l1 a", "l2 b", "}"}},
		{name: "one line", in: "$A= \\\na b\nx $A", want: []string{"x a b"}},
		{name: "no line", in: "$A= \\\n\nx $A\ny", want: []string{"x", "y"}},
		{name: "redefines itself", in: "$M= \\\n$M=2 \\\nx $M\n$M", want: []string{"x 2"}},
	})
}

func TestLeftover(t *testing.T) {
	t.Parallel()
	expand(t, []expansion{
		{name: "outside of quotes", in: "x ${A}", want: []string{"x ${A}"}, codes: []string{"1:3 error parameter"}},
		{name: "in quotes it is text", in: `x "${A}"`, want: []string{`x "${A}"`}, codes: []string{"1:4 note parameter"}},
		{name: "behind quotes", in: `x "a" ${A}`, want: []string{`x "a" ${A}`}, codes: []string{"1:7 error parameter"}},
		{name: "several in quotes", in: `x "${A} ${B}"`, want: []string{`x "${A} ${B}"`}, codes: []string{"1:4 note parameter", "1:9 note parameter"}},
		{name: "several outside are one mistake", in: "x ${A} ${B}", want: []string{"x ${A} ${B}"}, codes: []string{"1:3 error parameter"}},
		{name: "behind an escaped quote", in: `x \" ${A}`, want: []string{`x \" ${A}`}, codes: []string{"1:6 error parameter"}},
		{name: "without braces it is text", in: "x $A", want: []string{"x $A"}},
		{name: "without braces and nearly right", in: "$PARAM=1\nx $PARM", want: []string{"x $PARM"}, codes: []string{"2:3 note parameter"}},
		{name: "a password", in: "auth_pass a$b$c", want: []string{"auth_pass a$b$c"}},
	})
}

func TestLeftoverHint(t *testing.T) {
	t.Parallel()
	_, s := expandText("$PRIORITY=1\nx ${PRIORTY}")
	d := s.c.list[0]
	diff(t, "message", "parameter PRIORTY is not defined", d.Message)
	diff(t, "hint", "did you mean PRIORITY?", d.Hint)
}

func TestParameterLoop(t *testing.T) {
	t.Parallel()
	expand(t, []expansion{
		{name: "itself", in: "$IF=${IF}\nfoo ${IF}\nbar", codes: []string{"2:5 fatal parameter-loop"}},
		{name: "itself and text", in: "$A=x$A\n$A", codes: []string{"2:1 fatal parameter-loop"}},
		{name: "never used", in: "$IF=${IF}\nfoo", want: []string{"foo"}},
		{name: "a pair", in: "$A=${B}\n$B=${A}\nx ${A}", codes: []string{"3:3 fatal parameter-loop"}},
		{name: "of three", in: "$A=${B}\n$B=${C}\n$C=${A}\nx ${A}", codes: []string{"4:3 fatal parameter-loop"}},
		{name: "of several lines", in: "$A= \\\na \\\n$A\nx\n$A\ny", want: []string{"x", "a"}, codes: []string{"5:1 fatal parameter-loop"}},
		{name: "in a condition", in: "$A=@main $A\n$A x", codes: []string{"2:1 fatal parameter-loop"}},
		{name: "through the environment", in: "x ${_ENV LOOP}", codes: []string{"1:3 fatal parameter-loop"}},
		{name: "as the value of a list", in: "$A=${V}\n~LST(V,$A) x ${V}", codes: []string{"2:8 error parameter"}},
	})
}

func TestParameterLoopSaysHow(t *testing.T) {
	t.Parallel()
	_, s := expandText("$A=${B}\n$B=x ${A}\ny ${A}")
	var got []string
	for _, l := range s.c.list[0].Chain {
		got = append(got, l.Text)
	}
	diff(t, "chain", []string{
		"in the expansion of $B defined at f:2:4, used at f:1:4",
		"in the expansion of $A defined at f:1:4, used at f:3:3",
	}, got)
}

// TestPlacesOfExpansions: what a parameter brings stands where it is used, and
// what is behind it keeps its own place.
func TestPlacesOfExpansions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in, find string
		col            int
		chain          []string
	}{
		{"before", "$A=bbb\naaa $A ccc", "aaa", 1, nil},
		{"itself", "$A=bbb\naaa $A ccc", "bbb", 5, []string{"in the expansion of $A defined at f:1:4, used at f:2:5"}},
		{"second word of it", "$A=b bbb\naaa $A ccc", "bbb", 5, []string{"in the expansion of $A defined at f:1:4, used at f:2:5"}},
		{"behind", "$A=bbbbbbbb\naaa $A ccc", "ccc", 8, nil},
		{"behind two", "$A=b\n$B=$A $A\n  ${B} ${A} ccc # d", "ccc", 13, nil},
		{"within another", "$A=bbb\n$B= x $A\n ${B} c", "bbb", 2, []string{
			"in the expansion of $A defined at f:1:4, used at f:2:7",
			"in the expansion of $B defined at f:2:5, used at f:3:2",
		}},
		{"behind an umlaut", "$A=b\nü ${A} ccc", "ccc", 8, nil},
		{"umlaut in the value", "$A=üü ü\n${A} ccc", "ccc", 6, nil},
		{"behind a condition", "@main x ccc", "ccc", 9, nil},
		{"second line of several", "$M= \\\na \\\n  bbb\nx $M", "bbb", 3, []string{"in the expansion of $M defined at f:3:3, used at f:4:3"}},
		{"iteration", "~SEQ(I,1,2) x bbb", "bbb", 15, []string{"with I=1 in the sequence at f:1:1"}},
		{"variable of it", "~SEQ(I,7,7) x $I ccc", "7", 15, []string{"with I=7 in the sequence at f:1:1"}},
		{"parameter in it", "$A=bbb\n~SEQ(I,1,2) x $A", "bbb", 15, []string{
			"in the expansion of $A defined at f:1:4, used at f:2:15", "with I=1 in the sequence at f:2:1",
		}},
		{"list", "~LST({A,B},{1,2}) x bbb", "bbb", 21, []string{"with A=1, B=2 in the sequence at f:1:1"}},
		{"sequence in a sequence", "~SEQ(I,1,2) ~SEQ(J,3,4) bbb", "bbb", 25, []string{
			"with J=3 in the sequence at f:1:13", "with I=1 in the sequence at f:1:1",
		}},
		{"built-in", "x ${_INSTANCE} y", "main", 3, []string{"in the expansion of $_INSTANCE, used at f:1:3"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newCollector()
			var pos Pos
			s := newSource(memFiles{"f": tt.in}, c, testOptions, func(l line) {
				if i := strings.Index(l.text, tt.find); i >= 0 && pos.Line == 0 {
					pos = l.pos(i)
				}
			})
			s.main("f")
			diff(t, "column", tt.col, pos.Col)
			diff(t, "line", strings.Count(tt.in, "\n")+1, pos.Line)
			var chain []string
			for _, l := range c.chain(pos.Via) {
				chain = append(chain, l.Text)
			}
			diff(t, "chain", tt.chain, chain)
		})
	}
}

func TestRefAt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   string
		want ref
		ok   bool
	}{
		{"$A", ref{end: 2, name: "A"}, true},
		{"$a_9 x", ref{end: 4, name: "a_9"}, true},
		{"$A\tx", ref{end: 2, name: "A"}, true},
		{"$A)", ref{end: 2, name: "A"}, true},
		{"$A,", ref{end: 2, name: "A"}, true},
		{"$A.", ref{}, false},
		{"$9", ref{}, false},
		{"$", ref{}, false},
		{"$ ", ref{}, false},
		{"${A}x", ref{end: 4, name: "A", braces: true}, true},
		{"${A", ref{}, false},
		{"${}", ref{}, false},
		{"${9}", ref{}, false},
		{"${A }", ref{}, false},
		{"${ A}", ref{}, false},
		{"${_A}", ref{end: 5, name: "_A", braces: true}, true},
		{"${_A b  c }", ref{end: 11, name: "_A", args: []string{"b", "c"}, braces: true}, true},
		{"${A-B}", ref{}, false},
		{"${_A-B}", ref{}, false},
	}
	for _, tt := range tests {
		got, ok := refAt(tt.in)
		if ok != tt.ok {
			t.Errorf("refAt(%q) = %v, want %v", tt.in, ok, tt.ok)
			continue
		}
		if ok && (got.end != tt.want.end || got.name != tt.want.name || got.braces != tt.want.braces || strings.Join(got.args, " ") != strings.Join(tt.want.args, " ")) {
			t.Errorf("refAt(%q) = %+v, want %+v", tt.in, got, tt.want)
		}
	}
}
