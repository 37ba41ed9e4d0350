// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"strings"
	"unicode/utf8"
)

// line is a piece of one physical line. Each byte of its text knows the column
// it came from, so that a place stays true through what is taken out.
type line struct {
	file string
	num  int
	text string
	cols []int32 // column of each byte of text
	end  int32   // column behind the last byte
}

// pos gives the place of byte i, or the end for i == len(text).
func (l line) pos(i int) Pos {
	col := l.end
	if i < len(l.cols) {
		col = l.cols[i]
	}
	return Pos{File: l.file, Line: l.num, Col: int(col)}
}

// slice gives the part from byte i up to byte j, without blanks at its ends.
func (l line) slice(i, j int) line {
	for i < j && isASCIIBlank(l.text[i]) {
		i++
	}
	for j > i && isASCIIBlank(l.text[j-1]) {
		j--
	}
	end := l.end
	if j < len(l.cols) {
		end = l.cols[j]
	}
	return line{file: l.file, num: l.num, text: l.text[i:j], cols: l.cols[i:j], end: end}
}

// isASCIIBlank tells the blanks that are left once odd ones are replaced.
func isASCIIBlank(b byte) bool { return b == ' ' || b == '\t' || isPlainBlank(rune(b)) }

// cleaner takes a physical line to its text: comments go, odd blanks become
// plain ones, everything else stays byte for byte.
type cleaner struct {
	c    *collector
	out  strings.Builder
	line line
	// quote is the place of the double quote that is open, if any.
	quote  Pos
	quoted bool
}

// clean strips comments and outer blanks from the physical line s.
func clean(c *collector, file string, num int, s string) line {
	k := cleaner{c: c, line: line{file: file, num: num}}
	k.run(strings.TrimRight(s, "\r\n"))
	if k.quoted {
		c.unterminated(k.quote)
	}
	k.line.text = k.out.String()
	return k.line.slice(0, len(k.line.text))
}

// unterminated reports a quote without an end, once for a line.
func (c *collector) unterminated(pos Pos) {
	if c.first("unterminated " + pos.File + ":" + itoa(pos.Line)) {
		c.addHint(codeQuote, pos, "a quoted string ends on the line on which it begins", "unterminated quote")
	}
}

func (k *cleaner) run(s string) {
	k.out.Grow(len(s))
	k.line.cols = make([]int32, 0, len(s))
	col, escaped := int32(1), false
	for i := 0; i < len(s); col++ {
		r, n := utf8.DecodeRuneInString(s[i:])
		raw := s[i : i+n]
		i += n
		if escaped {
			escaped = false
			k.put(raw, col)
			continue
		}
		switch {
		case !k.quoted && (r == '#' || r == '!'):
			k.line.end = col
			return
		case r == '\\' && !k.quoted && i < len(s) && (s[i] == '#' || s[i] == '!'):
			// The backslash goes and the character stays.
			escaped = true
		case r == '\\':
			escaped = true
			k.put(raw, col)
		default:
			k.rune(r, raw, col)
		}
	}
	k.line.end = col
}

// rune takes one character that is neither comment nor escaped.
func (k *cleaner) rune(r rune, raw string, col int32) {
	pos := Pos{File: k.line.file, Line: k.line.num, Col: int(col)}
	switch {
	case isOddBlank(r):
		k.oddBlank(r, pos)
		raw = " "
	case r == '"':
		k.quoted = !k.quoted
		k.quote = pos
	case r == utf8.RuneError && len(raw) == 1 && k.c.first("utf8 "+pos.File):
		k.c.addHint(codeEncoding, pos, "save the file as UTF-8", "not valid UTF-8; the byte is used as it is")
	}
	k.put(raw, col)
}

func (k *cleaner) oddBlank(r rune, pos Pos) {
	if !k.c.first("blank " + pos.File) {
		return
	}
	k.c.addHint(codeBlank, pos, "text copied from a web page often holds such characters; this is the first in the file",
		"%s taken as a blank", blankName(r))
}

func (k *cleaner) put(raw string, col int32) {
	k.out.WriteString(raw)
	for range len(raw) {
		k.line.cols = append(k.line.cols, col)
	}
}
