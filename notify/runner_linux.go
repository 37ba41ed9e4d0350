// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"fmt"
	"log/slog"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// killDelay is the time between SIGTERM and SIGKILL, as keepalived.
const killDelay = 2 * time.Second

// Runner starts programs and waits for their end. Any number of goroutines may use it.
type Runner struct {
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
	r.end()
	return r.group.Wait()
}

// Run runs a program to its end and keeps the end of its output. When it takes longer than
// timeout (0: no limit), or ctx is done, its process group gets SIGTERM and, 2 seconds
// later, SIGKILL.
func (r *Runner) Run(ctx context.Context, c Command, timeout time.Duration) Result {
	out := &tail{}
	p, err := r.start(c, out)
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
		return r.terminate(p, Result{TimedOut: true})
	case <-ctx.Done():
		return r.terminate(p, Result{Err: fmt.Errorf("run %s: %w", c.path(), context.Cause(ctx))})
	case <-r.life.Done():
		return r.terminate(p, Result{Err: fmt.Errorf("run %s: %w", c.path(), errClosed)})
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

// Watch runs a program without output and waits for its end, but never ends it: when ctx
// is done the program is left to itself, and the result says so. It is started even when
// ctx is done already.
func (r *Runner) Watch(ctx context.Context, c Command) Result {
	p, err := r.start(c, nil)
	if err != nil {
		return Result{Err: err}
	}
	select {
	case <-p.doneC:
		return p.result
	case <-ctx.Done():
		return Result{Err: errLeft}
	}
}

// start starts a program and somebody who waits for its end.
func (r *Runner) start(c Command, out *tail) (*process, error) {
	st := r.starter.start(r.life, c, out)
	if st.err != nil {
		return nil, fmt.Errorf("start %s: %w", c.path(), st.err)
	}
	p, err := adopt(st, out)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", c.path(), err)
	}
	life := r.life
	if out != nil {
		life = context.WithoutCancel(life) // Run ends it, and must see its end
	}
	r.group.Go(func() error {
		p.reap(life)
		return nil
	})
	return p, nil
}
