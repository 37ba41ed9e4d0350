// SPDX-License-Identifier: Apache-2.0

package track

import (
	"context"
	"errors"
	"log/slog"
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
	steps   map[string][]step // by path: what has to be watched for it
	retry   time.Time         // when to try again what cannot be watched; zero: all is
	failed  string            // the last such error, logged once
}

// readAll finds all paths anew.
func (w *fileWatch) readAll() {
	for path := range w.steps {
		w.steps[path] = nil
	}
	w.follow()
	for path := range w.steps {
		w.emit(path, ReadFile(path))
	}
}

// hear reads the files that events can concern.
func (w *fileWatch) hear(events []dirEvent) {
	var changed []string
	for path, steps := range w.steps {
		if slices.ContainsFunc(events, func(ev dirEvent) bool { return w.concerns(ev, steps) }) {
			changed = append(changed, path)
		}
	}
	for _, path := range changed {
		w.steps[path] = nil
	}
	w.follow()
	for _, path := range changed {
		w.emit(path, ReadFile(path))
	}
}

func (w *fileWatch) concerns(ev dirEvent, list []step) bool {
	return ev.all || slices.ContainsFunc(list, func(s step) bool {
		return w.inotify.wds[s.dir] == ev.wd && (ev.name == s.name || ev.name == "")
	})
}

// follow watches what the paths without steps lead to, and nothing else any more. A way
// that changes between looking and watching is gone again.
func (w *fileWatch) follow() {
	w.retry = time.Time{}
	keep := map[string]bool{}
	for path, have := range w.steps {
		for next := steps(path); !slices.Equal(have, next); next = steps(path) {
			have = next
			if !w.watch(have) {
				break
			}
		}
		w.steps[path] = have
		for _, s := range have {
			keep[s.dir] = true
		}
	}
	w.inotify.forget(keep)
}

// watch watches the directories of steps, and says whether all could be.
func (w *fileWatch) watch(list []step) bool {
	for _, s := range list {
		err := w.inotify.watch(s.dir)
		if err == nil {
			continue
		}
		if text := err.Error(); text != w.failed && !errors.Is(err, os.ErrNotExist) {
			w.failed = text
			w.log.Warn("Tracked files are read once a second: " + text)
		}
		w.retry = time.Now().Add(unwatched)
		return false
	}
	return true
}
