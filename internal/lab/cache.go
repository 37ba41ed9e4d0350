// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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

func makeCacheTemp(prefix string) (string, error) {
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	return os.MkdirTemp(cache, prefix)
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
