// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"vipward/conf"
	"vipward/vrrp/track"
)

// files are the tracked files. One goroutine watches them all.
type files struct {
	box    *inbox
	group  *errgroup.Group
	log    *slog.Logger
	found  map[string]track.Reading // of the next configuration, by path
	byName map[string]*trackedFile
	paths  []string // that are watched
	run    int      // number of the watcher at work
	cancel context.CancelFunc
}

// trackedFile is one track_file that an instance tracks.
type trackedFile struct {
	name, path string
	value      track.File
	said       string // the last complaint, said once
}

func (f *trackedFile) state() track.Tracker { return f.value }

func (f *trackedFile) reason(w watch, instance string) string {
	return track.FileReason(instance, f.name, f.value.Status(w.weight, w.reverse))
}

// fileRead tells the loop what is in a file now.
type fileRead struct {
	run     int
	path    string
	reading track.Reading
}

func (m fileRead) handle(l *loop) {
	if m.run == l.tracking.files.run {
		l.tracking.fileNews(l, m.path, m.reading)
	}
}

func newFiles(box *inbox, g *errgroup.Group, log *slog.Logger) *files {
	return &files{box: box, group: g, log: log, byName: map[string]*trackedFile{}, cancel: func() {}}
}

// filesOf lists the files that instances and groups of cfg track, each once.
func filesOf(cfg *conf.Config) []*conf.TrackedFile {
	return trackedOnce(cfg, func(t conf.Tracking) []conf.TrackFile { return t.Files },
		func(t conf.TrackFile) *conf.TrackedFile { return t.File })
}

// readFiles reads what cfg tracks.
func readFiles(cfg *conf.Config) map[string]track.Reading {
	out := map[string]track.Reading{}
	for _, f := range filesOf(cfg) {
		out[f.Path] = track.ReadFile(f.Path)
	}
	return out
}

// initFiles makes the files with init_file. That is done when the daemon starts, and not by
// a reload or by the successor of a process that crashed.
func initFiles(cfg *conf.Config, log *slog.Logger) {
	for _, f := range cfg.Files {
		if !f.Init {
			continue
		}
		if err := track.InitFile(f.Path, f.InitValue, f.Overwrite); err != nil {
			log.Error(fmt.Sprintf("Unable to initialise track file %s: %v", f.Name, err))
		}
	}
}

// set goes over to the files of cfg. A watcher that goes on knows more than what was looked
// up for it.
func (f *files) set(cfg *conf.Config) {
	list := filesOf(cfg)
	paths := map[string]bool{}
	for _, c := range list {
		paths[c.Path] = true
	}
	was := f.byPath()
	f.byName = map[string]*trackedFile{}
	same := f.watch(slices.Sorted(maps.Keys(paths)))
	for _, c := range list {
		t := &trackedFile{name: c.Name, path: c.Path}
		if same {
			t.value, t.said = was[c.Path].value, was[c.Path].said
		} else {
			t.take(f.found[c.Path], f.log)
		}
		f.byName[c.Name] = t
	}
}

func (f *files) byPath() map[string]*trackedFile {
	out := map[string]*trackedFile{}
	for _, t := range f.byName {
		out[t.path] = t
	}
	return out
}

// watch watches these paths. It says whether they are those that were watched already. The
// first thing that a new watcher does is to tell what is in each file.
func (f *files) watch(paths []string) (same bool) {
	if slices.Equal(paths, f.paths) {
		return true
	}
	f.stop()
	if f.paths = paths; len(paths) == 0 {
		return false
	}
	run := f.run
	f.cancel = keepWatching(f.box, f.group, f.log, "files", func(ctx context.Context) error {
		return track.WatchFiles(ctx, f.log, paths, func(path string, r track.Reading) {
			f.box.post(fileRead{run, path, r})
		})
	})
	return false
}

// stop ends the watcher; what it still says does not count.
func (f *files) stop() {
	f.cancel()
	f.run++
	f.paths = nil
}

// take takes what was read. A number that is not valid leaves the earlier one.
func (t *trackedFile) take(r track.Reading, log *slog.Logger) (changed bool) {
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
	t.said = complaint
	if r.Invalid != nil || t.value == r.Value {
		return false
	}
	t.value = r.Value
	return true
}

// fileNews takes a change of a file, and says which instances it brings into Fault or out.
func (t *tracking) fileNews(l *loop, path string, r track.Reading) {
	changed := false
	for _, f := range t.files.byName {
		if f.path != path {
			continue
		}
		was := *f
		if !f.take(r, t.log) {
			continue
		}
		changed = true
		t.fileFaults(l, f, &was)
	}
	if changed {
		l.refresh()
	}
}

func (t *tracking) fileFaults(l *loop, f, was *trackedFile) {
	for _, vi := range l.vis {
		for _, w := range t.watches[vi.cfg.Name] {
			if w.of != watched(f) {
				continue
			}
			now := w.effect().Fault
			w.of = was
			if w.effect().Fault != now {
				l.line(track.FaultLine(vi.cfg.Name, f.name, now), false)
			}
		}
	}
}
