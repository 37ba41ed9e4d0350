// SPDX-License-Identifier: Apache-2.0

package track

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// fileRig watches files and remembers what was told of them.
type fileRig struct {
	mu   sync.Mutex // guards values
	t    *testing.T
	dir  string
	told map[string][]File
	newC chan struct{}
}

func watchFiles(t *testing.T, names ...string) *fileRig {
	t.Helper()
	return watchFilesIn(t, t.TempDir(), names...)
}

func watchFilesIn(t *testing.T, dir string, names ...string) *fileRig {
	t.Helper()
	r := &fileRig{t: t, dir: dir, told: map[string][]File{}, newC: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	var g errgroup.Group
	var paths []string
	for _, n := range names {
		paths = append(paths, r.at(n))
	}
	g.Go(func() error { return WatchFiles(ctx, quiet(), paths, r.tell) })
	t.Cleanup(func() {
		cancel()
		if err := g.Wait(); err != nil {
			t.Errorf("watch: %v", err)
		}
	})
	for _, n := range names {
		r.await(n, "is told first", func(told []File) bool { return len(told) > 0 })
	}
	return r
}

func (r *fileRig) at(name string) string { return filepath.Join(r.dir, name) }

func (r *fileRig) tell(path string, got Reading) {
	r.mu.Lock()
	defer r.mu.Unlock()
	name, _ := filepath.Rel(r.dir, path)
	r.told[name] = append(r.told[name], got.Value)
	select {
	case r.newC <- struct{}{}:
	default:
	}
}

func (r *fileRig) values(name string) []File {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]File(nil), r.told[name]...)
}

func (r *fileRig) await(name, what string, ok func([]File) bool) {
	r.t.Helper()
	late := time.After(patience)
	for !ok(r.values(name)) {
		select {
		case <-r.newC:
		case <-late:
			r.t.Fatalf("%s: not %s: %v", name, what, r.values(name))
		}
	}
}

// becomes waits until the file has the value.
func (r *fileRig) becomes(name string, want File) {
	r.t.Helper()
	r.await(name, "seen to change", func(told []File) bool { return len(told) > 0 && told[len(told)-1] == want })
}

// TestWatchFile follows one file through all that editors, scripts and packages do to it.
func TestWatchFile(t *testing.T) {
	t.Parallel()
	r := watchFiles(t, "f")
	f := r.at("f")
	write(t, f, "5\n")
	r.becomes("f", 5)
	write(t, f, "6\n")
	r.becomes("f", 6)
	write(t, r.at("new"), "7\n")
	must(t, os.Rename(r.at("new"), f))
	r.becomes("f", 7)
	must(t, os.Remove(f))
	r.becomes("f", 0)
	must(t, os.Link(r.written("linked", "8"), f))
	r.becomes("f", 8)
	must(t, os.Rename(f, r.at("away")))
	r.becomes("f", 0)
	must(t, os.Symlink("away", f))
	r.becomes("f", 8)
	write(t, r.at("away"), "9")
	r.becomes("f", 9)
}

func (r *fileRig) written(name, text string) string {
	r.t.Helper()
	write(r.t, r.at(name), text)
	return r.at(name)
}

// TestWatchFileWaitsForTheWriter: between truncating and writing, a file is empty; a script
// may take seconds for that, in which nothing must change.
func TestWatchFileWaitsForTheWriter(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "f"), "5")
	r := watchFilesIn(t, dir, "f", "other")
	w, err := os.OpenFile(r.at("f"), os.O_WRONLY|os.O_TRUNC, 0)
	must(t, err)
	write(t, r.at("other"), "1")
	r.becomes("other", 1) // so the truncation has been told, if it ever is
	_, err = w.WriteString("6")
	must(t, err)
	write(t, r.at("other"), "2")
	r.becomes("other", 2)
	must(t, w.Close())
	r.becomes("f", 6)
	for _, v := range r.values("f") {
		if v != 5 && v != 6 {
			t.Errorf("told %v", r.values("f"))
		}
	}
}

// TestWatchDirectory follows a file whose directory comes, goes and is replaced.
func TestWatchDirectory(t *testing.T) {
	t.Parallel()
	r := watchFiles(t, "a/b/f")
	must(t, os.MkdirAll(r.at("a/b"), 0o700))
	write(t, r.at("a/b/f"), "1")
	r.becomes("a/b/f", 1)
	must(t, os.RemoveAll(r.at("a")))
	r.becomes("a/b/f", 0)
	must(t, os.MkdirAll(r.at("new/b"), 0o700))
	write(t, r.at("new/b/f"), "2")
	must(t, os.Rename(r.at("new"), r.at("a")))
	r.becomes("a/b/f", 2)
	must(t, os.Rename(r.at("a/b"), r.at("a/old")))
	r.becomes("a/b/f", 0)
	must(t, os.Mkdir(r.at("a/b"), 0o700))
	write(t, r.at("a/b/f"), "3")
	r.becomes("a/b/f", 3)
	write(t, r.at("a/old/f"), "4") // nobody's any more
	write(t, r.at("a/b/f"), "5")
	r.becomes("a/b/f", 5)
}

