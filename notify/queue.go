// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// waitingLimit is the number of jobs that may wait behind one key.
	waitingLimit = 32
	// programLimit is how long a program may keep those behind it waiting. It is not
	// ended, since keepalived lets notify scripts run for as long as they like.
	programLimit = 60 * time.Second
	// graceLimit is how long a stop waits for jobs that are not the last of their key.
	graceLimit = 500 * time.Millisecond
	// stopLimit is how long it waits for the last one, as keepalived, and on while other
	// programs come to their end: 250 instances have many.
	stopLimit = time.Second
	// drainLimit is how long it waits in all. The process has 5 seconds to stop, of which
	// programs that ignore SIGTERM take 2.
	drainLimit = 2500 * time.Millisecond
)

// errStopping is why a program is ended that did not end by itself in time.
var errStopping = errors.New("ended since the daemon stops")

// Job is what to run for one change of state.
type Job struct {
	Key      string    // jobs of one key run in order; opens the log lines: (VI_1)
	State    string    // for log lines: MASTER, BACKUP, …
	Commands []Command // one after the other
}

// Queue runs jobs in the background: those of one key in order and one at a time, those of
// different keys side by side.
type Queue struct {
	run      func(context.Context, Command) Result
	log      *slog.Logger
	workers  errgroup.Group  // one for each key with jobs
	programs errgroup.Group  // one for each running program
	life     context.Context // ends when Drain does
	end      context.CancelCauseFunc
	drainC   chan struct{} // closed when Drain begins

	mu      sync.Mutex // guards the rest
	waiting map[string][]Job
	drained time.Time // when Drain began; zero: not yet
	ended   time.Time // when the last program did
}

// NewQueue makes a Queue that starts its programs with r. It has to be drained.
func NewQueue(r *Runner, log *slog.Logger) *Queue { return newQueue(r.Watch, log) }

func newQueue(run func(context.Context, Command) Result, log *slog.Logger) *Queue {
	q := &Queue{run: run, log: log, waiting: make(map[string][]Job), drainC: make(chan struct{})}
	q.life, q.end = context.WithCancelCause(context.Background())
	return q
}

// Add puts a job behind the others of its key and returns at once. When too many wait, the
// oldest of them is skipped: what counts is the state that holds in the end.
func (q *Queue) Add(j Job) {
	if len(j.Commands) == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.drained.IsZero() {
		q.log.Warn(skippedLine(j, "the daemon stops"))
		return
	}
	jobs, busy := q.waiting[j.Key]
	if len(jobs) == waitingLimit {
		q.log.Warn(skippedLine(jobs[0], "scripts take too long"))
		jobs = jobs[1:]
	}
	q.waiting[j.Key] = append(jobs, j)
	if !busy {
		q.workers.Go(func() error {
			q.work(j.Key)
			return nil
		})
	}
}

// Drain takes no more jobs and returns when no program is left. Programs of the last job of
// each key get a second or, where there are many, a little more; of those before it, what is not done after half a second is skipped. Then
// programs that still run get SIGTERM and SIGKILL, in all their process groups.
func (q *Queue) Drain() {
	q.mu.Lock()
	if q.drained.IsZero() {
		q.drained = time.Now()
		close(q.drainC)
	}
	q.mu.Unlock()
	_ = q.workers.Wait() // they have no errors
	q.end(errStopping)
	_ = q.programs.Wait()
}

// work does the jobs of a key until there are none.
func (q *Queue) work(key string) {
	for {
		j, ok := q.next(key)
		if !ok {
			return
		}
		for i, c := range j.Commands {
			if i > 0 && q.late(key) {
				q.log.Warn(skippedLine(j, "the daemon stops"))
				break
			}
			q.do(j, c)
		}
	}
}

// next takes the first waiting job of a key, or forgets the key when there is none.
func (q *Queue) next(key string) (Job, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	jobs := q.waiting[key]
	if len(jobs) == 0 {
		delete(q.waiting, key)
		return Job{}, false
	}
	if q.graceOver() {
		for ; len(jobs) > 1; jobs = jobs[1:] {
			q.log.Warn(skippedLine(jobs[0], "the daemon stops"))
		}
	}
	q.waiting[key] = jobs[1:]
	return jobs[0], true
}

// late says whether a key's job has to make room for the last one.
func (q *Queue) late(key string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting[key]) > 0 && q.graceOver()
}

// graceOver says whether a stop waits for last jobs only.
func (q *Queue) graceOver() bool {
	return !q.drained.IsZero() && time.Since(q.drained) >= graceLimit
}

// do runs one program of a job and waits for its end, within limits.
func (q *Queue) do(j Job, c Command) {
	began := time.Now()
	doneC := make(chan struct{})
	q.programs.Go(func() error {
		defer close(doneC)
		q.report(j, c, q.run(q.life, c))
		return nil
	})
	t := time.NewTimer(programLimit)
	defer t.Stop()
	select {
	case <-doneC:
		return
	case <-t.C:
		q.log.Warn(overrunLine(j, c))
		return
	case <-q.drainC:
	}
	for wait := q.patience(j.Key, began); wait > 0; wait = q.patience(j.Key, began) {
		t.Reset(wait)
		select {
		case <-doneC:
			return
		case <-t.C:
		}
	}
}

// patience is how much longer a stop waits for a program of a key that began at some time. It grows when another program ends.
func (q *Queue) patience(key string, began time.Time) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	end := q.drained.Add(graceLimit)
	if len(q.waiting[key]) == 0 {
		end = q.drained.Add(stopLimit)
		for _, t := range []time.Time{began, q.ended} {
			if t = t.Add(stopLimit); t.After(end) {
				end = t
			}
		}
	}
	if last := q.drained.Add(drainLimit); end.After(last) {
		end = last
	}
	return time.Until(end)
}

// report logs how a program ended, and what a failed one said.
func (q *Queue) report(j Job, c Command, r Result) {
	q.mu.Lock()
	q.ended = time.Now()
	q.mu.Unlock()
	if r.OK() {
		q.log.Debug(endedLine(j, c, r))
		return
	}
	q.log.Info(endedLine(j, c, r))
	for _, line := range r.Lines() {
		q.log.Info(outputLine(j, c, line))
	}
}
