// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"strings"
	"unicode/utf8"
)

// Arg is one word of a line.
type Arg struct {
	Text   string
	Pos    Pos
	Quoted bool // stood in double quotes, which are removed
}

// line gives the word as a line of its own.
func (a Arg) line() line {
	at := seg{col: int32(a.Pos.Col), via: int32(a.Pos.Via), fixed: true}
	return line{file: a.Pos.File, num: a.Pos.Line, text: a.Text, segs: []seg{at}, end: at.col}
}

// braceAt finds the first brace outside of double quotes; without one it gives the
// length of s.
func braceAt(s string) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			quoted = !quoted
		case '$':
			// What is left of a parameter is one word, whatever it means.
			if r, ok := refAt(s[i:]); ok && r.braces && !quoted {
				i += r.end - 1
			}
		case '{', '}':
			if !quoted {
				return i
			}
		}
	}
	return len(s)
}

// quoting tells the text in which the keywords with quoting rules of their own may
// see other words.
func quoting(s string) bool {
	for i := range len(s) {
		if b := s[i]; b == '"' || b == '\'' || b == '\\' {
			return true
		}
	}
	return false
}

// words splits text as most keywords want it: blanks separate, a double quote
// begins a word that runs to the next one, and nothing else is special. unclosed
// is the place of a quote that has no end; what follows it is lost.
func words(l line, args []Arg) (_ []Arg, unclosed Pos) {
	for i := 0; i < len(l.text); {
		switch b := l.text[i]; {
		case isASCIIBlank(b):
			i++
		case b == '"':
			n := strings.IndexByte(l.text[i+1:], '"')
			if n < 0 {
				return args, l.pos(i)
			}
			args = append(args, Arg{Text: l.text[i+1 : i+1+n], Pos: l.pos(i), Quoted: true})
			i += n + 2
		default:
			n := wordLen(l.text[i:])
			args = append(args, Arg{Text: l.text[i : i+n], Pos: l.pos(i)})
			i += n
		}
	}
	return args, Pos{}
}

// wordLen gives the length of the unquoted word at the start of s.
func wordLen(s string) int {
	for i := range len(s) {
		if s[i] == '"' || isASCIIBlank(s[i]) {
			return i
		}
	}
	return len(s)
}

// oddQuote reports a word that begins with a typographic quotation mark, which
// quotes nothing, once per file.
func oddQuote(c *collector, args []Arg) {
	for _, a := range args {
		if a.Text == "" || a.Text[0] < utf8.RuneSelf {
			continue
		}
		r, _ := utf8.DecodeRuneInString(a.Text)
		plain, ok := oddQuotes[r]
		if !ok || a.Quoted || !c.first("quote "+a.Pos.File) {
			continue
		}
		c.addHint(codeOddQuote, a.Pos, "write "+string(plain)+" instead; this is the first in the file",
			"typographic quotation mark %c (U+%04X) does not quote", r, r)
	}
}
