// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// executable says whether the command's user may execute a file, by whatever the file
// system goes by.
func executable(file string, c Command) bool {
	st, err := os.Stat(file)
	if err != nil || !st.Mode().IsRegular() {
		return false
	}
	return asUser(c, func() error { return unix.Faccessat(unix.AT_FDCWD, file, unix.X_OK, unix.AT_EACCESS) }) == nil
}

// reachable says whether the command's user may go to a path.
func reachable(path string, c Command) bool {
	var st unix.Stat_t
	return asUser(c, func() error { return unix.Stat(path, &st) }) == nil
}

// asUser runs f with the rights of the command's user in the file system, which Linux
// keeps for each thread. Without the privilege it runs with our own.
func asUser(c Command, f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	gid, err := unix.SetfsgidRetGid(int(c.GID))
	if err != nil {
		return err
	}
	uid, err := unix.SetfsuidRetUid(int(c.UID))
	if err != nil {
		return err
	}
	defer func() {
		// To what they were: that is always allowed.
		_, _ = unix.SetfsuidRetUid(uid)
		_, _ = unix.SetfsgidRetGid(gid)
	}()
	return f()
}
