// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// cacheDir is a folder of the user's cache that stays from run to run.
func cacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder: %w", err)
	}
	dir := filepath.Join(base, "vipward-lab")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make the cache folder: %w", err)
	}
	return dir, nil
}

// cacheTemp makes a folder below the cache folder that t's cleanup removes.
func cacheTemp(t TB, prefix string) (string, error) {
	dir, err := makeCacheTemp(prefix)
	if err != nil {
		return "", err
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove scratch folder: %v", err)
		}
	})
	return dir, nil
}

// makeCacheTemp makes a folder whose name holds our pid, after removing those of
// processes that were killed.
func makeCacheTemp(prefix string) (string, error) {
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	if err := sweepCache(cache); err != nil {
		return "", err
	}
	return os.MkdirTemp(cache, fmt.Sprintf("%s%d-", prefix, os.Getpid()))
}

// sweepCache ends the lab kernels of processes that were killed and removes their folders.
// Inside a lab kernel there are other pids, and nothing to clean.
func sweepCache(cache string) error {
	if InLabKernel() {
		return nil
	}
	dirs, err := filepath.Glob(filepath.Join(cache, "*-*-*"))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		pid, err := strconv.Atoi(strings.Split(filepath.Base(dir), "-")[1])
		if err != nil || !errors.Is(unix.Kill(pid, 0), unix.ESRCH) {
			continue // not one of these folders, or in use
		}
		if err := errors.Join(killMachine(dir), os.RemoveAll(dir)); err != nil {
			return fmt.Errorf("clean up after process %d: %w", pid, err)
		}
	}
	return nil
}

// killMachine kills what is left of the lab kernel that ran in a folder.
func killMachine(dir string) error {
	pids, err := processes()
	if err != nil {
		return err
	}
	for _, pid := range pids {
		args, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err == nil && slices.Contains(strings.Split(string(args), "\x00"), umlDir+dir) {
			_ = unix.Kill(pid, unix.SIGKILL) // it may have ended meanwhile
		}
	}
	return nil
}

// lockOne takes one of n locks of a name, waiting as long as ctx allows. The kernel
// releases it when the process ends.
func lockOne(ctx context.Context, name string, n int) (release func() error, err error) {
	cache, err := cacheDir()
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		for i := range n {
			f, err := tryLock(filepath.Join(cache, fmt.Sprintf("%s-%d.lock", name, i)))
			if err != nil {
				return nil, err
			}
			if f != nil {
				return f.Close, nil
			}
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for one of %d %s locks: %w", n, name, ctx.Err())
		case <-tick.C:
		}
	}
}

// tryLock locks a file, or gives nil when someone else has it.
func tryLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		return f, nil
	}
	_ = f.Close()
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, nil
	}
	return nil, fmt.Errorf("lock %s: %w", path, err)
}
