// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"errors"
	"fmt"
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
	// drainLimit is programLimit while the Queue drains.
	drainLimit = time.Second
)

// Job is what to run for one change of state.
type Job struct {
	Key      string    // jobs of one key run in order: the name of the instance
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
	end      context.CancelFunc
	drainC   chan struct{} // closed when Drain begins

	mu      sync.Mutex // guards waiting and closed
	waiting map[string][]Job
	closed  bool
}

// NewQueue makes a Queue that starts its programs with r. It has to be drained.
func NewQueue(r *Runner, log *slog.Logger) *Queue { return newQueue(r.Watch, log) }

func newQueue(run func(context.Context, Command) Result, log *slog.Logger) *Queue {
	q := &Queue{run: run, log: log, waiting: make(map[string][]Job), drainC: make(chan struct{})}
	q.life, q.end = context.WithCancel(context.Background())
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
	if q.closed {
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

// Drain takes no more jobs and returns when all are done, or soon after ctx is. Then of the
// jobs that still wait only the last of each key is started, and nobody waits for it. No
// program is ended.
func (q *Queue) Drain(ctx context.Context) error {
	q.mu.Lock()
	if !q.closed {
		q.closed = true
		close(q.drainC)
	}
	q.mu.Unlock()
	idleC := make(chan struct{})
	q.programs.Go(func() error {
		defer close(idleC)
		return q.workers.Wait()
	})
	var err error
	select {
	case <-idleC:
	case <-ctx.Done():
		err = fmt.Errorf("wait for notify scripts: %w", context.Cause(ctx))
		q.skipToLast()
	}
	q.end()
	return errors.Join(err, q.programs.Wait())
}

// skipToLast leaves only the last waiting job of each key.
func (q *Queue) skipToLast() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for key, jobs := range q.waiting {
		for len(jobs) > 1 {
			q.log.Warn(skippedLine(jobs[0], "the daemon stops"))
			jobs = jobs[1:]
		}
		q.waiting[key] = jobs
	}
}

// work does the jobs of a key until there are none.
func (q *Queue) work(key string) {
	for {
		j, ok := q.next(key)
		if !ok {
			return
		}
		for _, c := range j.Commands {
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
	q.waiting[key] = jobs[1:]
	return jobs[0], true
}

// do runs one program and waits for its end, within limits.
func (q *Queue) do(j Job, c Command) {
	doneC := make(chan struct{})
	q.programs.Go(func() error {
		defer close(doneC)
		q.report(j, c, q.run(q.life, c))
		return nil
	})
	if q.wait(doneC, programLimit, q.drainC) || q.wait(doneC, drainLimit, nil) {
		return
	}
	if q.life.Err() == nil {
		q.log.Warn(overrunLine(j, c))
	}
}

// wait says whether doneC was closed within the limit; it gives up early when breakC is
// closed.
func (q *Queue) wait(doneC <-chan struct{}, limit time.Duration, breakC <-chan struct{}) bool {
	t := time.NewTimer(limit)
	defer t.Stop()
	select {
	case <-doneC:
		return true
	case <-t.C:
	case <-breakC:
	case <-q.life.Done():
	}
	return false
}

// report logs how a program ended.
func (q *Queue) report(j Job, c Command, r Result) {
	if r.OK() {
		q.log.Debug(endedLine(j, c, r))
		return
	}
	q.log.Info(endedLine(j, c, r))
}
