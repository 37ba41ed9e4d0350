// SPDX-License-Identifier: Apache-2.0

package track

import (
	"os"
	"path/filepath"
	"strings"
)

// step is a name in a directory whose change can change what a path leads to.
type step struct{ dir, name string }

// maxLinks is how many symbolic links a path may have, as in the kernel.
const maxLinks = 40

// steps lists what has to be watched to know what a path leads to: each symbolic
// link on the way, and the file itself. Where the way ends early, the last step is the
// missing name, which may come.
func steps(path string) []step {
	var out []step
	if wd, err := os.Getwd(); err == nil && !filepath.IsAbs(path) {
		path = wd + "/" + path
	}
	dir, rest := "/", names(path)
	for links := 0; len(rest) > 0 && links <= maxLinks; {
		name := rest[0]
		rest = rest[1:]
		if name == ".." {
			dir = filepath.Dir(dir)
			continue
		}
		next := filepath.Join(dir, name)
		st, err := os.Lstat(next)
		switch {
		case err != nil || len(rest) == 0 && st.Mode()&os.ModeSymlink == 0:
			return append(out, step{dir, name})
		case st.Mode()&os.ModeSymlink == 0:
			dir = next
			continue
		}
		out = append(out, step{dir, name})
		links++
		target, err := os.Readlink(next)
		if err != nil {
			return out
		}
		if filepath.IsAbs(target) {
			dir = "/"
		}
		rest = append(names(target), rest...)
	}
	return out
}

// names splits a path, without empty parts and ".". ".." stays: it has a meaning of its own
// behind a link.
func names(path string) []string {
	var out []string
	for name := range strings.SplitSeq(path, "/") {
		if name != "" && name != "." {
			out = append(out, name)
		}
	}
	return out
}
