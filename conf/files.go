// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// fileSystem is what the source stage needs of the machine.
type fileSystem interface {
	Glob(pattern string) ([]string, error)
	// Read gives the content of a regular file without execute permission.
	Read(name string) (string, error)
}

// errExecutable says that a file was passed over because of its mode.
var errExecutable = errors.New("file is executable")

// osFiles is the real file system.
type osFiles struct{}

// Glob implements fileSystem.
func (osFiles) Glob(pattern string) ([]string, error) { return filepath.Glob(pattern) }

// Read implements fileSystem.
func (osFiles) Read(name string) (string, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return "", err
	case info.IsDir():
		return "", fmt.Errorf("%s is a directory", name)
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is not a regular file", name)
	case info.Mode().Perm()&0o111 != 0:
		return "", errExecutable
	}
	return readText(name, int(info.Size()))
}

// readText reads a file of about some size without holding it twice.
func readText(name string, size int) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.Grow(size)
	_, err = io.Copy(&b, f)
	return b.String(), errors.Join(err, f.Close())
}

// matches gives the files that match a pattern, sorted, as glob(3): a wildcard
// does not stand for the dot at the start of a name.
func (s *source) matches(pattern string) []string {
	names, err := s.fs.Glob(globDialect(pattern))
	if err != nil {
		// A bracket without an end stands for itself.
		names, err = s.fs.Glob(strings.ReplaceAll(pattern, "[", `\[`))
	}
	if err != nil {
		return nil
	}
	names = slices.DeleteFunc(names, func(name string) bool { return hiddenMatch(pattern, name) })
	slices.Sort(names)
	return names
}

// globDialect turns [!a] of the shell into [^a].
func globDialect(pattern string) string { return strings.ReplaceAll(pattern, "[!", "[^") }

// hiddenMatch says that name matches only because a wildcard took a leading dot.
func hiddenMatch(pattern, name string) bool {
	parts, names := strings.Split(filepath.Clean(pattern), "/"), strings.Split(filepath.Clean(name), "/")
	if len(parts) != len(names) {
		return false
	}
	for i, n := range names {
		if n != "" && n[0] == '.' && parts[i] != "" && strings.IndexByte("*?[", parts[i][0]) >= 0 {
			return true
		}
	}
	return false
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
