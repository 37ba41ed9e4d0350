// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"maps"
	"slices"
	"strings"
)

// ref is a use of a parameter: $NAME, ${NAME}, or ${_NAME ARG...}.
type ref struct {
	start, end int
	name       string
	args       []string
	braces     bool
}

// nextRef finds the first use in text from byte i on.
func nextRef(text string, i int) (ref, bool) {
	for ; i < len(text); i++ {
		n := strings.IndexByte(text[i:], '$')
		if n < 0 {
			break
		}
		i += n
		if r, ok := refAt(text[i:]); ok {
			r.start, r.end = i, i+r.end
			return r, true
		}
	}
	return ref{}, false
}

// refAt reads the use whose $ begins text.
func refAt(text string) (ref, bool) {
	if strings.HasPrefix(text, "${") {
		return bracedRef(text)
	}
	n := nameLen(text[1:])
	end := n + 1
	plain := end == len(text) || isASCIIBlank(text[end]) || text[end] == ',' || text[end] == ')'
	return ref{end: end, name: text[1:end]}, n > 0 && plain
}

// bracedRef reads ${NAME}; the built-in ones, which begin with _, may have words
// behind the name.
func bracedRef(text string) (ref, bool) {
	end := strings.IndexByte(text, '}')
	if end < 0 {
		return ref{}, false
	}
	n := 2 + nameLen(text[2:end])
	name, rest := text[2:n], text[n:end]
	switch {
	case name == "":
		return ref{}, false
	case rest != "" && (name[0] != '_' || !isASCIIBlank(rest[0])):
		return ref{}, false
	}
	return ref{end: end + 1, name: name, args: strings.Fields(rest), braces: true}, true
}

// substitute puts the values in place of all uses in l, one level deep. more is
// the further lines of a parameter that has several; it stands last.
func (s *source) substitute(l line) (next line, more []line, changed bool) {
	var b lineBuilder
	from := 0
	for r, ok := nextRef(l.text, 0); ok; r, ok = nextRef(l.text, r.end) {
		d := s.lookup(l, r)
		if d == nil || d.lines && r.end < len(l.text) {
			continue
		}
		b.add(l, from, r.start)
		from = r.end
		if more, ok = s.use(&b, l, r, d); !ok {
			return line{}, nil, true
		}
	}
	if from == 0 {
		return l, nil, false
	}
	b.add(l, from, len(l.text))
	if !s.spend(byteCost*len(b.text), l.pos(0)) {
		return line{}, nil, true
	}
	return b.line(l), more, true
}

// use puts the value of d into b.
func (s *source) use(b *lineBuilder, l line, r ref, d *definition) (more []line, ok bool) {
	at := l.seg(r.start).from(r.start)
	at.fixed = true
	if d.variable && strings.IndexByte(d.value[0].text, '$') < 0 {
		b.put(d.value[0].text, at)
		return nil, s.spend(byteCost*len(d.value[0].text), l.pos(r.start))
	}
	use := s.spelled(l, r.start)
	if s.endless(use.Via, l.pos(r.start), d) {
		return nil, false
	}
	for i := range d.value {
		text := &d.value[i]
		if !s.spend(useCost+byteCost*len(text.text), l.pos(r.start)) {
			return nil, false
		}
		at.off, at.via = 0, int32(s.c.origin(origin{kind: fromParameter, def: d, text: text, use: use}))
		if i == 0 {
			b.put(text.text, at)
			continue
		}
		var rest lineBuilder
		rest.put(text.text, at)
		more = append(more, rest.line(line{file: l.file, num: l.num, end: at.col}))
	}
	return more, true
}

// spelled gives the place where byte i of l is written, which is within the
// definition if it came out of a parameter.
func (s *source) spelled(l line, i int) Pos {
	at := l.seg(i).from(i)
	if !at.fixed || at.via == 0 {
		return l.pos(i)
	}
	o := s.c.origins[at.via-1]
	if o.kind != fromParameter {
		return l.pos(i)
	}
	p := o.text.pos(int(at.off))
	p.Via = int(at.via)
	return p
}

// endless reports a parameter that comes to stand within itself.
func (s *source) endless(via int, pos Pos, d *definition) bool {
	switch {
	case s.c.within(via, d):
		s.c.addHint(codeParameterLoop, pos, "the value is put in when the parameter is used, so it cannot refer to itself",
			"parameter %s contains itself; the rest of the configuration is not read", d.name)
	case via > 0 && s.c.origins[via-1].depth >= maxNesting:
		s.c.add(codeExpansion, pos, "parameters are nested more than %d deep; the rest of the configuration is not read", maxNesting)
	default:
		return false
	}
	s.stop = true
	return true
}

// leftover says what is left of uses in a line that is done.
func (s *source) leftover(l line) {
	quoted, at := false, 0
	for r, ok := nextRef(l.text, 0); ok; r, ok = nextRef(l.text, r.end) {
		quoted = quoted != unbalanced(l.text[at:r.start])
		at = r.start
		s.unexpanded(l, r, quoted)
	}
}

// unbalanced says whether text holds an odd number of double quotes.
func unbalanced(text string) bool {
	odd := false
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			odd = !odd
		}
	}
	return odd
}

// unexpanded reports one use that stays in the text. Outside of quotes the braces
// of ${NAME} would be those of a block, so the line means nothing.
func (s *source) unexpanded(l line, r ref, quoted bool) {
	pos := l.pos(r.start)
	message, hint := "parameter "+r.name+" is not defined", didYouMean(r.name, slices.Sorted(maps.Keys(s.defs)))
	d := s.defs[r.name]
	_, builtin := builtins[r.name]
	switch {
	case d != nil:
		message, hint = "parameter "+r.name+" has several lines and is only expanded at the end of a line", ""
	case builtin:
		message, hint = "${"+r.name+"} "+builtins[r.name].usage, ""
	}
	switch {
	case r.braces && (!quoted || builtin):
		s.c.addHint(codeParameter, pos, hint, "%s", message)
		s.c.spoil(pos)
	case r.braces || d != nil || hint != "":
		s.c.addHint(codeParameterText, pos, hint, "%s; the text stays as it is", message)
	}
}
