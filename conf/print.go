// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// Print writes diagnostics for people: place, severity, message and code, then
// the line with a caret under the place, then the hint. Write errors are left to
// w's owner.
func Print(w io.Writer, diags []Diagnostic) {
	var b strings.Builder
	for _, d := range diags {
		printOne(&b, d)
	}
	_, _ = io.WriteString(w, b.String())
}

func printOne(b *strings.Builder, d Diagnostic) {
	if d.File != "" {
		fmt.Fprintf(b, "%s: ", place(d.Pos))
	}
	fmt.Fprintf(b, "%s: %s [%s]\n", d.Severity, printable(d.Message), d.Code)
	if d.Source != "" {
		line, caret := excerpt(d.Source, d.Col)
		fmt.Fprintf(b, "    %s\n    %s\n", line, caret)
	}
	for _, l := range d.Chain {
		fmt.Fprintf(b, "    %s\n", printable(l.Text))
		if l.Source != "" {
			line, _ := excerpt(strings.TrimSpace(l.Source), 1)
			fmt.Fprintf(b, "        %s\n", line)
		}
	}
	if d.Hint != "" {
		fmt.Fprintf(b, "    hint: %s\n", printable(d.Hint))
	}
}

// place leaves out the line and column that a whole file has not got.
func place(p Pos) string {
	if p.Line == 0 {
		return p.File
	}
	return p.String()
}

// excerptWidth bounds the part of a line that is shown; lines have no limit.
const excerptWidth = 120

// excerpt gives the part of source around column col, and a line with a caret
// under it. Tabs are kept in both, so that the caret stands right on a terminal.
func excerpt(source string, col int) (line, caret string) {
	runes := []rune(printable(strings.TrimRight(source, " \t\r")))
	col = min(max(col-1, 0), len(runes))
	from := max(0, col-excerptWidth*2/3)
	runes = runes[from:min(len(runes), from+excerptWidth)]
	var b strings.Builder
	for _, r := range runes[:min(col-from, len(runes))] {
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
	}
	return string(runes), b.String() + "^"
}

// printable replaces what could upset a terminal or a log.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || unicode.IsPrint(r):
			return r
		case isBlank(r):
			return ' '
		default:
			return '?'
		}
	}, s)
}
