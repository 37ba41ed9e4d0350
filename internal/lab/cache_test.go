// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

func TestLockOne(t *testing.T) {
	t.Parallel()
	name := "test-lock-" + strconv.Itoa(os.Getpid())
	t.Cleanup(func() {
		cache, err := cacheDir()
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []string{"0", "1"} {
			if err := os.Remove(filepath.Join(cache, name+"-"+n+".lock")); err != nil {
				t.Error(err)
			}
		}
	})
	take := func(limit time.Duration) (func() error, error) {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		return lockOne(ctx, name, 2)
	}
	var releases []func() error
	for range 2 {
		release, err := take(patient)
		if err != nil {
			t.Fatal(err)
		}
		releases = append(releases, release)
	}
	if _, err := take(time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("a third lock of two: %v", err)
	}
	if err := releases[0](); err != nil {
		t.Fatal(err)
	}
	release, err := take(patient)
	if err != nil {
		t.Fatalf("after a release: %v", err)
	}
	if err := errors.Join(release(), releases[1]()); err != nil {
		t.Error(err)
	}
}

// TestSweepCache removes folders of dead processes only.
func TestSweepCache(t *testing.T) {
	t.Parallel()
	child := exec.Command("true")
	if err := child.Run(); err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir()
	stays := map[string]bool{
		"uml-" + strconv.Itoa(child.ProcessState.Pid()) + "-1": false,
		"uml-" + strconv.Itoa(os.Getpid()) + "-1":              true,
		"uml-x-1":    true,
		"keepalived": true,
	}
	for name := range stays {
		if err := os.MkdirAll(filepath.Join(cache, name, "lib"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := sweepCache(cache); err != nil {
		t.Fatal(err)
	}
	for name, want := range stays {
		if _, err := os.Stat(filepath.Join(cache, name)); (err == nil) != want {
			t.Errorf("%s: %v, want it there: %t", name, err, want)
		}
	}
}

func TestPackages(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, name := range Packages() {
		if names[name] {
			t.Errorf("%s is listed twice", name)
		}
		names[name] = true
	}
	for _, want := range []string{"user-mode-linux", "ipvsadm", "iproute2", "kmod", "psmisc"} {
		if !names[want] {
			t.Errorf("%s is not listed", want)
		}
	}
	for _, not := range []string{"keepalived", "haproxy"} {
		if names[not] {
			t.Errorf("%s would be installed as a service", not)
		}
	}
}
