// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// scriptWords splits l as the keywords that take a command want it: quotes,
// double or single, may stand anywhere in a word and adjoining pieces join. A
// backslash keeps the next character from being special; with unescape it is
// resolved as well (\n, \x41, \101, \cX), otherwise the pair stays as written.
// unclosed is the offset of a quote without an end, or -1.
func scriptWords(l line, unescape bool) (args []Arg, unclosed int) {
	s := scriptScanner{line: l, text: l.text, unescape: unescape}
	for s.skipBlanks(); s.i < len(l.text); s.skipBlanks() {
		if at := s.word(); at >= 0 {
			return s.args, at
		}
	}
	return s.args, -1
}

type scriptScanner struct {
	line     line
	text     string
	i        int
	unescape bool
	args     []Arg
}

func (s *scriptScanner) skipBlanks() {
	for s.i < len(s.text) {
		r, n := utf8.DecodeRuneInString(s.text[s.i:])
		if !isBlank(r) {
			return
		}
		s.i += n
	}
}

// word reads one word. It returns the offset of an unclosed quote, or -1.
func (s *scriptScanner) word() int {
	var b strings.Builder
	pos := s.line.pos(s.i)
	quote, opened := byte(0), -1
	for s.i < len(s.text) {
		switch ch := s.text[s.i]; {
		case ch == '\\':
			s.escape(&b)
			continue
		case quote == 0 && (ch == '"' || ch == '\''):
			quote, opened = ch, s.i
		case quote != 0 && ch == quote:
			quote = 0
		default:
			r, n := utf8.DecodeRuneInString(s.text[s.i:])
			if quote == 0 && isBlank(r) {
				s.args = append(s.args, Arg{Text: b.String(), Pos: pos})
				return -1
			}
			b.WriteString(s.text[s.i : s.i+n])
			s.i += n - 1
		}
		s.i++
	}
	if quote != 0 {
		return opened
	}
	s.args = append(s.args, Arg{Text: b.String(), Pos: pos})
	return -1
}

// escape handles a backslash and what belongs to it. A lone one at the end goes.
func (s *scriptScanner) escape(b *strings.Builder) {
	rest := s.text[s.i+1:]
	if rest == "" {
		s.i++
		return
	}
	_, n := utf8.DecodeRuneInString(rest)
	if !s.unescape {
		b.WriteString(s.text[s.i : s.i+1+n])
		s.i += 1 + n
		return
	}
	out, used := unescape(rest)
	b.WriteString(out)
	s.i += 1 + used
}

// unescape resolves the escape whose backslash stood before rest, and gives the
// number of bytes that it took.
func unescape(rest string) (out string, used int) {
	if i := strings.IndexByte("abEfnrtv", rest[0]); i >= 0 {
		return "\a\b\x1b\f\n\r\t\v"[i : i+1], 1
	}
	switch c := rest[0]; {
	case c == 'x' && digits(rest[1:], 2, 16) > 0:
		n := digits(rest[1:], 2, 16)
		return numberByte(rest[1:1+n], 16), 1 + n
	case c >= '0' && c <= '7':
		n := digits(rest, 3, 8)
		return numberByte(rest[:n], 8), n
	case c == 'c' && len(rest) > 1:
		return string([]byte{rest[1] & 0x1f}), 2
	}
	_, n := utf8.DecodeRuneInString(rest)
	return rest[:n], n
}

// digits counts the digits of base at the start of s, at most limit.
func digits(s string, limit, base int) int {
	n := 0
	for n < limit && n < len(s) {
		if _, err := strconv.ParseUint(s[n:n+1], base, 8); err != nil {
			break
		}
		n++
	}
	return n
}

func numberByte(s string, base int) string {
	n, err := strconv.ParseUint(s, base, 16)
	if err != nil {
		return s
	}
	return string([]byte{byte(n)})
}
