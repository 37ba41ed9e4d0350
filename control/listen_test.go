// SPDX-License-Identifier: Apache-2.0

package control

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"vipward/internal/lab"
)

// The socket and its directory are for the owner, and for the group if there is one,
// whatever the umask says.
func TestListenModes(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root: it gives files to a group")
	}
	for _, mask := range []int{0, 0o022, 0o177} {
		for _, tt := range []struct {
			group       int
			dir, socket os.FileMode
		}{{Nobody, 0o700, 0o600}, {12345, 0o750, 0o660}} {
			path := filepath.Join(shortDir(t), "api", "s")
			old := syscall.Umask(mask)
			l, err := Listen(path, tt.group)
			syscall.Umask(old)
			must(t, err)
			for file, want := range map[string]os.FileMode{filepath.Dir(path): tt.dir, path: tt.socket} {
				st, err := os.Stat(file)
				must(t, err)
				if got := st.Mode().Perm(); got != want {
					t.Errorf("umask %04o, group %d: %s has mode %04o, want %04o", mask, tt.group, file, got, want)
				}
				if gid := int(st.Sys().(*syscall.Stat_t).Gid); tt.group != Nobody && gid != tt.group {
					t.Errorf("%s belongs to group %d, want %d", file, gid, tt.group)
				}
			}
			must(t, l.Close())
		}
	}
}

// A directory that is there already stays as it is; a group that cannot enter it is told of.
func TestCheckGroup(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root: it gives files to a group")
	}
	t.Parallel()
	for _, tt := range []struct {
		mode  os.FileMode
		gid   int
		wrong bool
	}{{0o700, 0, true}, {0o750, 0, true}, {0o700, 12345, true}, {0o710, 12345, false}, {0o701, 0, false}} {
		dir := shortDir(t)
		must(t, os.Chown(dir, -1, tt.gid))
		must(t, os.Chmod(dir, tt.mode))
		path := filepath.Join(dir, "s")
		l, err := Listen(path, 12345)
		must(t, err)
		if err := CheckGroup(path, 12345); (err != nil) != tt.wrong || err != nil && !strings.Contains(err.Error(), "chgrp 12345 "+dir) {
			t.Errorf("mode %04o, group %d: %v", tt.mode, tt.gid, err)
		}
		st, err := os.Stat(dir)
		must(t, err)
		if got := st.Mode().Perm(); got != tt.mode {
			t.Errorf("the directory has mode %04o, it had %04o", got, tt.mode)
		}
		must(t, l.Close())
	}
}

// Where others could put a socket of their own in the place, there is no API; and what is
// no socket of ours is not removed.
func TestListenRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		make func(t *testing.T, dir string) string // gives the path of the socket
		want string
	}{
		{"directory that others can write to", func(t *testing.T, dir string) string {
			must(t, os.Chmod(dir, 0o777))
			return filepath.Join(dir, "s")
		}, "can be written to by others (mode 0777)"},
		{"sticky directory", func(t *testing.T, dir string) string {
			must(t, os.Chmod(dir, 0o777|os.ModeSticky))
			return filepath.Join(dir, "s")
		}, "can be written to by others (mode 1777)"},
		{"directory of another user", func(t *testing.T, dir string) string {
			if os.Getuid() != 0 {
				t.Skip("needs root: chown")
			}
			must(t, os.Chown(dir, 12345, -1))
			return filepath.Join(dir, "s")
		}, "belongs to user 12345"},
		{"symlink in the place of the directory", func(t *testing.T, dir string) string {
			must(t, os.Symlink("/", filepath.Join(dir, "link")))
			return filepath.Join(dir, "link", "s")
		}, "is none"},
		{"file in the place of the directory", func(t *testing.T, dir string) string {
			must(t, os.WriteFile(filepath.Join(dir, "f"), nil, 0o600))
			return filepath.Join(dir, "f", "s")
		}, "is none"},
		{"no directory above", func(_ *testing.T, dir string) string { return filepath.Join(dir, "a", "b", "s") }, "no such file"},
		{"file in the place of the socket", func(t *testing.T, dir string) string {
			path := filepath.Join(dir, "s")
			must(t, os.WriteFile(path, []byte("mine"), 0o600))
			t.Cleanup(func() {
				if b, err := os.ReadFile(path); string(b) != "mine" {
					t.Errorf("the file holds %q, %v", b, err)
				}
			})
			return path
		}, "is not a socket: it stays"},
		{"symlink in the place of the socket", func(t *testing.T, dir string) string {
			must(t, os.Symlink("/dev/null", filepath.Join(dir, "s")))
			return filepath.Join(dir, "s")
		}, "is not a socket: it stays"},
		{"name that is too long", func(_ *testing.T, dir string) string { return filepath.Join(dir, strings.Repeat("s", 120)) }, "invalid argument"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(shortDir(t), "d")
			must(t, os.Mkdir(dir, 0o700))
			l, err := Listen(tt.make(t, dir), Nobody)
			if err == nil {
				_ = l.Close()
				t.Fatal("it listens")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q, want one with %q", err, tt.want)
			}
		})
	}
}

