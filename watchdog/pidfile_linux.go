// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// PIDFile is a pid file that this process holds. What decides who runs is the lock on it
// (an open file description lock): a stale file does no harm. Only keepalived before 2.4
// locks nothing; it is known by its name.
type PIDFile struct{ f *os.File }

// RunningError says that another process holds a pid file.
type RunningError struct {
	Path string
	PID  string // as the file says; may be empty or wrong
	Name string // of the process, when it locks nothing
}

// Error names the file and the process.
func (e *RunningError) Error() string {
	if e.Name != "" {
		return fmt.Sprintf("%s (pid %s) runs, as pid file %s says: stop it first", e.Name, e.PID, e.Path)
	}
	return fmt.Sprintf("another process (pid %s) has pid file %s locked", e.PID, e.Path)
}

// OpenPIDFile creates the file, or takes over a stale one, and locks it. It gives a
// *RunningError when another process has it. It never follows a symlink and never
// touches what is not a plain file with one name.
func OpenPIDFile(path string) (*PIDFile, error) {
	for {
		p, err := lockPIDFile(path)
		if err != nil {
			return nil, err
		}
		if p.current() {
			return p, nil
		}
		// The holder before us removed the file between our open and our lock: what
		// we hold has no name any more.
		_ = p.f.Close()
	}
}

func lockPIDFile(path string) (*PIDFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open pid file: %w", err)
	}
	if err := lockPlain(f); err != nil {
		_ = f.Close()
		return nil, err
	}
	return &PIDFile{f: f}, nil
}

func lockPlain(f *os.File) error {
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return fmt.Errorf("stat pid file %s: %w", f.Name(), err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG || st.Nlink > 1 {
		return fmt.Errorf("open pid file %s: not a plain file", f.Name())
	}
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	err := unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &lock)
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
		return &RunningError{Path: f.Name(), PID: contents(f)}
	}
	if err != nil {
		return fmt.Errorf("lock pid file %s: %w", f.Name(), err)
	}
	if pid := contents(f); keepalivedRuns(pid) {
		return &RunningError{Path: f.Name(), PID: pid, Name: keepalived}
	}
	return nil
}

// keepalived is the name of the other daemon's processes.
const keepalived = "keepalived"

// keepalivedRuns says whether a process is a keepalived of this network namespace. A pid
// that went to another program since, or to a daemon of a container, does no harm.
func keepalivedRuns(pid string) bool {
	if n, err := strconv.Atoi(pid); err != nil || n <= 0 || n == os.Getpid() {
		return false
	}
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil || !bytes.Contains(stat, []byte(" ("+keepalived+") ")) || bytes.Contains(stat, []byte(") Z ")) {
		return false
	}
	theirs, err := os.Stat("/proc/" + pid + "/ns/net")
	if err != nil {
		return false
	}
	ours, err := os.Stat("/proc/self/ns/net")
	return err == nil && os.SameFile(theirs, ours)
}

// contents is the first word of a pid file, bounded: it goes into a message only.
func contents(f *os.File) string {
	b := make([]byte, 16)
	n, err := f.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return "unknown"
	}
	return strings.TrimSpace(string(b[:n]))
}

// current says whether the path still names the file that we locked.
func (p *PIDFile) current() bool {
	ours, err := p.f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(p.f.Name())
	return err == nil && os.SameFile(ours, named)
}

// Write makes the file readable for all, whatever the umask is, and puts pid into it.
func (p *PIDFile) Write(pid int) error {
	text := fmt.Sprintf("%d\n", pid)
	if err := p.f.Chmod(0o644); err != nil {
		return fmt.Errorf("write pid file: %w", err)
	}
	if _, err := p.f.WriteAt([]byte(text), 0); err != nil {
		return fmt.Errorf("write pid file: %w", err)
	}
	if err := p.f.Truncate(int64(len(text))); err != nil {
		return fmt.Errorf("write pid file: %w", err)
	}
	return nil
}

// Remove deletes the file, if it is still ours, and gives the lock up.
func (p *PIDFile) Remove() error {
	defer p.f.Close()
	if !p.current() {
		return nil
	}
	if err := os.Remove(p.f.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove pid file: %w", err)
	}
	return nil
}
