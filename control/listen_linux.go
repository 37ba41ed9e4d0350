// SPDX-License-Identifier: Apache-2.0

package control

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// DefaultSocket is where the API of the host's daemon is.
const DefaultSocket = "/run/vipward/control.sock"

// ErrInUse says that another daemon answers at the socket.
var ErrInUse = errors.New("another daemon answers there")

// Nobody is the group of a socket that only its owner may use.
const Nobody = -1

// Listen makes the socket of the API. Its directory is made if it is missing, and must be
// one that nobody else can write to: whoever can may put a socket of its own in the place.
// Members of the group, if there is one, may use it too.
func Listen(path string, group int) (net.Listener, error) {
	dir := filepath.Dir(path)
	if err := prepareDir(dir, group); err != nil {
		return nil, err
	}
	if err := removeStale(path); err != nil {
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("listen for the local API: %w", err)
	}
	mode := os.FileMode(0o600)
	if group != Nobody {
		mode = 0o660
	}
	// The umask has made it too narrow or too wide. Where the directory is open to others, they
	// may connect in between: each request is checked by who asks.
	err = os.Chmod(path, mode)
	if err == nil && group != Nobody {
		err = os.Chown(path, -1, group)
	}
	if err != nil {
		_ = l.Close()
		return nil, fmt.Errorf("protect the socket of the local API: %w", err)
	}
	return l, nil
}

// prepareDir makes the directory of the socket, or looks whether it is safe. One that an
// earlier daemon has made in the standard place is taken over; others are somebody else's, and
// stay as they are.
func prepareDir(dir string, group int) error {
	mode := os.FileMode(0o700)
	if group != Nobody {
		mode = 0o750
	}
	switch err := os.Mkdir(dir, mode); {
	case errors.Is(err, os.ErrExist):
		if err := checkDir(dir); err != nil || dir != filepath.Dir(DefaultSocket) {
			return err
		}
	case err != nil:
		return fmt.Errorf("make the directory of the local API: %w", err)
	}
	err := os.Chmod(dir, mode)
	if err == nil && group != Nobody {
		err = os.Chown(dir, -1, group)
	}
	if err != nil {
		return fmt.Errorf("protect the directory of the local API: %w", err)
	}
	return nil
}

// CheckGroup says whether the members of a group get to the socket, as far as the modes of its
// directory tell.
func CheckGroup(path string, group int) error {
	dir := filepath.Dir(path)
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		return fmt.Errorf("look at %s: %w", dir, err)
	}
	if st.Mode&0o001 != 0 || int(st.Gid) == group && st.Mode&0o010 != 0 {
		return nil
	}
	return fmt.Errorf("group %d of the local API cannot enter %s (mode %04o, group %d): chgrp %d %s && chmod g+x %s", group, dir, st.Mode&0o7777, st.Gid, group, dir, dir)
}

// checkDir refuses a directory in which others can replace the socket.
func checkDir(dir string) error {
	var st unix.Stat_t
	if err := unix.Lstat(dir, &st); err != nil {
		return fmt.Errorf("look at %s: %w", dir, err)
	}
	switch {
	case st.Mode&unix.S_IFMT != unix.S_IFDIR:
		return fmt.Errorf("the local API needs a directory, and %s is none", dir)
	case st.Uid != 0 && int(st.Uid) != os.Geteuid():
		return fmt.Errorf("the directory %s of the local API belongs to user %d", dir, st.Uid)
	case st.Mode&0o022 != 0:
		return fmt.Errorf("the directory %s of the local API can be written to by others (mode %04o)", dir, st.Mode&0o7777)
	}
	return nil
}

// staleTimeout is how long a daemon that listens may take to accept.
const staleTimeout = time.Second

// removeStale removes a socket that nobody answers at.
func removeStale(path string) error {
	st, err := os.Lstat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("look at the socket of the local API: %w", err)
	case st.Mode().Type() != os.ModeSocket:
		return fmt.Errorf("%s is not a socket: it stays, and there is no local API", path)
	}
	c, err := net.DialTimeout("unix", path, staleTimeout)
	if err == nil {
		_ = c.Close()
		return fmt.Errorf("listen for the local API at %s: %w", path, ErrInUse)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("try the socket of the local API: %w", err)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("remove an old socket of the local API: %w", err)
	}
	return nil
}
