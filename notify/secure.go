// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// weakness is the first part of the way to the command that somebody other than root can
// change, empty when there is none. It matters only when the program gets root's power: by
// its user, its group, or as a set-id root file.
func weakness(c Command, path string) string {
	st, err := os.Stat(path)
	if err != nil {
		return path
	}
	if c.UID != 0 && c.GID != 0 && !setRoot(st) {
		return ""
	}
	return weakStep(path)
}

// linkLimit is how many links the kernel follows in one path.
const linkLimit = 40

// weakStep goes along a path as the kernel does, through links, and gives the first
// directory or the file that others than root can change.
func weakStep(path string) string {
	dir, rest := "/", strings.Split(path, "/")
	for links := 0; len(rest) > 0; {
		name := rest[0]
		rest = rest[1:]
		if name == "" || name == "." {
			continue
		}
		if st, err := os.Lstat(dir); err != nil || changeable(st) {
			return dir
		}
		next := filepath.Join(dir, name) // dir has no links, so that .. is what it seems
		target, err := os.Readlink(next)
		if err != nil { // no link
			dir = next
			continue
		}
		if links++; links > linkLimit {
			return next
		}
		if filepath.IsAbs(target) {
			dir = "/"
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	if st, err := os.Lstat(dir); err != nil || changeable(st) {
		return dir
	}
	return ""
}

// changeable says whether others than root can write. In a sticky directory others can
// add files, but not replace one of root's.
func changeable(st fs.FileInfo) bool {
	owner, group := owners(st)
	if owner != 0 {
		return true
	}
	if st.IsDir() && st.Mode()&fs.ModeSticky != 0 {
		return false
	}
	mode := st.Mode().Perm()
	return mode&0o002 != 0 || mode&0o020 != 0 && group != 0
}

func setRoot(st fs.FileInfo) bool {
	owner, group := owners(st)
	return st.Mode()&fs.ModeSetuid != 0 && owner == 0 || st.Mode()&fs.ModeSetgid != 0 && group == 0
}
