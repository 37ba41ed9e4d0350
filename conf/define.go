// SPDX-License-Identifier: Apache-2.0

package conf

// definition is a parameter: $NAME=VALUE.
type definition struct {
	name  string
	pos   Pos
	value []line
	// lines says that the value was written over several lines: each is one again
	// where the parameter is used.
	lines bool
	// variable says that it belongs to a sequence.
	variable bool
}

// define handles a line that is a definition. It says whether it was one.
func (s *source) define(l line) bool {
	n := definitionLen(l.text)
	if n == 0 {
		return false
	}
	d := &definition{name: l.text[1:n], pos: l.pos(0)}
	s.defs[d.name] = d
	value := l.slice(n+1, len(l.text))
	if goesOn(value.text) {
		d.lines = true
		s.unfinished = d
		if value = value.slice(0, len(value.text)-1); value.text == "" {
			return true
		}
	}
	d.value = append(d.value, value)
	return true
}

// definitionLen gives the offset of the = of a definition, or 0.
func definitionLen(text string) int {
	if text == "" || text[0] != '$' {
		return 0
	}
	n := nameLen(text[1:])
	if n == 0 || n+1 >= len(text) || text[n+1] != '=' {
		return 0
	}
	return n + 1
}

// nameLen gives the length of the parameter name at the start of s.
func nameLen(s string) int {
	for i := range len(s) {
		b := s[i]
		letter := b == '_' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z'
		if !letter && (i == 0 || b < '0' || b > '9') {
			return i
		}
	}
	return len(s)
}

// goesOn says that the next line belongs to this one.
func goesOn(text string) bool { return text != "" && text[len(text)-1] == '\\' }

// collect adds a line to the definition that is not finished.
func (s *source) collect(l line) {
	d := s.unfinished
	if goesOn(l.text) {
		l = l.slice(0, len(l.text)-1)
	} else {
		s.unfinished = nil
	}
	if l.text != "" {
		d.value = append(d.value, l)
	}
}

// finish ends the reading.
func (s *source) finish() {
	if d := s.unfinished; d != nil && !s.stop {
		s.c.add(codeUnfinished, d.pos, "the definition of $%s has no last line: the file ends behind a backslash", d.name)
	}
}
