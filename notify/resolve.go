// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"vipward/conf"
)

// defaultUser is whom scripts run as when nothing is configured and the user exists.
const defaultUser = "keepalived_script"

// defaultPath is searched when the environment has no PATH.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Defaults is what global_defs says about scripts.
type Defaults struct {
	User   string // script_user; empty: keepalived_script if it exists, else the daemon's user
	Group  string // empty: the user's own
	Secure bool   // enable_script_security
}

// Verdict says why a command cannot be used.
type Verdict uint8

// The verdicts.
const (
	Missing       Verdict = iota + 1 // there is no such file
	NotExecutable                    // not a file, or not for that user
	UnknownUser                      // or group
	Unsafe                           // others than root could change it, and security is on
)

// ResolveError is a command that cannot be used. Its text is keepalived's line.
type ResolveError struct {
	Verdict Verdict
	text    string
}

// Error is the line.
func (e *ResolveError) Error() string { return e.text }

func refuse(v Verdict, format string, args ...any) error {
	return &ResolveError{v, fmt.Sprintf(format, args...)}
}

// Resolve finds the program and the user of a configured command and checks that the one
// may execute the other. Errors are of type *ResolveError.
func Resolve(c conf.Command, d Defaults) (Command, error) {
	if len(c.Args) == 0 {
		return Command{}, refuse(Missing, "Script cannot be accessed - it is empty")
	}
	cmd := Command{Args: append([]string(nil), c.Args...)}
	var err error
	if cmd.UID, cmd.GID, err = account(c, d); err != nil {
		return Command{}, err
	}
	asked, err := search(c.Args[0], os.Getenv("PATH"), cmd)
	if err != nil {
		return Command{}, refuse(Missing, "Script %s cannot be accessed - %s", c.Args[0], reason(err))
	}
	if cmd.Path, err = filepath.EvalSymlinks(asked); err != nil {
		return Command{}, refuse(Missing, "Script %s cannot be accessed - %s", c.Args[0], reason(err))
	}
	// The name under which it was asked for stays, since programs like busybox go by it.
	cmd.Args[0] = asked
	if !executable(cmd.Path, cmd) {
		return Command{}, refuse(NotExecutable, "WARNING - script '%s' is not executable for uid:gid %d:%d - disabling.",
			c.Args[0], cmd.UID, cmd.GID)
	}
	cmd.Unsafe = weakness(cmd)
	if cmd.Unsafe != "" && d.Secure {
		return Command{}, refuse(Unsafe, "Unsafe permissions found for script '%s' - disabling.", c.Args[0])
	}
	return cmd, nil
}

// search makes the path absolute; a bare name is looked for along path.
func search(name, path string, c Command) (string, error) {
	if strings.Contains(name, "/") {
		return filepath.Abs(name)
	}
	if path == "" {
		path = defaultPath
	}
	for _, dir := range filepath.SplitList(path) {
		// A relative element would mean another program with another working directory.
		if file := filepath.Join(dir, name); filepath.IsAbs(dir) && executable(file, c) {
			return file, nil
		}
	}
	return "", fs.ErrNotExist
}

// executable says whether the command's user may execute the file, by its mode.
func executable(file string, c Command) bool {
	st, err := os.Stat(file)
	if err != nil || !st.Mode().IsRegular() {
		return false
	}
	mode := st.Mode().Perm()
	owner, group := owners(st)
	switch {
	case c.UID == 0:
		return mode&0o111 != 0
	case c.UID == owner:
		return mode&0o100 != 0
	case c.GID == group:
		return mode&0o010 != 0
	}
	return mode&0o001 != 0
}

func owners(st fs.FileInfo) (uid, gid uint32) {
	sys, ok := st.Sys().(*syscall.Stat_t)
	if !ok {
		return ^uint32(0), ^uint32(0)
	}
	return sys.Uid, sys.Gid
}

// account finds whom the command runs as.
func account(c conf.Command, d Defaults) (uid, gid uint32, err error) {
	name, group := c.User, c.Group
	if name == "" {
		name, group = d.User, d.Group
	}
	if name == "" {
		if _, lerr := user.Lookup(defaultUser); lerr != nil && !d.Secure {
			return uint32(os.Geteuid()), uint32(os.Getegid()), nil
		}
		name = defaultUser
	}
	u, err := user.Lookup(name)
	if err != nil {
		return 0, 0, refuse(UnknownUser, "Script user '%s' does not exist", name)
	}
	gidText := u.Gid
	if group != "" {
		g, err := user.LookupGroup(group)
		if err != nil {
			return 0, 0, refuse(UnknownUser, "Script group '%s' does not exist", group)
		}
		gidText = g.Gid
	}
	return number(u.Uid), number(gidText), nil
}

// number is a user or group number of the system's own data base.
func number(s string) uint32 {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return ^uint32(0) // refused by the kernel when it is used
	}
	return uint32(n)
}

// reason is the system's text for an error, as C programs print it.
func reason(err error) string {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		errno = syscall.ENOENT // fs.ErrNotExist of the search along PATH
	}
	text := errno.Error()
	return strings.ToUpper(text[:1]) + text[1:]
}
