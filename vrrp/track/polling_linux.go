// SPDX-License-Identifier: Apache-2.0

package track

import (
	"context"
	"os"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

const (
	// pollInterval is how long a new process may go unnoticed without events.
	pollInterval = 500 * time.Millisecond
	// pollYoung is for how many rounds a new process is looked at again, since it may not
	// have begun its program yet.
	pollYoung = 3
	// pollShare is the part of the old processes that is looked at in one round: they
	// seldom turn into something else, and there may be thousands.
	pollShare = 8
)

// processPoll finds processes by looking. The end of those that count is told by the
// kernel at once, through a descriptor for each.
type processPoll struct {
	w     *ProcessWatch
	round int
	ages  map[int]int      // by process: rounds that it has been there
	held  map[int]*os.File // by process that counts: its descriptor
	goneC chan int
	group *errgroup.Group
}

// poll is Run without events.
func (w *ProcessWatch) poll(ctx context.Context) error {
	if err := w.first(); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	p := &processPoll{w: w, ages: map[int]int{}, held: map[int]*os.File{}, goneC: make(chan int), group: g}
	g.Go(func() error {
		defer p.releaseAll()
		return p.run(ctx)
	})
	return g.Wait()
}

func (p *processPoll) run(ctx context.Context) error {
	tick := time.NewTimer(pollInterval)
	defer tick.Stop()
	for {
		p.hold(ctx)
		select {
		case <-tick.C:
			if err := p.look(time.Now()); err != nil {
				return err
			}
		case pid := <-p.goneC:
			p.release(pid)
			p.w.changed(p.w.census.Exit(time.Now(), pid))
		case <-ctx.Done():
			return nil
		}
		p.w.changed(p.w.census.Wake(time.Now()))
		tick.Reset(p.untilNext())
	}
}

// untilNext is the time to the next round, or to a change that waits.
func (p *processPoll) untilNext() time.Duration {
	if due := p.w.census.Deadline(); !due.IsZero() {
		return min(max(time.Until(due), 0), pollInterval)
	}
	return pollInterval
}

// look is one round.
func (p *processPoll) look(now time.Time) error {
	pids, err := p.w.proc.pids()
	if err != nil {
		return err
	}
	p.round++
	ages := make(map[int]int, len(pids))
	runs := make(map[int]bool, len(pids))
	for _, pid := range pids {
		age := p.ages[pid]
		ages[pid], runs[pid] = age+1, true
		switch {
		case age == 0:
			p.w.changed(p.w.look(now, pid, Forked))
		case age < pollYoung || p.w.census.Counts(pid) || pid%pollShare == p.round%pollShare:
			p.w.changed(p.w.look(now, pid, Executed))
		}
	}
	p.ages = ages
	p.w.dropGone(now, runs)
	return nil
}

// hold opens a descriptor of each process that counts, and closes those of others.
func (p *processPoll) hold(ctx context.Context) {
	for pid := range p.held {
		if !p.w.census.Counts(pid) {
			p.release(pid)
		}
	}
	for _, pid := range p.w.census.PIDs() {
		if p.held[pid] == nil {
			p.await(ctx, pid)
		}
	}
}

// await has the end of a process told to goneC. Where the kernel has no descriptors of
// processes (before Linux 5.3), the next round finds it.
func (p *processPoll) await(ctx context.Context, pid int) {
	fd, err := unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK)
	if err != nil {
		return
	}
	f := os.NewFile(uintptr(fd), "pidfd")
	rc, err := f.SyscallConn()
	if err != nil {
		_ = f.Close()
		return
	}
	p.held[pid] = f
	p.group.Go(func() error {
		if rc.Read(ended) != nil {
			return nil // released
		}
		select {
		case p.goneC <- pid:
		case <-ctx.Done():
		}
		return nil
	})
}

func ended(fd uintptr) bool {
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
	return err == nil && n > 0
}

func (p *processPoll) release(pid int) {
	if f := p.held[pid]; f != nil {
		_ = f.Close()
		delete(p.held, pid)
	}
}

func (p *processPoll) releaseAll() {
	for pid := range p.held {
		p.release(pid)
	}
}
