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
// different keys side by side. With a limit of keys at work the others stand in line, and
// of each of these only the newest job is kept: what counts is the state that holds in the
// end.
type Queue struct {
	limit    int // of keys at work; 0: none
	run      func(context.Context, Command) Result
	log      *slog.Logger
	workers  errgroup.Group  // one for each key with jobs
	programs errgroup.Group  // one for each running program
	life     context.Context // ends when Drain does
	end      context.CancelCauseFunc
	drainC   chan struct{} // closed when Drain begins

	mu      sync.Mutex // guards the rest
	waiting map[string][]Job
	atWork  int
	line    []string // keys that nobody works for yet
	inLine  map[string]bool
	skipped int       // jobs of keys in line
	drained time.Time // when Drain began; zero: not yet
	ended   time.Time // when the last program did
}

// NewQueue makes a Queue that starts its programs with r. It has to be drained.
func NewQueue(r *Runner, log *slog.Logger) *Queue { return newQueue(r.Watch, log) }

// Limit bounds the keys at work, and so the programs at a time; 0 is no bound. It is set
// before the first job.
func (q *Queue) Limit(keys int) { q.limit = keys }

func newQueue(run func(context.Context, Command) Result, log *slog.Logger) *Queue {
	q := &Queue{run: run, log: log, waiting: make(map[string][]Job), inLine: map[string]bool{}, drainC: make(chan struct{})}
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
	if q.lineUp(j) {
		return
	}
	jobs, busy := q.waiting[j.Key]
	if len(jobs) == waitingLimit {
		q.log.Warn(skippedLine(jobs[0], "scripts take too long"))
		jobs = jobs[1:]
	}
	q.waiting[j.Key] = append(jobs, j)
	if !busy {
		q.atWork++
		q.workers.Go(func() error {
			q.work(j.Key)
			return nil
		})
	}
}

// lineUp puts a job of a key that nobody can work for now into the line, and says whether
// it did.
func (q *Queue) lineUp(j Job) bool {
	switch _, busy := q.waiting[j.Key]; {
	case q.inLine[j.Key]:
		q.skipped++
	case busy || q.limit == 0 || q.atWork < q.limit:
		return false
	default:
		q.inLine[j.Key] = true
		q.line = append(q.line, j.Key)
	}
	q.waiting[j.Key] = []Job{j}
	return true
}

// Drain takes no more jobs and returns when no program is left. Programs of the last job of
// each key get a second or, where there are many, a little more; of those before it, what is
// not done after half a second is skipped. Then programs that still run get SIGTERM and
// SIGKILL, in all their process groups.
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

// work does the jobs of a key until there are none, and then those of the first in line.
func (q *Queue) work(key string) {
	for {
		j, ok := q.next(key)
		if !ok {
			return
		}
		key = j.Key
		for i, c := range j.Commands {
			if i > 0 && q.late(key) {
				q.log.Warn(skippedLine(j, "the daemon stops"))
				break
			}
			q.do(j, c)
		}
	}
}

// next takes the first waiting job of a key; when there is none it forgets the key and takes
// that of the first in line.
func (q *Queue) next(key string) (Job, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	jobs := q.waiting[key]
	if len(jobs) == 0 {
		delete(q.waiting, key)
		if key = q.turn(); key == "" {
			q.atWork--
			return Job{}, false
		}
		jobs = q.waiting[key]
	}
	if q.graceOver() {
		for ; len(jobs) > 1; jobs = jobs[1:] {
			q.log.Warn(skippedLine(jobs[0], "the daemon stops"))
		}
	}
	q.waiting[key] = jobs[1:]
	return jobs[0], true
}

// turn takes the first key out of the line, empty when there is none or no time.
func (q *Queue) turn() string {
	if !q.drained.IsZero() && time.Since(q.drained) >= drainLimit {
		q.skipped += len(q.line)
		for _, key := range q.line {
			delete(q.waiting, key)
		}
		q.line = nil
	}
	if len(q.line) == 0 {
		if q.skipped > 0 {
			q.log.Warn(skippedAllLine(q.skipped, !q.drained.IsZero()))
		}
		q.line, q.skipped = nil, 0
		clear(q.inLine)
		return ""
	}
	key := q.line[0]
	q.line = q.line[1:]
	delete(q.inLine, key)
	return key
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
