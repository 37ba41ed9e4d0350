// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"io/fs"
	"os"
	"path/filepath"
)

// weakness is the first part of the command's path that somebody other than root can change,
// empty when there is none. It matters only when the program gets root's power: by its
// user, its group, or as a set-id root file.
func weakness(c Command) string {
	st, err := os.Lstat(c.Path)
	if err != nil {
		return c.Path
	}
	if c.UID != 0 && c.GID != 0 && !setRoot(st) {
		return ""
	}
	for dir := filepath.Dir(c.Path); ; dir = filepath.Dir(dir) {
		if dst, err := os.Lstat(dir); err != nil || changeable(dst) {
			return dir
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	if changeable(st) {
		return c.Path
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
