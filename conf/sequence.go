// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"iter"
	"strconv"
	"strings"
)

// loop is what ~SEQ and ~LST ask for: the body once for each set of values.
type loop struct {
	names  []string
	values iter.Seq[[]string]
}

// sequence handles a line that begins with ~SEQ or ~LST. It says whether it was
// one.
func (s *source) sequence(l line) bool {
	seq := strings.HasPrefix(l.text, "~SEQ")
	if !seq && !strings.HasPrefix(l.text, "~LST") {
		return false
	}
	word, start := l.text[:4], l.pos(0)
	if end := strings.IndexByte(l.text, ')'); end >= 0 {
		head, ok := s.head(l.slice(0, end+1))
		if !ok {
			return true
		}
		parse := parseLST
		if seq {
			parse = parseSEQ
		}
		lp, problem := parse(head.text[4:])
		if problem == "" {
			s.iterate(lp, start, l.slice(end+1, len(l.text)))
			return true
		}
		s.c.add(codeSequence, start, "%s: %s; the line is ignored", word, problem)
		return true
	}
	s.c.add(codeSequence, start, "%s: no parentheses; the line is ignored", word)
	return true
}

// head expands the parameters between the parentheses.
func (s *source) head(l line) (line, bool) {
	for {
		next, more, changed := s.substitute(l)
		if !changed {
			break
		}
		if l = next; more != nil || s.stop {
			return l, false
		}
	}
	before := len(s.c.list)
	s.leftover(l)
	return l, len(s.c.list) == before
}

// iterate processes body once for each set of values. The variables keep the last
// of them.
func (s *source) iterate(lp loop, start Pos, body line) {
	if body.text == "" {
		return
	}
	for values := range lp.values {
		if !s.spend(lineCost+byteCost*len(body.text), start) {
			return
		}
		for i, name := range lp.names {
			s.defs[name] = &definition{name: name, pos: start, value: []line{{text: values[i]}}, variable: true}
		}
		via := s.c.origin(origin{kind: fromIteration, names: lp.names, values: values, use: start})
		s.logical(body.within(start.Via, via))
	}
}

// within gives l with via in place of the origin old.
func (l line) within(old, via int) line {
	if l.via == int32(old) {
		l.via = int32(via)
	}
	if l.segs == nil {
		return l
	}
	segs := make([]seg, len(l.segs))
	for i, s := range l.segs {
		if s.via == int32(old) {
			s.via = int32(via)
		}
		segs[i] = s
	}
	l.segs = segs
	return l
}

// between gives what stands between the parentheses of a head.
func between(head string) (string, bool) {
	head = strings.TrimLeft(head, " \t")
	if head == "" || head[0] != '(' || head[len(head)-1] != ')' {
		return "", false
	}
	return head[1 : len(head)-1], true
}

// parseSEQ reads (VAR, END), (VAR, START, END) or (VAR, START, STEP, END); an x
// before it asks for hexadecimal numbers.
func parseSEQ(head string) (loop, string) {
	base := 10
	if strings.HasPrefix(head, "x") {
		head, base = head[1:], 16
	}
	in, ok := between(head)
	parts := strings.Split(in, ",")
	if !ok || len(parts) < 2 || len(parts) > 4 {
		return loop{}, "want (VARIABLE, END), (VARIABLE, START, END) or (VARIABLE, START, STEP, END)"
	}
	name := trimBlanks(parts[0])
	if !isVariable(name) {
		return loop{}, strconv.Quote(name) + " is no name of a variable"
	}
	var nums []int64
	for _, p := range parts[1:] {
		n, ok := parseBase0(trimBlanks(p))
		if !ok {
			return loop{}, strconv.Quote(trimBlanks(p)) + " is no number"
		}
		nums = append(nums, n)
	}
	r := rangeOf(nums)
	switch {
	case r.step == 0:
		return loop{}, "the step is 0"
	case r.step > 0 && r.start > r.end, r.step < 0 && r.start < r.end:
		return loop{}, "the step leads away from the end"
	case base == 16 && (r.start < 0 || r.end < 0):
		return loop{}, "hexadecimal numbers cannot be negative"
	}
	return loop{[]string{name}, r.values(base)}, ""
}

// numberRange is the numbers of a ~SEQ.
type numberRange struct{ start, step, end int64 }

// rangeOf fills in what was left out.
func rangeOf(nums []int64) numberRange {
	switch len(nums) {
	case 3:
		return numberRange{nums[0], nums[1], nums[2]}
	case 2:
		if nums[0] > nums[1] {
			return numberRange{nums[0], -1, nums[1]}
		}
		return numberRange{nums[0], 1, nums[1]}
	}
	switch end := nums[0]; {
	case end >= 1:
		return numberRange{1, 1, end}
	case end == 0:
		return numberRange{1, -1, end}
	default:
		return numberRange{-1, -1, end}
	}
}

func (r numberRange) values(base int) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for n := r.start; yield([]string{strconv.FormatInt(n, base)}); n += r.step {
			// What is left, so that the sum cannot overflow.
			if left := r.end - n; r.step > 0 && left < r.step || r.step < 0 && left > r.step {
				return
			}
		}
	}
}

// parseBase0 reads a number as C does with base 0, within 32 bits.
func parseBase0(s string) (int64, bool) {
	if strings.ContainsAny(s, "_bBoO") && !strings.ContainsAny(s, "xX") {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 0, 33)
	return n, err == nil
}

func trimBlanks(s string) string { return strings.Trim(s, " \t\r\n\v\f") }

// isVariable tells the names that a sequence takes; a digit may come first.
func isVariable(s string) bool { return s != "" && nameLen("_"+s) == len(s)+1 }
