// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"path/filepath"
	"strconv"
)

// builtin is a parameter that needs no definition.
type builtin struct {
	usage string // what is wrong when value says no
	value func(s *source, pos Pos, args []string) (string, bool)
}

// builtins are the built-in parameters by name.
var builtins = map[string]builtin{
	"_PWD": {"takes no arguments", without(func(s *source) string {
		dir, err := filepath.Abs(s.relative("."))
		if err != nil {
			return s.relative(".")
		}
		return dir
	})},
	"_INSTANCE": {"takes no arguments", without(func(s *source) string { return s.opts.ConfigID })},
	"_HASH":     {"takes no arguments", without(func(*source) string { return "#" })},
	"_BANG":     {"takes no arguments", without(func(*source) string { return "!" })},
	"_ENV": {"takes the name of one environment variable", func(s *source, _ Pos, args []string) (string, bool) {
		if len(args) != 1 {
			return "", false
		}
		value, _ := s.opts.Env(args[0])
		return value, true
	}},
	"_RANDOM": {"takes at most two numbers, MIN and MAX", (*source).randomNumber},
}

// without makes the value of a parameter that takes no arguments.
func without(f func(*source) string) func(*source, Pos, []string) (string, bool) {
	return func(s *source, _ Pos, args []string) (string, bool) {
		if len(args) > 0 {
			return "", false
		}
		return f(s), true
	}
}

// randomMax is the end of ${_RANDOM} without numbers.
const randomMax = 32767

func (s *source) randomNumber(pos Pos, args []string) (string, bool) {
	limits := [2]uint64{0, randomMax}
	if len(args) > len(limits) {
		return "", false
	}
	for i, a := range args {
		n, err := strconv.ParseUint(a, 10, 31)
		if err != nil {
			return "", false
		}
		limits[i] = n
	}
	if limits[0] > limits[1] {
		s.c.add(codeSequence, pos, "${_RANDOM}: MIN %d is above MAX %d; %[1]d is used", limits[0], limits[1])
		limits[1] = limits[0]
	}
	return strconv.FormatUint(limits[0]+s.rand.Uint64N(limits[1]-limits[0]+1), 10), true
}

// lookup gives the definition that a use means, or nil.
func (s *source) lookup(l line, r ref) *definition {
	if d := s.defs[r.name]; d != nil {
		return d
	}
	b, ok := builtins[r.name]
	if !ok {
		return nil
	}
	value, ok := b.value(s, l.pos(r.start), r.args)
	if !ok {
		return nil
	}
	key := r.name + " " + value
	d := s.builtins[key]
	if d == nil {
		d = &definition{name: r.name, value: []line{{text: value}}}
		s.builtins[key] = d
	}
	return d
}
