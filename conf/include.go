// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"path/filepath"
	"strconv"
	"strings"
)

// includeFlags say which troubles of an include are mistakes.
type includeFlags struct {
	read     bool // a match that cannot be read
	match    bool // a plain name that matches nothing
	wildcard bool // a pattern with wildcards that matches nothing
	brace    bool // an alternative of {a,b} that matches nothing
}

// or gives the flags of both.
func (f includeFlags) or(g includeFlags) includeFlags {
	return includeFlags{f.read || g.read, f.match || g.match, f.wildcard || g.wildcard, f.brace || g.brace}
}

// includeWords are the variants of include.
var includeWords = map[string]includeFlags{
	"include":  {},
	"includer": {read: true},
	"includem": {read: true, match: true},
	"includew": {read: true, match: true, wildcard: true},
	"includeb": {read: true, brace: true},
	"includea": {read: true, match: true, wildcard: true, brace: true},
}

// checkWords are the words of include_check.
var checkWords = map[string]func(*includeFlags) *bool{
	"read":           func(f *includeFlags) *bool { return &f.read },
	"match":          func(f *includeFlags) *bool { return &f.match },
	"wildcard_match": func(f *includeFlags) *bool { return &f.wildcard },
	"brace_match":    func(f *includeFlags) *bool { return &f.brace },
}

// global heeds a line of global_defs that tells how to read on. Whether it is
// well-formed is not judged here.
func (s *source) global(n *Node) {
	switch n.Key {
	case "include_check":
		s.check = s.check.changed(n.Args)
	case "random_seed":
		if a, ok := n.arg(0); ok {
			if seed, err := strconv.ParseUint(a.Text, 10, 32); err == nil {
				s.rand = random(seed)
			}
		}
	}
}

// changed gives the flags after an include_check: without words all, a first word
// without a sign sets anew, + adds, - takes away.
func (f includeFlags) changed(words []Arg) includeFlags {
	if len(words) == 0 {
		return includeWords["includea"]
	}
	for i, a := range words {
		word, on := a.Text, true
		switch {
		case strings.HasPrefix(word, "+"):
			word = word[1:]
		case strings.HasPrefix(word, "-"):
			word, on = word[1:], false
		case i > 0:
			continue
		default:
			if checkWords[word] != nil {
				f = includeFlags{read: true}
			}
		}
		if flag, ok := checkWords[word]; ok {
			*flag(&f) = on
		}
	}
	return f
}

// include handles a line that begins with include. It says whether it was one.
// The pattern is the rest of the line, relative to the directory of its file.
func (s *source) include(l line) bool {
	n := wordLen(l.text)
	flags, ok := includeWords[l.text[:n]]
	pattern := l.slice(n, len(l.text))
	if !ok || pattern.text == "" {
		return false
	}
	flags = flags.or(s.check)
	alternatives := braceExpand(pattern.text)
	found := 0
	for _, alt := range alternatives {
		names := s.matches(s.relative(alt))
		found += len(names)
		if len(names) == 0 && flags.brace && len(alternatives) > 1 {
			s.c.add(codeInclude, pattern.pos(0), "include: nothing matches %s", alt)
		}
		for _, name := range names {
			s.includeFile(pattern.pos(0), name, flags)
		}
	}
	s.c.partial = s.c.partial || found == 0
	judged := flags.brace && len(alternatives) > 1
	if found == 0 && !judged {
		s.missing(pattern, flags.wants(pattern.text, len(alternatives)))
	}
	return true
}

// missing says that a pattern matches nothing. Where that is no mistake it is said all the
// same, as keepalived 2.2.7 does, once for each place: a directory may be misspelt.
func (s *source) missing(pattern line, mistake bool) {
	pos := pattern.pos(0)
	switch {
	case mistake:
		s.c.add(codeInclude, pos, "include: nothing matches %s", pattern.text)
	case s.c.first("include " + pos.String()):
		s.c.add(codeIncludeSkipped, pos, "include: nothing matches %s", pattern.text)
	}
}

// wants says whether a pattern that matches nothing is a mistake.
func (f includeFlags) wants(pattern string, alternatives int) bool {
	switch {
	case strings.ContainsAny(pattern, "*?["):
		return f.wildcard
	case alternatives > 1:
		return false // judged one by one
	default:
		return f.match
	}
}

// relative gives pattern as seen from the directory of the open file.
func (s *source) relative(pattern string) string {
	if filepath.IsAbs(pattern) {
		return pattern
	}
	return filepath.Join(filepath.Dir(s.open[len(s.open)-1].name), pattern)
}

// maxFiles bounds the files of one configuration: files that include each other
// twice would otherwise be read for ever.
const maxFiles = 10_000

func (s *source) includeFile(pos Pos, name string, flags includeFlags) {
	if s.stop {
		return
	}
	if s.opened++; s.opened > maxFiles {
		s.stop = true
		s.c.add(codeTooManyFiles, pos, "include: more than %d files; the rest of the configuration is not read", maxFiles)
		return
	}
	if chain := s.loop(name); chain != "" {
		s.c.add(codeIncludeLoop, pos, "include loop: %s", chain)
		return
	}
	content, err := s.fs.Read(name)
	switch {
	case err == nil:
		s.file(name, content, s.c.origin(origin{kind: fromInclude, use: pos}))
	case flags.read:
		s.c.add(codeInclude, pos, "include: %s", unreadable(name, err))
	default:
		s.c.partial = true
		s.c.add(codeIncludeSkipped, pos, "include: %s", unreadable(name, err))
	}
}

// loop gives the files that lead from name back to itself, if it is open.
func (s *source) loop(name string) string {
	var chain []string
	found := false
	for _, f := range s.open {
		chain = append(chain, f.name)
		found = found || f.name == name
	}
	if !found {
		return ""
	}
	return strings.Join(append(chain, name), " -> ")
}
