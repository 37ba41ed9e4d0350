// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// errReplaced is why a program that reads a FIFO is ended.
var errReplaced = errors.New("ended by a reload or stop")

// readers run the programs that read FIFOs.
type readers struct {
	run   func(context.Context, Command) Result
	role  string
	log   *slog.Logger
	group errgroup.Group
	last  atomic.Bool // the FIFOs are closed, so that programs end
}

func newReaders(run func(context.Context, Command) Result, role string, log *slog.Logger) *readers {
	return &readers{run: run, role: role, log: log}
}

// reader is one of the programs; nil where there is none.
type reader struct {
	end   context.CancelCauseFunc
	doneC chan struct{} // closed when it has ended
}

func (r *reader) stop() {
	if r != nil {
		r.end(errReplaced)
	}
}

func (r *reader) running() bool {
	if r == nil {
		return false
	}
	select {
	case <-r.doneC:
		return false
	default:
		return true
	}
}

// replace ends a program and, once it has ended, starts that of a Pipe. Lines wait in the
// pipe meanwhile. One that ends by itself is not started again.
func (rs *readers) replace(old *reader, p Pipe) *reader {
	old.stop()
	if p.Reader == nil {
		return nil
	}
	ctx, end := context.WithCancelCause(context.Background())
	next := &reader{end: end, doneC: make(chan struct{})}
	cmd := p.Reader.With(p.Path)
	cmd.Leashed = true // two readers would take the lines away from each other
	rs.group.Go(func() error {
		defer close(next.doneC)
		if old != nil {
			<-old.doneC
		}
		if ctx.Err() == nil {
			rs.report(cmd, rs.run(ctx, cmd))
		}
		return nil
	})
	return next
}

// report logs the end of a program that nobody ended.
func (rs *readers) report(c Command, r Result) {
	if rs.last.Load() || errors.Is(r.Err, errReplaced) || errors.Is(r.Err, errLeft) {
		return
	}
	rs.log.Info(readerEndedLine(rs.role))
	rs.log.Info(readerResultLine(c, r))
	for _, line := range r.Lines() {
		rs.log.Info(readerOutputLine(c, line))
	}
}

// wait waits for the end of all programs.
func (rs *readers) wait() { _ = rs.group.Wait() }