// TestWatchSwitchedLinks: releases and Kubernetes volumes are switched by renaming a link
// over another, somewhere above the file.
func TestWatchSwitchedLinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, v := range []string{"1", "2"} {
		must(t, os.Mkdir(filepath.Join(dir, "v"+v), 0o700))
		write(t, filepath.Join(dir, "v"+v, "f"), v)
	}
	must(t, os.Symlink("v1", filepath.Join(dir, "data")))
	must(t, os.Symlink("data/f", filepath.Join(dir, "f")))
	r := watchFilesIn(t, dir, "f", "data/f")
	must(t, os.Symlink("v2", r.at("tmp")))
	must(t, os.Rename(r.at("tmp"), r.at("data")))
	r.becomes("f", 2)
	r.becomes("data/f", 2)
	write(t, r.at("v2/f"), "3")
	r.becomes("f", 3)
	r.becomes("data/f", 3)
}

// TestWatchManyFiles of one directory, one of them twice by different ways.
func TestWatchManyFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "d"), 0o700))
	must(t, os.Symlink("d", filepath.Join(dir, "e")))
	r := watchFilesIn(t, dir, "d/a", "d/b", "e/a")
	write(t, r.at("d/a"), "1")
	r.becomes("d/a", 1)
	r.becomes("e/a", 1)
	write(t, r.at("d/b"), "2")
	r.becomes("d/b", 2)
	before := len(r.values("d/b"))
	for range 100 {
		write(t, r.at("d/noise"), "x")
	}
	write(t, r.at("d/a"), "3")
	r.becomes("d/a", 3)
	if after := len(r.values("d/b")); after != before {
		t.Errorf("read %d times for nothing", after-before)
	}
}

// TestWatchChurn: whatever happens to the directories, in the end the file is followed.
func TestWatchChurn(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 0))
	r := watchFiles(t, "a/b/f")
	for round := range 30 {
		for range rng.IntN(12) {
			switch rng.IntN(5) {
			case 0:
				_ = os.RemoveAll(r.at("a"))
			case 1:
				_ = os.MkdirAll(r.at("a/b"), 0o700)
			case 2:
				_ = os.Rename(r.at("a/b"), r.at("a/c"))
			case 3:
				_ = os.Symlink("c", r.at("a/b"))
			case 4:
				_ = os.WriteFile(r.at("a/b/f"), []byte("999"), 0o600)
			}
		}
		_ = os.RemoveAll(r.at("a"))
		must(t, os.MkdirAll(r.at("a/b"), 0o700))
		write(t, r.at("a/b/f"), fmt.Sprint(round+1))
		r.becomes("a/b/f", File(round+1))
	}
	if t.Failed() {
		t.Logf("seed %d", seed)
	}
}

// TestWatchBehindAFile: where a directory should be is a file, which cannot be watched. It is
// looked at again until it can.
func TestWatchBehindAFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "d"), "not a directory")
	r := watchFilesIn(t, dir, "d/f", "other")
	write(t, r.at("other"), "1") // an event of another file must not make it forget
	r.becomes("other", 1)
	must(t, os.Remove(r.at("d")))
	must(t, os.Mkdir(r.at("d"), 0o700))
	write(t, r.at("d/f"), "5")
	r.becomes("d/f", 5)
	write(t, r.at("d/f"), "6")
	r.becomes("d/f", 6)
}

// TestWatchLostEvents reads all files when the kernel had to drop events.
func TestWatchLostEvents(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	n, err := newInotify()
	must(t, err)
	defer n.close()
	var told []File
	w := &fileWatch{inotify: n, log: quiet(), emit: func(_ string, r Reading) { told = append(told, r.Value) }, steps: map[string][]step{path: nil}}
	w.readAll()
	write(t, path, "5")
	w.hear([]dirEvent{{wd: -1, all: true}})
	w.hear([]dirEvent{{wd: 99, name: "f"}}) // of a directory that is not watched any more
	w.hear(nil)
	if len(told) != 2 || told[1] != 5 {
		t.Errorf("told %v", told)
	}
}
