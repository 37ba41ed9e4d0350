// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"vipward/conf"
)

// What is no namespace is not entered, and the own one needs not be.
func TestEnterNamespace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	must(t, os.Symlink(ownNamespace, filepath.Join(dir, "own")))
	for name, want := range map[string]string{
		"": "", "own": "", "file": "enter network namespace file", "missing": "enter network namespace missing: ",
	} {
		switch err := enterNamespace(name, dir); {
		case want == "" && err != nil:
			t.Errorf("%q: %v", name, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: %v, want %q", name, err, want)
		}
	}
}

func TestIPVSNamespace(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	for _, tt := range []struct {
		daemon conf.Daemon
		want   string
	}{
		{conf.Daemon{}, ""},
		{conf.Daemon{NetNamespace: "red"}, ""},
		{conf.Daemon{IPVSNamespace: text("")}, ""},
		{conf.Daemon{IPVSNamespace: text(""), NetNamespace: "red"}, "/proc/1/ns/net"},
		{conf.Daemon{IPVSNamespace: text("blue"), NetNamespace: "red"}, "/run/netns/blue"},
	} {
		if got := ipvsNamespace(&tt.daemon); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.daemon, got, tt.want)
		}
	}
}

// TestWithin: what is done within a namespace does not move anybody else.
func TestWithin(t *testing.T) {
	t.Parallel()
	where := func() string {
		link, err := os.Readlink("/proc/thread-self/ns/net")
		must(t, err)
		return link
	}
	home := where()
	dir := t.TempDir()
	other := filepath.Join(dir, "other")
	err := within(ownNamespace)(func() error {
		// This thread ends with the function.
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return err
		}
		if err := os.WriteFile(other, nil, 0o600); err != nil {
			return err
		}
		return unix.Mount("/proc/thread-self/ns/net", other, "", unix.MS_BIND, "")
	})
	if errors.Is(err, unix.EPERM) {
		t.Skip("this machine lacks CAP_SYS_ADMIN for network namespaces")
	}
	must(t, err)
	defer func() { must(t, unix.Unmount(other, unix.MNT_DETACH)) }()
	var inside string
	must(t, within(other)(func() error {
		inside = where()
		return nil
	}))
	if inside == home || where() != home {
		t.Errorf("inside %s, outside %s, at home %s", inside, where(), home)
	}
	if err := within(filepath.Join(dir, "missing"))(func() error { return nil }); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing namespace: %v", err)
	}
	want := errors.New("mine")
	if err := within("")(func() error { return want }); !errors.Is(err, want) {
		t.Errorf("the function's error: %v", err)
	}
}
