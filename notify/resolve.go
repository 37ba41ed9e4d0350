// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"vipward/conf"
)

// defaultPath is searched when the environment has no PATH.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Defaults is what global_defs says about scripts.
type Defaults struct {
	User          string // script_user; empty: keepalived_script if it exists, else the daemon's user
	Group         string // empty: the user's own
	Supplementary bool   // script_user USER :GROUP
	AllGroups     bool   // set_supplementary_groups
	Secure        bool   // enable_script_security
	Links         bool   // use_symlink_paths: a script runs under the name that was asked for
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
	who, err := account(c.User, c.Group, c.Supplementary, d)
	if err != nil {
		return Command{}, err
	}
	cmd := Command{Args: slices.Clone(c.Args), UID: who.uid, GID: who.gid, Groups: who.groups}
	asked, err := search(c.Args[0], os.Getenv("PATH"), cmd)
	if err != nil {
		return Command{}, refuse(Missing, "Script %s cannot be accessed - %s", c.Args[0], reason(err))
	}
	if cmd.Path, err = filepath.EvalSymlinks(asked); err != nil {
		return Command{}, refuse(Missing, "Script %s cannot be accessed - %s", c.Args[0], reason(err))
	}
	if !reachable(cmd.Path, cmd) {
		return Command{}, refuse(Missing, "Script %s cannot be accessed - Permission denied", c.Args[0])
	}
	// The name under which it was asked for stays, since programs like busybox go by it.
	cmd.Args[0] = asked
	if !executable(cmd.Path, cmd) {
		return Command{}, refuse(NotExecutable, "WARNING - script '%s' is not executable for uid:gid %d:%d - disabling.",
			c.Args[0], cmd.UID, cmd.GID)
	}
	if d.Links {
		cmd.Path = asked
	}
	cmd.Unsafe = weakness(cmd, cmd.Path)
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

func owners(st fs.FileInfo) (uid, gid uint32) {
	sys, ok := st.Sys().(*syscall.Stat_t)
	if !ok {
		return ^uint32(0), ^uint32(0)
	}
	return sys.Uid, sys.Gid
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
