// SPDX-License-Identifier: Apache-2.0

package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vipward/conf"
)

func TestReloadTime(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("east", 3600)
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, zone)
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, zone) }
	tests := []struct {
		line string
		want time.Time // zero: an error
	}{
		{"12:30:00", at(22, 12, 30)},
		{"11:30:00", at(23, 11, 30)},
		{"12:00:00", at(23, 12, 0)},
		{"11:30:00Z", at(22, 12, 30)},
		{"10:30:00Z", at(23, 11, 30)},
		{"2026-11-23 01:02:00", at(23, 1, 2)},
		{"26-11-23 01:02:00", at(23, 1, 2)},
		{"26-11-23 01:02:00Z", at(23, 2, 2)},
		{"2026-11-22 11:59:59", time.Time{}},
		{"24:00:00", time.Time{}},
		{"2026-13-01 00:00:00", time.Time{}},
		{"soon", time.Time{}},
		{"", time.Time{}},
	}
	for _, tt := range tests {
		got, err := reloadTime(tt.line, now)
		if !got.Equal(tt.want) || (err != nil) != tt.want.IsZero() {
			t.Errorf("%q: %v, %v, want %v", tt.line, got, err, tt.want)
		}
	}
}

// timed is a reloadTimer with a file, and what it did.
type timed struct {
	*reloadTimer
	t       *testing.T
	conf    conf.Daemon
	reloads int
	text    strings.Builder
	now     time.Time
}

func newTimed(t *testing.T) *timed {
	t.Helper()
	r := &timed{t: t, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.Local)}
	r.conf.ReloadTimeFile = filepath.Join(t.TempDir(), "at")
	r.reloadTimer = &reloadTimer{
		settings: func() conf.Daemon { return r.conf }, reload: func() { r.reloads++ }, log: slog.New(slog.NewTextHandler(&r.text, nil)),
	}
	return r
}

func (r *timed) write(text string) {
	r.t.Helper()
	must(r.t, os.WriteFile(r.conf.ReloadTimeFile, []byte(text), 0o600))
}

// pass lets time pass, with a look each second.
func (r *timed) pass(seconds int) {
	for range seconds {
		r.now = r.now.Add(time.Second)
		r.look(r.now)
	}
}

func (r *timed) want(what string, reloads int, file bool) {
	r.t.Helper()
	_, err := os.Stat(r.conf.ReloadTimeFile)
	if r.reloads != reloads || (err == nil) != file {
		r.t.Errorf("%s: %d reloads and file %v, want %d and %v\n%s", what, r.reloads, err == nil, reloads, file, r.text.String())
	}
}

// TestReloadTimer: once, and the file goes; another file counts again.
func TestReloadTimer(t *testing.T) {
	t.Parallel()
	r := newTimed(t)
	r.pass(3)
	r.want("no file", 0, false)
	r.write("12:00:10\n")
	r.pass(6)
	r.want("not yet", 0, true)
	r.pass(5)
	r.want("in time", 1, false)
	r.pass(100)
	r.want("once", 1, false)
	r.write("12:02:30")
	r.pass(60)
	r.want("the second", 2, false)
	if n := strings.Count(r.text.String(), "Scheduling reload for 2026-11-22 12:0"); n != 2 {
		t.Errorf("%d lines:\n%s", n, r.text.String())
	}
}

// TestReloadTimerChanges: the file may be changed, taken away, or make no sense.
func TestReloadTimerChanges(t *testing.T) {
	t.Parallel()
	r := newTimed(t)
	r.write("12:00:10")
	r.pass(3)
	r.write("12:00:20")
	r.pass(12)
	r.want("moved", 0, true)
	must(t, os.Remove(r.conf.ReloadTimeFile))
	r.pass(20)
	r.want("taken back", 0, false)
	r.write("whenever")
	r.pass(20)
	r.want("nonsense", 0, true)
	if n := strings.Count(r.text.String(), "neither HH:MM:SS"); n != 1 {
		t.Errorf("told %d times:\n%s", n, r.text.String())
	}
	r.write("12:01:10")
	r.conf.ReloadTimeFile = ""
	r.pass(100)
	if r.reloads != 0 {
		t.Error("reloaded though no file is configured any more")
	}
}

// TestReloadTimerRepeats: every day, and the file stays.
func TestReloadTimerRepeats(t *testing.T) {
	t.Parallel()
	r := newTimed(t)
	r.conf.ReloadRepeat = true
	r.write("12:00:10")
	r.pass(20)
	r.want("first day", 1, true)
	r.now = r.now.Add(24*time.Hour - 30*time.Second)
	r.pass(10)
	r.want("before it", 1, true)
	r.pass(20)
	r.want("second day", 2, true)
}
