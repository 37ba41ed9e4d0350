// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"vipward/conf"
)

// reloadTimer is reload_time_file: a reload at the time that stands in the file.
type reloadTimer struct {
	settings func() conf.Daemon
	reload   func()
	log      *slog.Logger

	path string
	seen string // what was read
	due  time.Time
}

// reloadLook is how often the file is looked at.
const reloadLook = time.Second

// run looks at the file until ctx ends.
func (r *reloadTimer) run(ctx context.Context) error {
	tick := time.NewTicker(reloadLook)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			r.look(now)
		case <-ctx.Done():
			return nil
		}
	}
}

// look follows the file, and asks for the reload when it is time.
func (r *reloadTimer) look(now time.Time) {
	s := r.settings()
	if s.ReloadTimeFile != r.path {
		r.path, r.seen, r.due = s.ReloadTimeFile, "", time.Time{}
	}
	if r.path == "" {
		return
	}
	line, err := readLine(r.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		line = err.Error()
	}
	if line != r.seen {
		r.schedule(now, line, err)
	}
	if r.due.IsZero() || now.Before(r.due) {
		return
	}
	r.due = time.Time{}
	if s.ReloadRepeat {
		r.schedule(now, line, nil)
	} else {
		r.seen = ""
		report(r.log, os.Remove(r.path))
	}
	r.reload()
}

// schedule takes another first line of the file.
func (r *reloadTimer) schedule(now time.Time, line string, err error) {
	r.seen, r.due = line, time.Time{}
	if err == nil {
		r.due, err = reloadTime(line, now)
	}
	switch {
	case err == nil:
		r.log.Info("Scheduling reload for " + r.due.Format(time.DateTime))
	case line == "": // the file has gone, or is not written yet
	default:
		r.log.Warn(fmt.Sprintf("reload_time_file %s: %v", r.path, err))
	}
}

// reloadTime reads HH:MM:SS, the next such moment after now, or a date and time; a Z behind
// it means UTC.
func reloadTime(line string, now time.Time) (time.Time, error) {
	zone, text := now.Location(), line
	if short, ok := strings.CutSuffix(line, "Z"); ok {
		zone, text = time.UTC, short
	}
	if t, err := time.ParseInLocation(time.TimeOnly, text, zone); err == nil {
		today := now.In(zone)
		at := time.Date(today.Year(), today.Month(), today.Day(), t.Hour(), t.Minute(), t.Second(), 0, zone)
		if !at.After(now) {
			at = time.Date(today.Year(), today.Month(), today.Day()+1, t.Hour(), t.Minute(), t.Second(), 0, zone)
		}
		return at, nil
	}
	for _, layout := range []string{time.DateTime, "06-01-02 15:04:05"} {
		t, err := time.ParseInLocation(layout, text, zone)
		if err != nil {
			continue
		}
		if !t.After(now) {
			return time.Time{}, fmt.Errorf("%q is in the past", line)
		}
		return t, nil
	}
	return time.Time{}, fmt.Errorf("%q is neither HH:MM:SS nor [YY]YY-MM-DD HH:MM:SS", line)
}

// readLine gives the first line of a file, without waiting for a writer of a FIFO.
func readLine(path string) (string, error) {
	const enough = 64
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, enough))
	line, _, _ := strings.Cut(string(b), "\n")
	return strings.TrimSpace(line), err
}
