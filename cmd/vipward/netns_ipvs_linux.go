// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"vipward/conf"
	"vipward/ipvs"
)

// defaultNamespace is the network namespace of the host.
const defaultNamespace = "/proc/1/ns/net"

// ipvsNamespace is the network namespace of IPVS by net_namespace_ipvs; empty: that of the
// daemon. Without an argument it is the one outside of net_namespace.
func ipvsNamespace(d *conf.Daemon) string {
	switch {
	case d.IPVSNamespace == nil, *d.IPVSNamespace == "" && d.NetNamespace == "":
		return ""
	case *d.IPVSNamespace == "":
		return defaultNamespace
	default:
		return filepath.Join(namedNamespaces, *d.IPVSNamespace)
	}
}

// within gives a function that calls another one in the network namespace at path.
func within(path string) func(f func() error) error {
	if path == "" {
		return func(f func() error) error { return f() }
	}
	return func(f func() error) error {
		var g errgroup.Group
		g.Go(func() error {
			runtime.LockOSThread() // and never unlocked: the thread ends with its goroutine
			if err := enter(path); err != nil {
				return err
			}
			return f()
		})
		return g.Wait()
	}
}

// enter moves the thread to a network namespace.
func enter(path string) error {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open network namespace %s: %w", path, err)
	}
	defer unix.Close(fd)
	if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter network namespace %s: %w", path, err)
	}
	return nil
}

// openIPVS opens the table of IPVS where it is.
func openIPVS(where func(f func() error) error) func() (ipvs.Kernel, error) {
	return func() (k ipvs.Kernel, err error) {
		err = where(func() error {
			k, err = ipvs.Open()
			return err
		})
		return k, err
	}
}