// A socket that a killed daemon left is replaced; that of a running one is not.
func TestListenStale(t *testing.T) {
	t.Parallel()
	path := filepath.Join(shortDir(t), "api", "s")
	first, err := Listen(path, Nobody)
	must(t, err)
	if _, err := Listen(path, Nobody); !errors.Is(err, ErrInUse) {
		t.Errorf("second daemon: %v, want %v", err, ErrInUse)
	}
	first.(*net.UnixListener).SetUnlinkOnClose(false)
	must(t, first.Close())
	second, err := Listen(path, Nobody)
	must(t, err)
	must(t, second.Close())
}

func TestPeerMay(t *testing.T) {
	t.Parallel()
	me := uint32(os.Geteuid())
	tests := []struct {
		name         string
		peer         Peer
		group        int
		may, trusted bool
	}{
		{"root", Peer{UID: 0}, Nobody, true, true},
		{"the daemon's own user", Peer{UID: me, Groups: []uint32{7}}, Nobody, true, true},
		{"another user", Peer{UID: 4242, Groups: []uint32{100}}, Nobody, false, false},
		{"primary group", Peer{UID: 4242, Groups: []uint32{100}}, 100, true, false},
		{"supplementary group", Peer{UID: 4242, Groups: []uint32{1, 100}}, 100, true, false},
		{"other group", Peer{UID: 4242, Groups: []uint32{1, 2}}, 100, false, false},
		{"group 0 is no group", Peer{UID: 4242, Groups: []uint32{0}}, Nobody, false, false},
		{"from the network", Peer{Remote: "192.0.2.1:1"}, Nobody, false, false},
	}
	for _, tt := range tests {
		if got := tt.peer.may(tt.group); got != tt.may {
			t.Errorf("%s: may use the API: %v, want %v", tt.name, got, tt.may)
		}
		if got := tt.peer.trusted(); got != tt.trusted {
			t.Errorf("%s: is trusted: %v, want %v", tt.name, got, tt.trusted)
		}
	}
}

// A user who gets to the socket, as by a wrong chmod, is told apart by the kernel.
func TestWrongUser(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("needs root: it becomes another user")
	}
	const group = 23456
	d := example()
	r := start(t, d, func(s *Server) { s.Group = group })
	for _, path := range []string{filepath.Dir(filepath.Dir(r.path)), filepath.Dir(r.path), r.path} {
		must(t, os.Chmod(path, 0o777))
	}
	tests := []struct {
		name   string
		groups []int
		code   string
		config string
	}{
		{"stranger", []int{1, 2}, "403", "403"},
		{"member of the group", []int{1, group}, "200", "403"},
	}
	for _, tt := range tests {
		for path, want := range map[string]string{"/v1/status": tt.code, "/v1/configuration": tt.config} {
			var line string
			must(t, lab.As(12345, 12345, tt.groups, func() (err error) {
				line, err = request(r.path, path)
				return err
			}))
			if !strings.HasPrefix(line, "HTTP/1.0 "+want) && !strings.HasPrefix(line, "HTTP/1.1 "+want) {
				t.Errorf("%s, %s: %q, want %s", tt.name, path, line, want)
			}
		}
	}
	for range 100 {
		must(t, lab.As(12345, 12345, nil, func() error {
			_, err := request(r.path, "/v1/status")
			return err
		}))
	}
	if n := strings.Count(r.log.String(), "may not use it"); n > 20 { // one a second
		t.Errorf("%d refusals in the log", n)
	}
	if want := "Local API: uid 12345 (pid "; !strings.Contains(r.log.String(), want) || !strings.Contains(r.log.String(), "may not use it: GET /v1/") {
		t.Errorf("the log does not tell who was refused:\n%s", r.log)
	}
	if code, _ := r.do("GET", "/v1/status", ""); code != http.StatusOK {
		t.Errorf("root got %d", code)
	}
}

// Strangers and the group, however many connections they hold, do not keep root out.
func TestSlotsApart(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("needs root: it becomes another user")
	}
	const group = 23456
	r := start(t, example(), func(s *Server) { s.Group, s.limits.conns = group, 4 })
	for _, path := range []string{filepath.Dir(filepath.Dir(r.path)), filepath.Dir(r.path), r.path} {
		must(t, os.Chmod(path, 0o777))
	}
	for _, groups := range [][]int{nil, {group}} {
		must(t, lab.As(12345, 12345, groups, func() error {
			for range 20 {
				fd, err := dial(r.path)
				if err != nil {
					return err
				}
				t.Cleanup(func() { _ = unix.Close(fd) })
			}
			return nil
		}))
	}
	must(t, r.served())
}

// dial connects on the caller's thread.
func dial(socket string) (int, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	if err := unix.Connect(fd, &unix.SockaddrUnix{Name: socket}); err != nil {
		return -1, errors.Join(err, unix.Close(fd))
	}
	return fd, nil
}

// request sends one request by hand, on the caller's thread, and gives the status line.
func request(socket, path string) (string, error) {
	fd, err := dial(socket)
	if err != nil {
		return "", fmt.Errorf("connect: %w", err)
	}
	defer unix.Close(fd)
	if _, err := unix.Write(fd, []byte("GET "+path+" HTTP/1.0\r\n\r\n")); err != nil {
		return "", err
	}
	b := make([]byte, 256)
	n, err := unix.Read(fd, b)
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(b[:n]), "\r\n")
	return line, nil
}
