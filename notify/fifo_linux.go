// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// pipeBuf is what one write to a pipe takes as a whole or not at all.
const pipeBuf = 4096

// Owner is whom a file belongs to.
type Owner struct{ UID, GID uint32 }

// Inode is a file whatever its name.
type Inode struct{ Dev, Ino uint64 }

// fifo is an open named pipe. Its descriptor is not for Go's poller, which would wait where
// a full pipe has to be noticed.
type fifo struct {
	path  string
	fd    int
	inode Inode
	made  bool // by us, so that it goes with us
}

// openFIFO opens the named pipe at path for reading and writing, so that lines wait for a
// reader, and makes it when it is not there. One that is there must belong to the owner or
// to root. A link is never followed.
func openFIFO(path string, owner Owner) (*fifo, error) {
	f := &fifo{path: path}
	// The umask takes its part; that others may write is never what somebody wants.
	switch err := unix.Mkfifo(path, 0o664); {
	case err == nil:
		f.made = true
	case !errors.Is(err, unix.EEXIST):
		return nil, &fs.PathError{Op: "create", Path: path, Err: err}
	}
	if err := f.open(owner); err != nil {
		if f.made {
			_ = unix.Unlink(path) // what is said is why it cannot be used
		}
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return f, nil
}

var (
	errNoFIFO     = errors.New("not a FIFO")
	errOtherOwner = errors.New("it belongs to another user")
)

func (f *fifo) open(owner Owner) error {
	// To open a device may do something, so the kind is looked at before and after.
	var st unix.Stat_t
	if err := unix.Lstat(f.path, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT == unix.S_IFLNK {
		return unix.ELOOP
	}
	if err := usable(&st, owner, f.made); err != nil {
		return err
	}
	fd, err := unix.Open(f.path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err := f.claim(fd, owner); err != nil {
		return errors.Join(err, unix.Close(fd))
	}
	f.fd = fd
	return nil
}

// claim checks what was opened, and gives one of our making to its owner.
func (f *fifo) claim(fd int, owner Owner) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if err := usable(&st, owner, f.made); err != nil {
		return err
	}
	f.inode = Inode{st.Dev, st.Ino}
	if f.made && (st.Uid != owner.UID || st.Gid != owner.GID) {
		if err := unix.Fchown(fd, int(owner.UID), int(owner.GID)); err != nil {
			return fmt.Errorf("give it to %d:%d: %w", owner.UID, owner.GID, err)
		}
	}
	return nil
}

// usable says why a file cannot be written to.
func usable(st *unix.Stat_t, owner Owner, made bool) error {
	switch {
	case st.Mode&unix.S_IFMT != unix.S_IFIFO:
		return errNoFIFO
	case st.Uid != owner.UID && st.Uid != 0 && (!made || int(st.Uid) != os.Geteuid()):
		return errOtherOwner
	}
	return nil
}

// write writes a line as a whole, or says that there is no room for it.
func (f *fifo) write(line string) error {
	if len(line) > pipeBuf {
		return unix.EMSGSIZE
	}
	for {
		_, err := unix.Write(f.fd, []byte(line))
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// unread says whether there are lines that nobody has read.
func (f *fifo) unread() bool {
	n, err := unix.IoctlGetInt(f.fd, unix.TIOCINQ)
	return err == nil && n > 0
}

// drain takes what nobody has read out of the pipe and gives its size.
func (f *fifo) drain() int {
	b := make([]byte, pipeSize)
	for size := 0; ; {
		n, err := unix.Read(f.fd, b)
		if n <= 0 && !errors.Is(err, unix.EINTR) {
			return size
		}
		size += max(n, 0)
	}
}

// grow gives the pipe room for that many bytes, as far as the kernel allows it.
func (f *fifo) grow(room int) {
	for _, size := range []int{room, min(room, pipeMaxSize)} {
		if size <= pipeSize {
			return
		}
		if _, err := unix.FcntlInt(uintptr(f.fd), unix.F_SETPIPE_SZ, size); err == nil {
			return
		}
	}
}

// hangUp closes the pipe: who reads it comes to its end, once everything is read.
func (f *fifo) hangUp() error {
	if f.fd < 0 {
		return nil
	}
	err := unix.Close(f.fd)
	f.fd = -1
	return err
}

// close closes the pipe and removes one of our making.
func (f *fifo) close() error {
	err := f.hangUp()
	if f.made {
		err = errors.Join(err, MadeFIFO{f.path, f.inode}.Remove())
	}
	return err
}

// MadeFIFO is a FIFO that was made by this daemon, for a successor to remove.
type MadeFIFO struct {
	Path  string
	Inode Inode
}

// Remove removes the FIFO, unless its name is another file's by now.
func (m MadeFIFO) Remove() error {
	var st unix.Stat_t
	if unix.Lstat(m.Path, &st) != nil || m.Inode != (Inode{st.Dev, st.Ino}) {
		return nil
	}
	if err := unix.Unlink(m.Path); err != nil {
		return &fs.PathError{Op: "remove", Path: m.Path, Err: err}
	}
	return nil
}
