// SPDX-License-Identifier: Apache-2.0

package track

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// ProcessChange is a tracker whose quorum was gained or lost.
type ProcessChange struct {
	Name string
	Up   Up
}

// ProcessWatch watches the processes of the machine for trackers.
type ProcessWatch struct {
	Trackers []ProcessTracker
	RcvBuf   int // of the events' socket in bytes; 0: as vipward thinks fit
	Log      *slog.Logger
	Emit     func([]ProcessChange)
	Gauges   map[string]*Gauge // by tracker: kept true for others to read; may be nil

	census *Census
	proc   procfs
}

// Gauge shows how a tracker stands. It may be read while the watch runs.
type Gauge struct {
	Count   atomic.Int64 // processes that count
	Waiting atomic.Bool  // a change waits for its delay
}

// gauge brings the gauges up to date.
func (w *ProcessWatch) gauge() {
	for i, t := range w.Trackers {
		if g := w.Gauges[t.Name]; g != nil {
			s := &w.census.states[i]
			g.Count.Store(int64(s.Count()))
			g.Waiting.Store(!s.Deadline().IsZero())
		}
	}
}

// CountProcesses gives the state of each tracker now.
func CountProcesses(trackers []ProcessTracker) (map[string]Up, error) {
	w := ProcessWatch{Trackers: trackers}
	w.begin()
	pids, err := w.proc.pids()
	if err != nil {
		return nil, err
	}
	for _, pid := range pids {
		w.look(time.Time{}, pid, Executed)
	}
	w.census.Begin()
	return w.census.Ups(), nil
}

// Run tells the state of all trackers and then what changes. It hears of changes from the
// kernel where that tells them, and else looks for them. It returns nil when ctx is done.
func (w *ProcessWatch) Run(ctx context.Context) error {
	w.begin()
	conn, err := openConnector(w.RcvBuf)
	if errors.Is(err, errNoEvents) {
		w.Log.Warn(pollingLine(err))
		return w.poll(ctx)
	}
	if err != nil {
		return fmt.Errorf("watch processes: %w", err)
	}
	defer conn.close()
	stop := context.AfterFunc(ctx, func() { _ = conn.close() })
	defer stop()
	w.Log.Debug(confirmedLine)
	if err := w.listen(conn); ctx.Err() == nil {
		return fmt.Errorf("watch processes: %w", err)
	}
	return nil
}

func (w *ProcessWatch) begin() {
	w.census = NewCensus(w.Trackers)
	w.proc.root = "/proc"
}

// listen follows the kernel's events until the connector fails.
func (w *ProcessWatch) listen(conn *connector) error {
	if err := w.first(); err != nil {
		return err
	}
	for {
		ev, err := conn.next(w.census.Deadline())
		now := time.Now()
		switch {
		case errors.Is(err, unix.ENOBUFS): // events were lost
			err = w.lookAtAll(now)
		case errors.Is(err, os.ErrDeadlineExceeded):
			err = nil
		case err == nil:
			w.changed(w.follow(now, ev))
		}
		if err != nil {
			return err
		}
		w.changed(w.census.Wake(now))
	}
}

func (w *ProcessWatch) follow(now time.Time, ev processEvent) []string {
	switch ev.what {
	case eventFork:
		return w.census.Fork(now, ev.pid, ev.child)
	case eventExec, eventComm:
		return w.look(now, ev.pid, Executed)
	case eventExit:
		return w.census.Exit(now, ev.pid)
	}
	return nil
}

// first counts what runs now, and tells the state of every tracker.
func (w *ProcessWatch) first() error {
	pids, err := w.proc.pids()
	if err != nil {
		return err
	}
	for _, pid := range pids {
		w.look(time.Time{}, pid, Executed)
	}
	w.census.Begin()
	var all []string
	for _, t := range w.Trackers {
		all = append(all, t.Name)
	}
	w.changed(all)
	return nil
}

// lookAtAll compares what is known with what runs now.
func (w *ProcessWatch) lookAtAll(now time.Time) error {
	pids, err := w.proc.pids()
	if err != nil {
		return err
	}
	runs := make(map[int]bool, len(pids))
	for _, pid := range pids {
		runs[pid] = true
		w.changed(w.look(now, pid, Executed))
	}
	w.dropGone(now, runs)
	return nil
}

// dropGone takes the end of those processes that do not run any more.
func (w *ProcessWatch) dropGone(now time.Time, runs map[int]bool) {
	for _, pid := range w.census.PIDs() {
		if !runs[pid] {
			w.changed(w.census.Exit(now, pid))
		}
	}
}

// look reads what a process is now.
func (w *ProcessWatch) look(now time.Time, pid int, why Cause) []string {
	comm := w.proc.comm(pid)
	if comm == "" {
		return w.census.Exit(now, pid)
	}
	var command []byte
	if w.census.NeedsCommand() {
		command = w.proc.command(pid)
	}
	matches := w.census.Match(comm, command)
	if len(matches) > 0 && w.proc.ended(pid) {
		return w.census.Exit(now, pid)
	}
	return w.census.Seen(now, pid, matches, why)
}

// changed tells the state of the trackers of these names.
func (w *ProcessWatch) changed(names []string) {
	w.gauge()
	if len(names) == 0 {
		return
	}
	ups := w.census.Ups()
	changes := make([]ProcessChange, 0, len(names))
	for _, name := range names {
		changes = append(changes, ProcessChange{name, ups[name]})
	}
	w.Emit(changes)
}
