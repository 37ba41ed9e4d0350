// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"vipward/checker/probe"
	"vipward/conf"
	"vipward/vrrp/track"
)

// watchAgain is the wait before files are watched again after an error.
const watchAgain = time.Second

// files are the tracked files of FILE_CHECK. One goroutine watches them all.
type files struct {
	log    *slog.Logger
	group  *errgroup.Group
	newsC  chan fileNews
	disk   disk
	byPath map[string]*trackedFile
	paths  []string // that are watched, or will be
	run    int      // number of the watcher at work
	cancel context.CancelFunc
}

// fileNews tells what is in a file now.
type fileNews struct {
	run     int
	path    string
	reading track.Reading
}

// disk is where files are: the functions of package track.
type disk struct {
	init  func(path string, value int, overwrite bool) error
	read  func(path string) track.Reading
	watch func(ctx context.Context, log *slog.Logger, paths []string, emit func(path string, r track.Reading)) error
}

var hostDisk = disk{track.InitFile, track.ReadFile, track.WatchFiles}

// trackedFile is what is known of a file.
type trackedFile struct {
	name, path string
	number     int32
	said       string // the last complaint, said once
}

// filesOf gives the files that checks of cfg follow by their paths.
func filesOf(cfg *conf.Config) map[string]*conf.TrackedFile {
	out := map[string]*conf.TrackedFile{}
	for _, vs := range cfg.VirtualServers {
		for _, rs := range vs.RealServers {
			for _, c := range rs.Checkers {
				if c.File != nil {
					out[c.File.File.Path] = c.File.File
				}
			}
		}
	}
	return out
}

// initFiles makes the files with init_file, when the daemon starts.
func (f *files) initFiles(cfg *conf.Config) {
	for path, file := range filesOf(cfg) {
		if !file.Init {
			continue
		}
		if err := f.disk.init(path, file.InitValue, file.Overwrite); err != nil {
			f.log.Error(fmt.Sprintf("Unable to initialise track file %s: %v", file.Name, err))
		}
	}
}

// follow goes over to the files of cfg. Files that were watched already are as they
// were; others are read.
func (f *files) follow(cfg *conf.Config) {
	was := f.byPath
	f.byPath = map[string]*trackedFile{}
	for path, c := range filesOf(cfg) {
		t := was[path]
		if t == nil {
			t = &trackedFile{name: c.Name, path: path}
			t.take(f.disk.read(path), f.log)
		}
		t.name = c.Name
		f.byPath[path] = t
	}
	paths := slices.Sorted(maps.Keys(f.byPath))
	if slices.Equal(paths, f.paths) {
		return
	}
	f.stop()
	f.paths = paths
}

// start watches the files if that is not done. What each of them holds comes first.
func (f *files) start(ctx context.Context) {
	if f.cancel != nil || len(f.paths) == 0 {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	f.cancel = cancel
	run, paths := f.run, f.paths
	f.group.Go(func() error {
		f.keepWatching(ctx, run, paths)
		return nil
	})
}

// keepWatching begins again after an error, until ctx is done.
func (f *files) keepWatching(ctx context.Context, run int, paths []string) {
	for said := ""; ; {
		err := f.disk.watch(ctx, f.log, paths, func(path string, r track.Reading) {
			select {
			case f.newsC <- fileNews{run, path, r}:
			case <-ctx.Done():
			}
		})
		if ctx.Err() != nil {
			return
		}
		if err != nil && said != err.Error() {
			said = err.Error()
			f.log.Error(fmt.Sprintf("Tracked files are not watched: %v", err))
		}
		select {
		case <-time.After(watchAgain):
		case <-ctx.Done():
		}
	}
}

// stop ends the watcher; what it still says does not count.
func (f *files) stop() {
	if f.cancel != nil {
		f.cancel()
	}
	f.cancel = nil
	f.run++
}

// hear takes what the watcher says, and gives the source that it is about; empty: nobody's.
func (f *files) hear(n fileNews) (source string) {
	t := f.byPath[n.path]
	if n.run != f.run || t == nil {
		return ""
	}
	t.take(n.reading, f.log)
	return probe.FileSource(n.path)
}

// judge says what a file means for a check that follows it.
func (f *files) judge(c *conf.Checker) probe.Result {
	return probe.JudgeFile(c.File, f.byPath[c.File.File.Path].number)
}

// take takes what was read. A number that is not valid leaves the earlier one.
func (t *trackedFile) take(r track.Reading, log *slog.Logger) {
	complaint := ""
	switch {
	case r.Invalid != nil:
		complaint = track.InvalidLine(t.path, *r.Invalid)
	case r.Err != nil:
		complaint = fmt.Sprintf("Tracked file %s counts as 0: %v", t.name, r.Err)
	}
	if complaint != "" && complaint != t.said {
		log.Warn(complaint)
	}
	if t.said = complaint; r.Invalid == nil {
		t.number = int32(r.Value)
	}
}
