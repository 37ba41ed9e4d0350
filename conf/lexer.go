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

// pieceKind tells the three things that a line is made of.
type pieceKind uint8

const (
	pieceText pieceKind = iota
	pieceOpen
	pieceClose
)

// piece is a brace, or the text between braces.
type piece struct {
	kind pieceKind
	line line
}

// pieces splits a line at the braces outside double quotes, each of which stands
// for a line of its own.
func pieces(l line) []piece {
	var out []piece
	start, quoted := 0, false
	text := func(end int) {
		if p := l.slice(start, end); p.text != "" {
			out = append(out, piece{pieceText, p})
		}
	}
	for i := 0; i < len(l.text); i++ {
		switch b := l.text[i]; {
		case b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case b == '$' && !quoted:
			// What is left of a parameter is one word, whatever it means.
			if r, ok := refAt(l.text[i:]); ok && r.braces {
				i += r.end - 1
			}
		case !quoted && (b == '{' || b == '}'):
			text(i)
			kind := pieceOpen
			if b == '}' {
				kind = pieceClose
			}
			out = append(out, piece{kind, l.slice(i, i+1)})
			start = i + 1
		}
	}
	text(len(l.text))
	return out
}

// words splits text as most keywords want it: blanks separate, a double quote
// begins a word that runs to the next one, and nothing else is special. unclosed
// is the place of a quote that has no end; what follows it is lost.
func words(l line) (args []Arg, unclosed Pos) {
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
		r, _ := utf8.DecodeRuneInString(a.Text)
		plain, ok := oddQuotes[r]
		if !ok || a.Quoted || !c.first("quote "+a.Pos.File) {
			continue
		}
		c.addHint(codeOddQuote, a.Pos, "write "+string(plain)+" instead; this is the first in the file",
			"typographic quotation mark %c (U+%04X) does not quote", r, r)
	}
}
