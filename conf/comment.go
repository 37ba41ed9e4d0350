// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"strings"
	"unicode/utf8"
)

// stripper takes comments out of a line and puts plain blanks in place of odd
// ones; everything else stays byte for byte.
type stripper struct {
	c    *collector
	in   line
	out  lineBuilder
	from int // first byte that is not yet in out
	// quote is the offset of the double quote that is open, or -1.
	quote int
}

// strip takes comments and outer blanks off l.
func strip(c *collector, l line) line {
	if !needsStrip(l.text) {
		return l.slice(0, len(l.text))
	}
	s := stripper{c: c, in: l, quote: -1}
	end := s.run()
	if s.quote >= 0 {
		c.unterminated(l.pos(s.quote))
	}
	if s.from == 0 {
		return l.slice(0, end)
	}
	s.out.add(l, s.from, end)
	if end < len(l.text) {
		l.end = int32(l.pos(end).Col)
	}
	l = s.out.line(l)
	return l.slice(0, len(l.text))
}

// needsStrip tells the text that has more in it than words and blanks.
func needsStrip(text string) bool {
	for i := range len(text) {
		switch b := text[i]; {
		case b >= utf8.RuneSelf, b == '#', b == '!', b == '"', b == '\\':
			return true
		}
	}
	return false
}

// unterminated reports a quote without an end, once for a line.
func (c *collector) unterminated(pos Pos) {
	if c.first("unterminated " + pos.File + ":" + itoa(pos.Line)) {
		c.addHint(codeQuote, pos, "a quoted string ends on the line on which it begins", "unterminated quote")
	}
}

// run goes through the text and gives the offset of the comment, or the end.
func (s *stripper) run() int {
	text := s.in.text
	for i := 0; i < len(text); {
		switch b := text[i]; {
		case s.quote < 0 && (b == '#' || b == '!'):
			return i
		case b == '\\':
			i = s.escape(i)
		case b == '"':
			s.toggle(i)
			i++
		case b >= utf8.RuneSelf:
			i = s.wide(i)
		default:
			i++
		}
	}
	return len(text)
}

func (s *stripper) toggle(i int) {
	if s.quote >= 0 {
		s.quote = -1
	} else {
		s.quote = i
	}
}

// escape passes a backslash and what it protects. That of a comment sign goes; one at
// the end belongs to the word before it, except in a definition.
func (s *stripper) escape(i int) int {
	rest := s.in.text[i+1:]
	if s.quote < 0 && rest == "" {
		s.replace(len(strings.TrimRightFunc(s.in.text[:i], isBlank)), i, "")
	}
	if s.quote < 0 && rest != "" && (rest[0] == '#' || rest[0] == '!') {
		s.replace(i, i+1, "")
	}
	_, n := utf8.DecodeRuneInString(rest)
	return i + 1 + n
}

// replace puts text in place of bytes i to j.
func (s *stripper) replace(i, j int, text string) {
	s.out.add(s.in, s.from, i)
	s.out.put(text, s.in.seg(i).from(i))
	s.from = j
}

// wide passes one character beyond ASCII.
func (s *stripper) wide(i int) int {
	r, n := utf8.DecodeRuneInString(s.in.text[i:])
	switch {
	case isOddBlank(r):
		s.c.oddBlank(r, s.in.pos(i))
		s.replace(i, i+n, " ")
	case r == utf8.RuneError && n == 1 && s.c.first("utf8 "+s.in.file):
		s.c.addHint(codeEncoding, s.in.pos(i), "save the file as UTF-8", "not valid UTF-8; the byte is used as it is")
	}
	return i + n
}

func (c *collector) oddBlank(r rune, pos Pos) {
	if !c.first("blank " + pos.File) {
		return
	}
	c.addHint(codeBlank, pos, "text copied from a web page often holds such characters; this is the first in the file",
		"%s taken as a blank", blankName(r))
}
