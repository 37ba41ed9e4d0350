// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

var me = Owner{uint32(os.Geteuid()), uint32(os.Getegid())}

// mkfifo makes a FIFO as somebody else would.
func mkfifo(t *testing.T, path string, uid int) {
	t.Helper()
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(path, uid, -1); err != nil {
		t.Fatal(err)
	}
}

func mustOpenFIFO(t *testing.T, path string) *fifo {
	t.Helper()
	f, err := openFIFO(path, me)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.close() })
	return f
}

// readFIFO reads what waits in a FIFO, with a reader that comes now.
func readFIFO(t *testing.T, path string) string {
	t.Helper()
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	b := make([]byte, 1<<17)
	n, err := unix.Read(fd, b)
	if err != nil && !errors.Is(err, unix.EAGAIN) {
		t.Fatal(err)
	}
	return string(b[:max(n, 0)])
}

func TestFIFOIsMadeAndRemoved(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "fifo")
	f := mustOpenFIFO(t, path)
	st, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if st.Mode()&fs.ModeNamedPipe == 0 || st.Mode()&0o002 != 0 {
		t.Errorf("mode %v", st.Mode())
	}
	// Without a reader the lines wait.
	for _, line := range []string{"one\n", "two\n"} {
		if err := f.write(line); err != nil {
			t.Fatal(err)
		}
	}
	if !f.unread() {
		t.Error("nothing is unread")
	}
	if diff := cmp.Diff("one\ntwo\n", readFIFO(t, path)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if f.unread() {
		t.Error("something is unread")
	}
	if err := f.close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the FIFO stayed: %v", err)
	}
}

func TestFIFOOfAnOwner(t *testing.T) {
	t.Parallel()
	needRoot(t)
	path := filepath.Join(t.TempDir(), "fifo")
	f, err := openFIFO(path, Owner{65534, 65533})
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	st, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if uid, gid := owners(st); uid != 65534 || gid != 65533 {
		t.Errorf("belongs to %d:%d", uid, gid)
	}
}

// TestFIFOThatIsThere: what may be used, and that it is neither changed nor removed.
func TestFIFOThatIsThere(t *testing.T) {
	t.Parallel()
	needRoot(t)
	tests := []struct {
		name  string
		make  func(t *testing.T, path string)
		owner Owner
		err   error
		line  string
	}{
		{name: "root's", make: func(t *testing.T, path string) { mkfifo(t, path, 0) }, owner: Owner{65534, 65534}},
		{name: "the owner's", make: func(t *testing.T, path string) { mkfifo(t, path, 65534) }, owner: Owner{65534, 65534}},
		{
			name: "another's", make: func(t *testing.T, path string) { mkfifo(t, path, 65533) }, owner: Owner{65534, 65534},
			err: errOtherOwner, line: "Unable to open notify fifo PATH: it belongs to another user",
		},
		{
			name: "another's, not root's", make: func(t *testing.T, path string) { mkfifo(t, path, 65534) },
			err: errOtherOwner, line: "Unable to open notify fifo PATH: it belongs to another user",
		},
		{
			name: "a file", make: func(t *testing.T, path string) {
				if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
					t.Fatal(err)
				}
			},
			err: errNoFIFO, line: "Unable to open notify fifo PATH: not a FIFO",
		},
		{
			name: "a link to a FIFO", make: func(t *testing.T, path string) {
				mkfifo(t, path+".real", 0)
				if err := os.Symlink(path+".real", path); err != nil {
					t.Fatal(err)
				}
			},
			err: syscall.ELOOP, line: "Unable to open notify fifo PATH - errno 40 (too many levels of symbolic links)",
		},
		{
			name: "in a missing directory", make: func(t *testing.T, path string) {
				if err := os.RemoveAll(filepath.Dir(path)); err != nil {
					t.Fatal(err)
				}
			},
			err: fs.ErrNotExist, line: "Unable to create notify fifo PATH: no such file or directory",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "fifo")
			tt.make(t, path)
			before, _ := os.Lstat(path)
			f, err := openFIFO(path, tt.owner)
			if !errors.Is(err, tt.err) {
				t.Fatalf("got %v, want %v", err, tt.err)
			}
			if err != nil {
				line := openFailedLine(Pipe{Name: "notify", Path: path}, err)
				if want := strings.ReplaceAll(tt.line, "PATH", path); line != want {
					t.Errorf("got %q, want %q", line, want)
				}
			} else if err := f.close(); err != nil {
				t.Error(err)
			}
			after, _ := os.Lstat(path)
			if before != nil && (after == nil || !os.SameFile(before, after) || before.Mode() != after.Mode() || after.Size() != before.Size()) {
				t.Errorf("was %v, is %v", before, after)
			}
		})
	}
}

// TestFIFOReplaced: what somebody put in its place is not removed.
func TestFIFOReplaced(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "fifo")
	f := mustOpenFIFO(t, path)
	mkfifo(t, path+".new", me.int())
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	if err := f.close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Error(err)
	}
}

func (o Owner) int() int { return int(o.UID) }

func TestFIFOFull(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "fifo")
	f := mustOpenFIFO(t, path)
	line := strings.Repeat("x", 99) + "\n"
	n := 0
	for ; ; n++ {
		if err := f.write(line); errors.Is(err, unix.EAGAIN) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if n > 1<<20/len(line) {
			t.Fatal("a pipe without end")
		}
	}
	if got := readFIFO(t, path); got != strings.Repeat(line, n) {
		t.Errorf("%d bytes of %d whole lines", len(got), n)
	}
	if err := f.write(line); err != nil {
		t.Error(err)
	}
	if err := f.write(strings.Repeat("x", pipeBuf+1)); !errors.Is(err, unix.EMSGSIZE) {
		t.Errorf("a line that cannot be written as a whole: %v", err)
	}
}
