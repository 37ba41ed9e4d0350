// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"strings"
	"unicode/utf8"
)

// formatIndent is one level of the canonical layout.
const formatIndent = "    "

// Format gives the text of a configuration file in the canonical layout: four blanks for
// each open brace, one blank between words, the comments behind neighbouring lines
// aligned, at most one empty line in a row, line feeds at the ends. No line is joined,
// split or moved, comments stay, and what stands in quotes or in a definition is not
// touched: the result loads to the same Config. Format(Format(x)) is Format(x).
func Format(text string) string {
	f := formatter{}
	for _, raw := range physicalLines(text) {
		f.line(strings.TrimRight(raw, "\r"))
	}
	alignComments(f.out)
	return joinFormatted(f.out)
}

// physicalLines takes a file apart; a final line feed ends a line and begins none.
func physicalLines(text string) []string {
	if text = strings.TrimSuffix(text, "\n"); text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// formatter lays out one file.
type formatter struct {
	out   []formatted
	depth int
	// define says that a definition goes on in the next line.
	define bool
	run    conditionalRun
}

// conditionalRun is a run of lines that begin with @. Only some of them will be there,
// so each condition has its own depth, and the first one decides how it goes on.
type conditionalRun struct {
	first  string
	depths map[string]int
}

// formatted is a line of the result.
type formatted struct {
	text    string // with its indentation
	comment string // behind the text
}

func (f *formatter) line(raw string) {
	s := splitComment(raw)
	switch {
	case strings.ContainsRune(raw, 0):
		f.out = append(f.out, formatted{text: raw}) // an error, and not read
	case f.define, definitionLen(s.code) > 0:
		f.definition(raw, s)
	case s.code != "":
		f.code(s)
	case s.comment != "":
		f.out = append(f.out, formatted{text: indented(f.depth, s.comment)})
	default:
		f.blank()
	}
}

// definition takes a line of a definition as it is: even blanks at its end count.
func (f *formatter) definition(raw string, s splitLine) {
	if !f.define {
		raw = indented(f.depth, strings.TrimLeftFunc(raw, isBlank))
	}
	f.define = s.comment == "" && strings.HasSuffix(raw, `\`)
	f.out = append(f.out, formatted{text: raw})
}

// blank takes an empty line, unless one stands there already.
func (f *formatter) blank() {
	if n := len(f.out); n > 0 && f.out[n-1] != (formatted{}) {
		f.out = append(f.out, formatted{})
	}
}

// code takes an ordinary line.
func (f *formatter) code(s splitLine) {
	cond, rest := condition(s.code)
	change, leading := braces(rest)
	at := f.enter(cond)
	f.leave(cond, max(at+change, 0))
	l := formatted{text: tidy(s.code), comment: s.comment}
	if s.whole != "" {
		l = formatted{text: s.whole}
	}
	l.text = indented(max(at-leading, 0), l.text)
	f.out = append(f.out, l)
}

// enter gives the depth before a line of a condition; "" is a line without one.
func (f *formatter) enter(cond string) int {
	if cond == "" {
		f.run = conditionalRun{}
		return f.depth
	}
	if f.run.first == "" {
		f.run = conditionalRun{first: cond, depths: map[string]int{"": f.depth}}
	}
	if at, ok := f.run.depths[cond]; ok {
		return at
	}
	return f.run.depths[""]
}

// leave sets the depth behind it.
func (f *formatter) leave(cond string, depth int) {
	if cond != "" {
		f.run.depths[cond] = depth
	}
	if cond == f.run.first {
		f.depth = depth
	}
}

func indented(depth int, text string) string {
	if text == "" {
		return ""
	}
	return strings.Repeat(formatIndent, depth) + text
}

// alignComments puts the comments behind neighbouring lines below each other.
func alignComments(lines []formatted) {
	for from := 0; from < len(lines); {
		to, width := from, 0
		for to < len(lines) && lines[to].comment != "" {
			width = max(width, utf8.RuneCountInString(lines[to].text))
			to++
		}
		for i := from; i < to; i++ {
			l := &lines[i]
			l.text += strings.Repeat(" ", width-utf8.RuneCountInString(l.text)+1)
		}
		from = to + 1
	}
}

func joinFormatted(lines []formatted) string {
	for len(lines) > 0 && lines[len(lines)-1] == (formatted{}) {
		lines = lines[:len(lines)-1]
	}
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.text + l.comment + "\n")
	}
	return b.String()
}
