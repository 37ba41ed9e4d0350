// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"path/filepath"
	"slices"
	"strings"
)

// includeFlags say which troubles of an include are mistakes.
type includeFlags struct {
	read     bool // a match that cannot be read
	match    bool // a name without wildcards that matches nothing
	wildcard bool // a pattern with wildcards that matches nothing
	brace    bool // an alternative of {a,b} that matches nothing
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

// include handles a line that begins with include. It says whether it was one.
// The pattern is the rest of the line, relative to the directory of its file.
func (s *source) include(l line) bool {
	n := wordLen(l.text)
	flags, ok := includeWords[l.text[:n]]
	pattern := l.slice(n, len(l.text))
	if !ok || pattern.text == "" {
		return false
	}
	alternatives := braceExpand(pattern.text)
	found := 0
	for _, alt := range alternatives {
		names := s.glob(l.file, alt)
		found += len(names)
		if len(names) == 0 && flags.brace && len(alternatives) > 1 {
			s.c.add(codeInclude, pattern.pos(0), "include: nothing matches %s", alt)
		}
		for _, name := range names {
			s.includeFile(pattern.pos(0), name, flags)
		}
	}
	wild := strings.ContainsAny(pattern.text, "*?[")
	if found == 0 && (flags.match && !wild || flags.wildcard && wild) {
		s.c.add(codeInclude, pattern.pos(0), "include: nothing matches %s", pattern.text)
	}
	return true
}

func (s *source) glob(from, pattern string) []string {
	if !filepath.IsAbs(pattern) {
		pattern = filepath.Join(filepath.Dir(from), pattern)
	}
	names, err := s.fs.Glob(pattern)
	if err != nil {
		return nil
	}
	return names
}

// maxFiles bounds the files of one configuration: files that include each other
// twice would otherwise be read for ever.
const maxFiles = 10_000

func (s *source) includeFile(pos Pos, name string, flags includeFlags) {
	if len(s.files) >= maxFiles {
		s.stop = true
		s.c.add(codeTooManyFiles, pos, "include: more than %d files; the rest of the configuration is not read", maxFiles)
		return
	}
	if slices.Contains(s.open, name) {
		chain := strings.Join(append(slices.Clone(s.open), name), " -> ")
		s.c.add(codeIncludeLoop, pos, "include loop: %s", chain)
		return
	}
	content, err := s.fs.Read(name)
	switch {
	case err == nil:
		s.file(name, content)
	case flags.read:
		s.c.add(codeInclude, pos, "include: %s", unreadable(name, err))
	default:
		s.c.add(codeIncludeSkipped, pos, "include: %s", unreadable(name, err))
	}
}

// braceLimit bounds the alternatives of one include.
const braceLimit = 1024

// braceExpand gives the alternatives of a pattern as the C shell does: a{b,c}d
// is abd and acd.
func braceExpand(pattern string) []string {
	done, todo := []string{}, []string{pattern}
	for len(todo) > 0 && len(done)+len(todo) < braceLimit {
		p := todo[0]
		todo = todo[1:]
		open, parts, end := braceParts(p)
		if end < 0 {
			done = append(done, p)
			continue
		}
		var expanded []string
		for _, part := range parts {
			expanded = append(expanded, p[:open]+part+p[end+1:])
		}
		todo = append(expanded, todo...)
	}
	return append(done, todo...)
}

// braceParts finds the first {a,b} of p; end is -1 if there is none.
func braceParts(p string) (open int, parts []string, end int) {
	open = strings.IndexByte(p, '{')
	if open < 0 {
		return 0, nil, -1
	}
	depth, from := 0, open+1
	for i := open; i < len(p); i++ {
		switch p[i] {
		case '{':
			depth++
		case ',':
			if depth == 1 {
				parts, from = append(parts, p[from:i]), i+1
			}
		case '}':
			if depth--; depth == 0 {
				return open, append(parts, p[from:i]), i
			}
		}
	}
	return 0, nil, -1
}
