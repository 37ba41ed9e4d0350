// SPDX-License-Identifier: Apache-2.0

package track

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"time"
)

// unwatched is how often files are read whose directory cannot be watched.
const unwatched = time.Second

// WatchFiles tells what is in the files of these paths: first of all of them, then of each
// that may have changed. It returns nil when ctx is done.
func WatchFiles(ctx context.Context, log *slog.Logger, paths []string, emit func(path string, r Reading)) error {
	n, err := newInotify()
	if err != nil {
		return err
	}
	defer n.close()
	stop := context.AfterFunc(ctx, func() { _ = n.close() })
	defer stop()
	w := &fileWatch{inotify: n, log: log, emit: emit, steps: map[string][]step{}}
	for _, p := range paths {
		w.steps[p] = nil
	}
	w.readAll()
	for {
		events, err := n.wait(w.retry)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			w.readAll()
		case err != nil:
			return err
		default:
			w.hear(events)
		}
	}
}

// fileWatch is WatchFiles at work.
type fileWatch struct {
	inotify *inotify
	log     *slog.Logger
	emit    func(string, Reading)
	steps   map[string][]step // by path: what is watched for it; nil: has to be found
	retry   time.Time         // when to try again what cannot be watched; zero: all is
	failed  string            // the last such error, logged once
}

// readAll finds and reads all paths anew.
func (w *fileWatch) readAll() {
	w.read(slices.Collect(maps.Keys(w.steps)))
}

// hear reads the files that events can concern.
func (w *fileWatch) hear(events []dirEvent) {
	var changed []string
	for path, steps := range w.steps {
		if steps == nil || slices.ContainsFunc(events, func(ev dirEvent) bool { return w.concerns(ev, steps) }) {
			changed = append(changed, path)
		}
	}
	w.read(changed)
}

func (w *fileWatch) concerns(ev dirEvent, list []step) bool {
	return ev.all || slices.ContainsFunc(list, func(s step) bool {
		return w.inotify.wds[s.dir] == ev.wd && (ev.name == s.name || ev.name == "")
	})
}

// read watches what the paths lead to now, and nothing else any more, and then reads them,
// so that no change is missed.
func (w *fileWatch) read(paths []string) {
	if len(paths) == 0 {
		return
	}
	w.retry = time.Time{}
	for _, path := range paths {
		w.follow(path)
	}
	keep := map[string]bool{}
	for _, list := range w.steps {
		for _, s := range list {
			keep[s.dir] = true
		}
	}
	w.inotify.forget(keep)
	for _, path := range paths {
		w.emit(path, ReadFile(path))
	}
}

// follow watches what a path leads to. A way that changes between looking and watching is
// gone again.
func (w *fileWatch) follow(path string) {
	const tries = 10
	for range tries {
		list := steps(path)
		err := w.watch(list)
		if err == nil && slices.Equal(list, steps(path)) {
			w.steps[path] = list
			return
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			w.complain(err)
			break
		}
	}
	w.steps[path] = nil
	w.retry = time.Now().Add(unwatched)
}

// watch watches the directories of steps.
func (w *fileWatch) watch(list []step) error {
	for _, s := range list {
		if err := w.inotify.watch(s.dir); err != nil {
			return err
		}
	}
	return nil
}

func (w *fileWatch) complain(err error) {
	if text := err.Error(); text != w.failed {
		w.failed = text
		w.log.Warn(fmt.Sprintf("Tracked files are read every %v: %v", unwatched, err))
	}
}
