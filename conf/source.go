// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// fileSystem is what the source stage needs of the machine.
type fileSystem interface {
	Glob(pattern string) ([]string, error)
	// Read gives the content of a regular file without execute permission.
	Read(name string) ([]byte, error)
}

// errExecutable says that a file was passed over because of its mode.
var errExecutable = errors.New("file is executable")

// osFiles is the real file system.
type osFiles struct{}

// Glob implements fileSystem.
func (osFiles) Glob(pattern string) ([]string, error) { return filepath.Glob(pattern) }

// Read implements fileSystem.
func (osFiles) Read(name string) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: not a regular file", name)
	case info.Mode().Perm()&0o111 != 0:
		return nil, errExecutable
	}
	return os.ReadFile(name)
}

// source turns files into the clean, non-empty lines of the configuration, with
// includes in place. Conditional lines and definitions belong here as well: they
// work on whole lines, before braces and words are looked at.
type source struct {
	fs    fileSystem
	c     *collector
	emit  func(line)
	open  []string // files being read, outermost first
	files []string // files read, in order
	// stop ends the reading: what follows could not be understood.
	stop bool
}

// main reads the top file. It says whether anything was there.
func (s *source) main(pattern string) bool {
	names, err := s.fs.Glob(pattern)
	if err != nil || len(names) == 0 {
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
		s.file(name, content)
	}
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
func (s *source) file(name string, content []byte) {
	lines := strings.Split(string(content), "\n")
	s.c.sources[name] = lines
	s.files = append(s.files, name)
	s.open = append(s.open, name)
	for i, text := range lines {
		if s.stop {
			break
		}
		s.line(name, i+1, text)
	}
	s.open = s.open[:len(s.open)-1]
}

func (s *source) line(name string, num int, text string) {
	if i := strings.IndexByte(text, 0); i >= 0 {
		s.nul(Pos{File: name, Line: num, Col: len([]rune(text[:i])) + 1})
		return
	}
	l := clean(s.c, name, num, text)
	switch {
	case l.text == "" || s.unsupported(l):
	case strings.HasPrefix(l.text, "include") && s.include(l):
	default:
		s.emit(l)
	}
}

func (s *source) nul(pos Pos) {
	if s.c.first("nul " + pos.File) {
		s.c.addHint(codeNUL, pos, "the file may be binary or in UTF-16; save it as UTF-8", "NUL character; the line is ignored")
	}
}

// unsupported refuses what the lines of this version cannot express. Reading on
// would report every use as a mistake of its own.
func (s *source) unsupported(l line) bool {
	var what string
	switch {
	case l.text[0] == '@':
		what = "conditional lines (@)"
	case definition(l.text):
		what = "definitions ($NAME=VALUE)"
	case strings.HasPrefix(l.text, "~SEQ") || strings.HasPrefix(l.text, "~LST"):
		what = "sequences (~SEQ, ~LST)"
	default:
		return false
	}
	s.stop = true
	s.c.add(codeNoSource, l.pos(0), "%s are not supported yet; the rest of the configuration is not read", what)
	return true
}

// definition tells $NAME=VALUE.
func definition(text string) bool {
	name, _, ok := strings.Cut(text, "=")
	if !ok || len(name) < 2 || name[0] != '$' {
		return false
	}
	return strings.IndexFunc(name[1:], func(r rune) bool { return !isWord(r) }) < 0
}

// isWord tells the characters of a parameter name.
func isWord(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
}
