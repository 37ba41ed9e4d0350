// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// settingWatch tells that somebody writes a file of /proc/sys. inotify knows of that as of any
// other file, as long as somebody has it open: without that the kernel forgets the inode that
// is watched. What is written through another mount of /proc, that of a container, is not told,
// nor what the kernel itself changes.
type settingWatch struct {
	file *os.File
	rc   syscall.RawConn
}

func newSettingWatch() (*settingWatch, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("inotify_init1", err)
	}
	w := &settingWatch{file: os.NewFile(uintptr(fd), "inotify")}
	if w.rc, err = w.file.SyscallConn(); err != nil {
		return nil, errors.Join(err, w.file.Close())
	}
	return w, nil
}

// add watches an open file.
func (w *settingWatch) add(fd int) (wd uint32, ok bool) {
	if w == nil {
		return 0, false
	}
	var got int
	var werr error
	err := w.rc.Control(func(in uintptr) {
		got, werr = unix.InotifyAddWatch(int(in), fmt.Sprintf("/proc/self/fd/%d", fd), unix.IN_MODIFY)
	})
	return uint32(got), err == nil && werr == nil
}

// remove ends a watch, which may have gone with its file.
func (w *settingWatch) remove(wd uint32) {
	_ = w.rc.Control(func(in uintptr) { _, _ = unix.InotifyRmWatch(int(in), wd) })
}

// run calls changed for each burst of writes, our own ones too, until ctx ends.
func (w *settingWatch) run(ctx context.Context, changed func()) error {
	stop := context.AfterFunc(ctx, func() { _ = w.file.SetReadDeadline(time.Unix(0, 1)) })
	defer stop()
	b := make([]byte, 4096)
	for {
		_, err := w.file.Read(b)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return fmt.Errorf("watch sysctls: %w", err)
		}
		changed()
	}
}

// close ends a run with an error, unless its context has ended.
func (w *settingWatch) close() error {
	if w == nil {
		return nil
	}
	return w.file.Close()
}
