// SPDX-License-Identifier: Apache-2.0

package track

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The events of a directory that matter. A file counts when its writer has closed it: the
// moment between truncating and writing must not be seen.
const watchMask = unix.IN_CLOSE_WRITE | unix.IN_CREATE | unix.IN_DELETE | unix.IN_MOVED_FROM | unix.IN_MOVED_TO |
	unix.IN_DELETE_SELF | unix.IN_MOVE_SELF | unix.IN_ONLYDIR | unix.IN_EXCL_UNLINK

// inotify watches directories.
type inotify struct {
	file *os.File
	rc   syscall.RawConn  // of file; fails once it is closed
	wds  map[string]int32 // by directory
	buf  [16 << 10]byte
}

// dirEvent is what happened to a name in a directory. An empty name is the directory itself.
type dirEvent struct {
	wd   int32
	name string
	// all says that events were lost: everything may have changed.
	all bool
}

func newInotify() (*inotify, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("inotify_init1", err)
	}
	n := &inotify{file: os.NewFile(uintptr(fd), "inotify"), wds: map[string]int32{}}
	if n.rc, err = n.file.SyscallConn(); err != nil {
		return nil, errors.Join(err, n.file.Close())
	}
	return n, nil
}

func (n *inotify) close() error { return n.file.Close() }

// watch begins to watch a directory, or does nothing if it is watched.
func (n *inotify) watch(dir string) error {
	var wd int
	var werr error
	err := n.rc.Control(func(fd uintptr) { wd, werr = unix.InotifyAddWatch(int(fd), dir, watchMask) })
	if err = errors.Join(err, werr); err != nil {
		delete(n.wds, dir)
		return fmt.Errorf("watch directory %s: %w", dir, err)
	}
	n.wds[dir] = int32(wd)
	return nil
}

// forget ends the watches of all directories that keep does not have.
func (n *inotify) forget(keep map[string]bool) {
	used := map[int32]bool{}
	for dir, wd := range n.wds {
		used[wd] = used[wd] || keep[dir]
	}
	for dir, wd := range n.wds {
		if keep[dir] {
			continue
		}
		delete(n.wds, dir)
		if !used[wd] { // two names of one directory share its watch
			used[wd] = true
			n.unwatch(wd)
		}
	}
}

// unwatch ends a watch, which may have gone with its directory.
func (n *inotify) unwatch(wd int32) {
	_ = n.rc.Control(func(fd uintptr) { _, _ = unix.InotifyRmWatch(int(fd), uint32(wd)) })
}

// wait gives the next events, or os.ErrDeadlineExceeded.
func (n *inotify) wait(deadline time.Time) ([]dirEvent, error) {
	if err := n.file.SetReadDeadline(deadline); err != nil {
		return nil, err
	}
	k, err := n.file.Read(n.buf[:])
	if err != nil {
		return nil, err
	}
	return decodeEvents(n.buf[:k])
}

var errShortEvent = errors.New("inotify: short event")

func decodeEvents(b []byte) ([]dirEvent, error) {
	var out []dirEvent
	for len(b) > 0 {
		if len(b) < unix.SizeofInotifyEvent {
			return out, errShortEvent
		}
		mask := binary.NativeEndian.Uint32(b[4:])
		end := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(b[12:]))
		if len(b) < end {
			return out, errShortEvent
		}
		out = append(out, dirEvent{
			wd:   int32(binary.NativeEndian.Uint32(b)),
			name: strings.TrimRight(string(b[unix.SizeofInotifyEvent:end]), "\x00"),
			all:  mask&unix.IN_Q_OVERFLOW != 0,
		})
		b = b[end:]
	}
	return out, nil
}
