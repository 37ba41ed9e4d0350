// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"slices"

	"vipward/conf"
	"vipward/internal/statefile"
)

// restFile is the form of an instance_state_file: the instances that an operator lets rest.
type restFile struct {
	Version int      `json:"version"`
	Resting []string `json:"resting"`
}

const restFileVersion = 1

// restWrite asks for the file to be written.
type restWrite struct {
	path  string
	names []string
	done  chan<- error // buffered; nil: nobody waits
}

// errSlowDisk says that earlier writes have not ended.
var errSlowDisk = errors.New("the disk does not answer")

// restWrites is how many may wait for a slow disk.
const restWrites = 8

// recallResting gives the instances that rested when the daemon ended. A file that cannot be
// used is kept aside, and not overwritten with the next order.
func recallResting(path string, log *slog.Logger) []string {
	if path == "" {
		return nil
	}
	var in restFile
	err := statefile.Read(path, &in)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && in.Version == restFileVersion:
		return in.Resting
	case err == nil:
		err = fmt.Errorf("%s has version %d, not %d", path, in.Version, restFileVersion)
	}
	aside, moved := statefile.Aside(path)
	log.Error(restUnusableLine(errors.Join(err, moved), aside))
	return nil
}

// keepResting lets the file be written beside the loop, which must not wait for a disk.
func (l *loop) keepResting(path string, done chan<- error) {
	w := restWrite{path: path, names: slices.Sorted(maps.Keys(l.resting)), done: done}
	if path == "" {
		w.answer(nil, l.env.Log)
		return
	}
	select {
	case l.restC <- w:
	default:
		w.answer(errSlowDisk, l.env.Log)
	}
}

// answer tells who waits, or else the log, why nothing was kept; nil: it was.
func (w restWrite) answer(err error, log *slog.Logger) {
	if err != nil {
		err = fmt.Errorf("the order holds until the daemon stops, but is not kept: %w", err)
	}
	switch {
	case w.done != nil:
		w.done <- err
	case err != nil:
		log.Error("instance_state_file: " + err.Error())
	}
}

// keepRests writes the file until ctx ends, and then what still waits.
func keepRests(ctx context.Context, writes <-chan restWrite, log *slog.Logger) {
	for {
		select {
		case w := <-writes:
			w.do(log)
		case <-ctx.Done():
			for len(writes) > 0 {
				(<-writes).do(log)
			}
			return
		}
	}
}

func (w restWrite) do(log *slog.Logger) {
	w.answer(statefile.Write(w.path, restFile{restFileVersion, w.names}), log)
}

// pruneResting forgets those that the configuration has no more: an instance that gets the
// name later is another one. The file follows, also to another place.
func (l *loop) pruneResting(was string) {
	gone := false
	for _, name := range slices.Sorted(maps.Keys(l.resting)) {
		if !slices.ContainsFunc(l.cfg.Instances, func(c *conf.Instance) bool { return c.Name == name }) {
			delete(l.resting, name)
			l.env.Log.Info(restEndedLine(name))
			gone = true
		}
	}
	if path := l.cfg.Global.VRRP.StateFile; gone || path != was {
		l.keepResting(path, nil)
	}
}
