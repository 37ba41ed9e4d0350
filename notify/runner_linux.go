// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// killDelay is the time between SIGTERM and SIGKILL, as keepalived.
const killDelay = 2 * time.Second

// Runner starts programs and waits for their end. Any number of goroutines may use it.
type Runner struct {
	// starting is held by who starts a program, all of it by Close: it waits for nobody who
	// comes later.
	starting sync.RWMutex

	log     *slog.Logger
	starter starter
	group   errgroup.Group
	life    context.Context // ends with Close
	end     context.CancelFunc
}

// NewRunner makes a Runner. It has to be closed. The descriptors that the process was
// started with are kept from its programs from now on.
func NewRunner(log *slog.Logger) *Runner {
	r := &Runner{log: log, starter: newStarter()}
	if err := keepDescriptors(); err != nil {
		log.Warn("scripts may inherit descriptors: " + err.Error())
	}
	r.life, r.end = context.WithCancel(context.Background())
	r.group.Go(func() error {
		r.starter.run(r.life)
		return nil
	})
	return r
}

// Close ends the programs of Run, leaves those of Watch to themselves, and returns when
// nothing of the Runner is left.
func (r *Runner) Close() error {
	r.starting.Lock()
	r.end()
	r.starting.Unlock()
	return r.group.Wait()
}

// Run runs a program to its end and keeps the end of its output. When it takes longer than
// timeout (0: no limit), or ctx is done, its process group gets SIGTERM and, 2 seconds
// later, SIGKILL.
func (r *Runner) Run(ctx context.Context, c Command, timeout time.Duration) Result {
	return r.RunNoting(ctx, c, timeout, func() {})
}

// RunNoting is Run, and calls late when the time is over, before it begins to end the
// program, which may take seconds.
func (r *Runner) RunNoting(ctx context.Context, c Command, timeout time.Duration, late func()) Result {
	// It is ended with the Runner, and its end must be seen.
	p, err := r.start(context.WithoutCancel(r.life), c)
	if err != nil {
		return Result{Err: err}
	}
	var limitC <-chan time.Time
	if timeout > 0 {
		t := time.NewTimer(timeout)
		defer t.Stop()
		limitC = t.C
	}
	select {
	case <-p.doneC:
		return p.result
	case <-limitC:
		late()
		return r.terminate(p, Result{TimedOut: true})
	case <-ctx.Done():
		return r.terminate(p, Result{Err: fmt.Errorf("run %s: %w", c.path(), context.Cause(ctx))})
	case <-r.life.Done():
		return r.terminate(p, Result{Err: fmt.Errorf("run %s: %w", c.path(), errClosed)})
	}
}

// Watch is Run without a limit, but the end of the Runner leaves the program to itself.
func (r *Runner) Watch(ctx context.Context, c Command) Result {
	p, err := r.start(r.life, c)
	if err != nil {
		return Result{Err: err}
	}
	select {
	case <-p.doneC:
		return p.result
	case <-ctx.Done():
		return r.terminate(p, Result{Err: context.Cause(ctx)})
	}
}

// terminate ends a program; why is the reason to put into the result.
func (r *Runner) terminate(p *process, why Result) Result {
	p.signal(syscall.SIGTERM)
	t := time.NewTimer(killDelay)
	defer t.Stop()
	select {
	case <-p.doneC:
	case <-t.C:
		r.log.Debug("program does not end, killing it", "path", p.cmd.Path, "pid", p.cmd.Process.Pid)
		p.signal(syscall.SIGKILL)
		<-p.doneC
	}
	res := p.result
	res.TimedOut, res.Err = why.TimedOut, why.Err
	return res
}

// start starts a program and somebody who waits for its end, at most until life ends.
func (r *Runner) start(life context.Context, c Command) (*process, error) {
	r.starting.RLock()
	defer r.starting.RUnlock()
	out, err := newOutput()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", c.path(), err)
	}
	st := r.starter.start(r.life, c, out)
	if st.err != nil {
		return nil, fmt.Errorf("start %s: %w", c.path(), errors.Join(st.err, out.discard()))
	}
	out.started()
	stop := context.AfterFunc(r.life, func() { _ = out.r.SetReadDeadline(time.Now().Add(outputDelay)) })
	r.group.Go(func() error {
		defer stop()
		out.read()
		return nil
	})
	p, err := adopt(st, out)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", c.path(), err)
	}
	r.group.Go(func() error {
		p.reap(life)
		return nil
	})
	return p, nil
}
