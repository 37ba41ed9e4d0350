// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strings"
)

// source turns files into the clean, non-empty lines of the configuration, with
// includes in place and parameters expanded. It works on whole lines, before
// braces and words are looked at.
type source struct {
	fs    fileSystem
	c     *collector
	opts  Options
	emit  func(line)
	open  []openFile // files being read, outermost first
	files []string   // files read, in order
	rand  *rand.Rand

	defs     map[string]*definition
	builtins map[string]*definition // by name and value
	// unfinished is the definition whose lines go on.
	unfinished *definition
	check      includeFlags // of every include
	budget     budget
	opened     int // includes
	// stop ends the reading: what follows could not be understood.
	stop bool
}

// openFile is a file that is being read.
type openFile struct {
	name string
	via  int // how it was included
}

func newSource(fs fileSystem, c *collector, o Options, emit func(line)) *source {
	s := &source{fs: fs, c: c, opts: o.complete(), emit: emit, budget: budget{budgetFloor}}
	s.defs, s.builtins = map[string]*definition{}, map[string]*definition{}
	s.rand = random(s.opts.Seed)
	if o.AllIncludes {
		s.check = includeWords["includea"]
	}
	return s
}

// main reads the top file. It says whether anything was there.
func (s *source) main(pattern string) bool {
	names := s.matches(pattern)
	if len(names) == 0 {
		names = []string{pattern}
	}
	if len(names) > 1 {
		s.c.add(codeMultipleFiles, Pos{File: pattern}, "%s matches %d files; all are read", pattern, len(names))
	}
	found := false
	for _, name := range names {
		content, err := s.fs.Read(name)
		if err != nil {
			s.c.add(codeFileMissing, Pos{File: name}, "%s", unreadable(name, err))
			continue
		}
		found = true
		s.file(name, content, 0)
	}
	s.finish()
	return found
}

func unreadable(name string, err error) string {
	switch {
	case errors.Is(err, errExecutable):
		return fmt.Sprintf("configuration file %s is executable and therefore not read", name)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Sprintf("configuration file %s does not exist", name)
	default:
		return fmt.Sprintf("read configuration: %v", err)
	}
}

// file emits the lines of one file and of what it includes.
func (s *source) file(name string, content string, via int) {
	text := strings.TrimSuffix(content, "\n")
	if _, again := s.c.sources[name]; !again {
		s.budget.written(len(text))
		s.c.sources[name] = text
		s.files = append(s.files, name)
	} else if !s.spend(byteCost*len(text), Pos{File: name, Line: 1, Col: 1, Via: via}) {
		return
	}
	check := s.check
	s.open = append(s.open, openFile{name, via})
	for num, more := 1, true; more && !s.stop; num++ {
		var one string
		one, text, more = strings.Cut(text, "\n")
		s.physical(physical(name, num, one, via))
	}
	s.open = s.open[:len(s.open)-1]
	s.check = check
}

// physical takes one line as it stands in its file.
func (s *source) physical(l line) {
	if i := strings.IndexByte(l.text, 0); i >= 0 {
		s.nul(l.pos(i))
		return
	}
	s.long(l)
	l = strip(s.c, l)
	if s.unfinished != nil {
		s.collect(l)
		return
	}
	s.logical(l)
}

func (s *source) nul(pos Pos) {
	if s.c.first("nul " + pos.File) {
		s.c.addHint(codeNUL, pos, "the file may be binary or in UTF-16; save it as UTF-8", "NUL character; the line is ignored")
	}
}

// keepalivedLine is the longest line that keepalived takes.
const keepalivedLine = 1023

func (s *source) long(l line) {
	if len(l.text) >= keepalivedLine && s.c.first("long "+l.file) {
		s.c.add(codeLongLine, l.pos(0), "the line has %d bytes; keepalived takes what is behind byte %d for another line", len(l.text), keepalivedLine)
	}
}

// logical takes one line to the end of its expansion.
func (s *source) logical(l line) {
	for l.text != "" && !s.stop {
		if l.text[0] == '@' {
			kept, ok := s.condition(l)
			if !ok {
				return
			}
			l = kept
		}
		if s.define(l) || s.sequence(l) {
			return
		}
		next, more, changed := s.substitute(l)
		if !changed {
			s.finished(next)
			return
		}
		l = strip(s.c, next)
		if more != nil {
			s.logical(l)
			s.replay(more)
			return
		}
	}
}

// replay takes the further lines of a parameter.
func (s *source) replay(lines []line) {
	for _, l := range lines {
		if !s.spend(lineCost+byteCost*len(l.text), l.pos(0)) {
			return
		}
		s.logical(l)
	}
}

// finished takes a line that holds nothing more to expand.
func (s *source) finished(l line) {
	if l.text == "" || s.stop {
		return
	}
	if strings.IndexByte(l.text, '$') >= 0 {
		s.leftover(l)
	}
	if strings.HasPrefix(l.text, "include") && s.include(l) {
		return
	}
	s.emit(l)
}
