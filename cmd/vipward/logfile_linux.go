// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"vipward/conf"
	"vipward/watchdog"
)

// logFilePath is the file of a process's lines (-g): as keepalived, a word before the
// extension tells the processes apart, and a relative name is one of the directory of dumps.
func logFilePath(name, tmpdir string, r watchdog.Role) string {
	path := newDumpFiles(tmpdir, conf.Daemon{}).place(name, "keepalived.log")
	ext := filepath.Ext(path)
	return strings.TrimSuffix(path, ext) + map[watchdog.Role]string{watchdog.VRRP: "_vrrp", watchdog.Checker: "_check"}[r] + ext
}

// logFile is a file that lines are added to. It is opened again when its name is gone or
// another file's, so that programs that rotate logs need not tell us.
type logFile struct {
	path string
	f    *os.File // nil: it cannot be opened
}

// openLogFile opens the file, or says why it cannot. It is tried again with each Write.
func openLogFile(path string) (*logFile, error) {
	l := &logFile{path: path}
	return l, l.open()
}

// open takes the file, with mode 0600 if it is new. Its directory may be everybody's: a
// link, a file with a second name or one of somebody else is not written to.
func (l *logFile) open() error {
	f, err := os.OpenFile(l.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o600)
	if err != nil {
		return fmt.Errorf("open log file: %w", err)
	}
	var st unix.Stat_t
	err = unix.Fstat(int(f.Fd()), &st)
	if err == nil && (st.Mode&unix.S_IFMT != unix.S_IFREG || st.Nlink > 1 || st.Uid != uint32(os.Geteuid())) {
		err = errors.New("it is not a plain file of ours")
	}
	if err != nil {
		_ = f.Close()
		return fmt.Errorf("open log file %s: %w", l.path, err)
	}
	l.f = f
	return nil
}

// current says whether the name is still that of the open file.
func (l *logFile) current() bool {
	if l.f == nil {
		return false
	}
	ours, err := l.f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(l.path)
	return err == nil && os.SameFile(ours, named)
}

// Write implements io.Writer.
func (l *logFile) Write(b []byte) (int, error) {
	if !l.current() {
		if l.f != nil {
			_ = l.f.Close() // what was written is written
			l.f = nil
		}
		if err := l.open(); err != nil {
			return 0, err
		}
	}
	return l.f.Write(b)
}
