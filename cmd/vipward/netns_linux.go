// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Where ip-netns(8) keeps its namespaces, and that of this process.
const (
	namedNamespaces = "/run/netns"
	ownNamespace    = "/proc/self/ns/net"
)

// enterNamespace moves the whole process into a network namespace, if it is not in it: a
// thread takes that of the one that starts it, and so does a child. Addresses in the wrong
// namespace are worse than none, so whoever gets an error must not go on.
func enterNamespace(name, dir string) error {
	if name == "" {
		return nil
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return fmt.Errorf("enter network namespace %s: %w", name, err)
	}
	defer f.Close()
	want, err := f.Stat()
	if err != nil {
		return fmt.Errorf("enter network namespace %s: %w", name, err)
	}
	if have, err := os.Stat(ownNamespace); err == nil && os.SameFile(want, have) {
		return nil
	}
	if err := moveTo(f); err != nil {
		return fmt.Errorf("enter network namespace %s: %w", name, err)
	}
	return nil
}

// moveTo moves all threads. A program with cgo does not know all of its threads: there one
// thread goes, and the program begins anew in it.
func moveTo(namespace *os.File) error {
	_, _, errno := syscall.AllThreadsSyscall(unix.SYS_SETNS, namespace.Fd(), unix.CLONE_NEWNET, 0)
	switch {
	case errno == 0:
		return nil
	case !errors.Is(errno, unix.ENOTSUP):
		return errno
	}
	runtime.LockOSThread()
	if err := unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET); err != nil {
		return err
	}
	return syscall.Exec("/proc/self/exe", os.Args, os.Environ())
}
