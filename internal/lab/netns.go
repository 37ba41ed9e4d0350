// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

const (
	netnsDir = "/run/netns" // where ip(8) looks for named namespaces
	nsPrefix = "vw"         // vwPID-XXXXXX-name: the process that made it is in the name
)

// newNamespace makes a named network namespace whose name holds our pid, and removes it
// with all processes in it when t ends.
func newNamespace(t TB, name string) (string, netns.NsHandle) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatalf("test hosts are network namespaces, and making them needs root")
	}
	id := fmt.Sprintf("%s%d-%s-%s", nsPrefix, os.Getpid(), strings.ToLower(rand.Text()[:6]), name)
	var handle netns.NsHandle
	err := restoringNetns(func() (err error) {
		handle, err = netns.NewNamed(id)
		return err
	})
	if err != nil {
		t.Fatalf("make network namespace %s: %v", id, err)
	}
	t.Cleanup(func() {
		if err := errors.Join(handle.Close(), removeNamespace(id)); err != nil {
			t.Errorf("remove network namespace %s: %v", id, err)
		}
	})
	return id, handle
}

// inNetns calls f on a thread inside the namespace.
func inNetns(handle netns.NsHandle, f func() error) error {
	return restoringNetns(func() error {
		if err := netns.Set(handle); err != nil {
			return fmt.Errorf("enter network namespace: %w", err)
		}
		return f()
	})
}

// restoringNetns calls f, which may change the thread's network namespace. A thread that
// cannot go back stays locked, so that the runtime throws it away.
func restoringNetns(f func() error) (err error) {
	runtime.LockOSThread()
	home, err := netns.Get()
	if err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("open the own network namespace: %w", err)
	}
	defer func() {
		back := netns.Set(home)
		if back == nil {
			runtime.UnlockOSThread()
		}
		err = errors.Join(err, back, home.Close())
	}()
	return f()
}

// sweep removes the namespaces of runs that were killed.
func sweep() error {
	entries, err := os.ReadDir(netnsDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if pid, ours := nsOwner(e.Name()); ours && errors.Is(unix.Kill(pid, 0), unix.ESRCH) {
			errs = append(errs, removeNamespace(e.Name()))
		}
	}
	return errors.Join(errs...)
}

// nsOwner reads the pid out of a namespace's name.
func nsOwner(name string) (pid int, ours bool) {
	rest, ok := strings.CutPrefix(name, nsPrefix)
	if !ok {
		return 0, false
	}
	number, _, ok := strings.Cut(rest, "-")
	if !ok {
		return 0, false
	}
	pid, err := strconv.Atoi(number)
	return pid, err == nil && pid > 0
}

// removeNamespace kills what still runs in a named namespace and removes its name. One
// that is gone already is no error.
func removeNamespace(name string) error {
	if err := killInside(filepath.Join(netnsDir, name)); err != nil {
		return err
	}
	file := filepath.Join(netnsDir, name)
	err := unix.Unmount(file, unix.MNT_DETACH)
	if err != nil && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.EINVAL) { // EINVAL: not mounted
		return fmt.Errorf("unmount %s: %w", file, err)
	}
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// killInside kills the processes whose network namespace is the file's. Only namespaces
// that the lab made come here, so nothing else can be hit.
func killInside(file string) error {
	var want unix.Stat_t
	if err := unix.Stat(file, &want); err != nil {
		if errors.Is(err, unix.ENOENT) {
			return nil
		}
		return fmt.Errorf("stat %s: %w", file, err)
	}
	pids, err := processes()
	if err != nil {
		return err
	}
	for _, pid := range pids {
		var have unix.Stat_t
		if unix.Stat(fmt.Sprintf("/proc/%d/ns/net", pid), &have) != nil {
			continue // it ended meanwhile
		}
		if pid != os.Getpid() && have.Ino == want.Ino && have.Dev == want.Dev {
			_ = unix.Kill(pid, unix.SIGKILL) // it may have ended meanwhile
		}
	}
	return nil
}

// processes lists the pids of all processes.
func processes() ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}
