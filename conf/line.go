// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"slices"
	"unicode/utf8"
)

// line is a piece of one physical line, perhaps with expansions in it. Each byte
// of its text knows the column it came from, so that a place stays true through
// what is taken out or put in.
type line struct {
	file string
	num  int
	text string
	// first is where text begins in what segs count; without segs the text is as
	// written and first is the column of its first byte.
	first int32
	segs  []seg
	via   int32 // of a line without segs
	end   int32 // column behind the last byte
}

// seg is the places of the bytes from at up to the next seg.
type seg struct {
	at  int32
	col int32
	via int32
	// fixed says that all bytes stand at col, because they replace what is
	// written there; off is where they begin in the text of via.
	fixed bool
	off   int32
}

// physical makes the line of s, which stands in a file opened by via.
func physical(file string, num int, s string, via int) line {
	l := line{file: file, num: num, text: trimEOL(s), first: 1, via: int32(via)}
	l.end = int32(len(l.text)) + 1
	if i := firstWide(l.text); i >= 0 {
		l.widen(i)
	}
	return l
}

// trimEOL takes off the CR and LF at the end of s, in any mixture.
func trimEOL(s string) string {
	for s != "" && (s[len(s)-1] == '\r' || s[len(s)-1] == '\n') {
		s = s[:len(s)-1]
	}
	return s
}

// firstWide finds the first byte that is not ASCII, or -1.
func firstWide(s string) int {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return i
		}
	}
	return -1
}

// widen notes the columns of a line whose byte i is the first that is not ASCII.
func (l *line) widen(i int) {
	l.segs = append(l.segs, seg{at: 0, col: 1, via: l.via})
	col := int32(i) + 1
	for i < len(l.text) {
		_, n := utf8.DecodeRuneInString(l.text[i:])
		i, col = i+n, col+1
		if n > 1 && i < len(l.text) {
			l.segs = append(l.segs, seg{at: int32(i), col: col, via: l.via})
		}
	}
	l.first, l.end = 0, col
}

// seg gives the segment of byte i.
func (l line) seg(i int) seg {
	if l.segs == nil {
		return seg{at: 0, col: l.first, via: l.via}
	}
	at := l.first + int32(i)
	n, found := slices.BinarySearchFunc(l.segs, at, func(s seg, at int32) int { return int(s.at) - int(at) })
	if !found {
		n--
	}
	s := l.segs[n]
	s.at -= l.first
	return s
}

// pos gives the place of byte i, or the end for i == len(text).
// It takes a pointer because it is called for every word, and a line is large.
func (l *line) pos(i int) Pos {
	if l.segs == nil && i < len(l.text) { // nearly always
		return Pos{File: l.file, Line: l.num, Col: int(l.first) + i, Via: int(l.via)}
	}
	p := Pos{File: l.file, Line: l.num, Col: int(l.end)}
	switch s := l.seg(min(i, max(len(l.text)-1, 0))); {
	case i >= len(l.text):
		p.Via = int(s.via)
	case s.fixed:
		p.Col, p.Via = int(s.col), int(s.via)
	default:
		p.Col, p.Via = int(s.col)+i-int(s.at), int(s.via)
	}
	return p
}

// slice gives the part from byte i up to byte j, without blanks at its ends.
func (l line) slice(i, j int) line {
	for i < j && isASCIIBlank(l.text[i]) {
		i++
	}
	for j > i && isASCIIBlank(l.text[j-1]) {
		j--
	}
	if j < len(l.text) {
		l.end = int32(l.pos(j).Col)
	}
	l.text = l.text[i:j]
	l.first += int32(i)
	return l
}

// isASCIIBlank tells the blanks that are left once odd ones are replaced.
func isASCIIBlank(b byte) bool { return b == ' ' || b >= '\t' && b <= '\r' }

// lineBuilder joins pieces of lines.
type lineBuilder struct {
	text []byte
	segs []seg
}

// add appends bytes i to j of l.
func (b *lineBuilder) add(l line, i, j int) {
	for i < j {
		s := l.seg(i)
		n := l.segEnd(i, j)
		b.put(l.text[i:n], s.from(i))
		i = n
	}
}

// from gives the segment as if it began at byte i.
func (s seg) from(i int) seg {
	if s.fixed {
		s.off += int32(i) - s.at
	} else {
		s.col += int32(i) - s.at
	}
	s.at = int32(i)
	return s
}

// segEnd gives the end of the segment of byte i, at most j.
func (l line) segEnd(i, j int) int {
	if l.segs == nil {
		return j
	}
	at := l.first + int32(i) + 1
	n, _ := slices.BinarySearchFunc(l.segs, at, func(s seg, at int32) int { return int(s.at) - int(at) })
	if n < len(l.segs) {
		return min(j, int(l.segs[n].at-l.first))
	}
	return j
}

// put appends text with the places of s.
func (b *lineBuilder) put(text string, s seg) {
	if text == "" {
		return
	}
	s.at = int32(len(b.text))
	b.segs = append(b.segs, s)
	b.text = append(b.text, text...)
}

// line gives what was built, as a line of the file of l.
func (b *lineBuilder) line(l line) line {
	l.text, l.segs, l.first = string(b.text), b.segs, 0
	if l.segs == nil {
		l.segs = []seg{{col: l.end, via: l.via}}
	}
	return l
}
