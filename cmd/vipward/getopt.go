// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"strings"
)

// errUsage says that the command line was wrong; what exactly is already written.
var errUsage = errors.New("wrong command line")

// argMode says whether an option takes an argument.
type argMode uint8

const (
	noArg argMode = iota
	needArg
	mayArg // attached only: -tFILE, --config-test=FILE
)

// option is one option of the command line.
type option struct {
	short byte   // 0: none
	long  string // "": none
	arg   argMode
	apply func(o *options, name, value string)
}

// scanner takes a command line apart as getopt_long(3) of GNU does: short options
// combine, long ones may be cut as long as they are unambiguous, options and other words
// mix, and -- ends the options. A mistake is reported and the scan goes on.
type scanner struct {
	table []option
	opts  *options
	rest  []string // to come
	words []string // that are not options
	bad   bool
}

// scan works until the end, or until an option says that all is done.
func (s *scanner) scan() {
	for len(s.rest) > 0 && !s.opts.done {
		word := s.rest[0]
		s.rest = s.rest[1:]
		switch {
		case word == "--":
			s.words = append(s.words, s.rest...)
			return
		case strings.HasPrefix(word, "--"):
			s.long(word)
		case len(word) > 1 && word[0] == '-':
			s.cluster(word[1:])
		default:
			s.words = append(s.words, word)
		}
	}
}

// cluster takes the short options of one word.
func (s *scanner) cluster(letters string) {
	for i := 0; i < len(letters) && !s.opts.done; i++ {
		name := "-" + letters[i:i+1]
		opt := s.short(letters[i])
		if opt == nil {
			s.unknown(name)
			continue
		}
		if opt.arg == noArg {
			opt.apply(s.opts, name, "")
			continue
		}
		s.withValue(opt, name, letters[i+1:], i+1 < len(letters))
		return
	}
}

func (s *scanner) short(letter byte) *option {
	for i := range s.table {
		if s.table[i].short == letter {
			return &s.table[i]
		}
	}
	return nil
}

// long takes one word with two dashes.
func (s *scanner) long(word string) {
	name, value, attached := strings.Cut(word[2:], "=")
	opt := s.lookup(name)
	switch {
	case opt == nil, attached && opt.arg == noArg:
		s.unknown(word)
	case opt.arg == noArg:
		opt.apply(s.opts, "--"+opt.long, "")
	case attached && value == "" && opt.arg == needArg:
		s.missing("--" + opt.long)
	default:
		s.withValue(opt, "--"+opt.long, value, attached)
	}
}

// lookup finds a long option by its name or by an unambiguous beginning.
func (s *scanner) lookup(name string) *option {
	var found *option
	for i := range s.table {
		opt := &s.table[i]
		switch {
		case opt.long == "" || !strings.HasPrefix(opt.long, name):
		case opt.long == name:
			return opt
		case found != nil:
			return nil
		default:
			found = opt
		}
	}
	return found
}

// withValue applies an option that takes an argument: what is attached, or the next word.
func (s *scanner) withValue(opt *option, name, value string, attached bool) {
	if !attached && opt.arg == needArg {
		if len(s.rest) == 0 {
			s.missing(name)
			return
		}
		value, s.rest = s.rest[0], s.rest[1:]
	}
	opt.apply(s.opts, name, value)
}

func (s *scanner) unknown(word string) {
	s.opts.complain("Unknown option %s", word)
	s.bad = true
}

func (s *scanner) missing(name string) {
	s.opts.complain("Missing parameter for option %s", name)
	s.bad = true
}

// complain adds a line for standard error.
func (o *options) complain(format string, args ...any) {
	o.err += fmt.Sprintf(format+"\n", args...)
}
