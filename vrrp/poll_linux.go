// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// poller waits for sockets, a deadline and kicks in one epoll_wait on the loop's own
// thread. The runtime's timers are not used: they are late by up to 1 ms, since its own
// epoll_wait rounds up to milliseconds, and a socket read by another goroutine could not
// be drained before a timer is believed.
type poller struct {
	epoll, timer, kicks int
	armed               time.Time
	events              [64]unix.EpollEvent
	ready               []int // descriptors of sockets that can be read
}

func newPoller() (*poller, error) {
	p := &poller{epoll: -1, timer: -1, kicks: -1}
	if err := p.open(); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *poller) open() (err error) {
	if p.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return os.NewSyscallError("epoll_create1", err)
	}
	if p.timer, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK); err != nil {
		return os.NewSyscallError("timerfd_create", err)
	}
	if p.kicks, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return os.NewSyscallError("eventfd", err)
	}
	return errors.Join(p.add(p.timer), p.add(p.kicks))
}

func (p *poller) close() {
	for _, fd := range []int{p.epoll, p.timer, p.kicks} {
		if fd >= 0 {
			_ = unix.Close(fd)
		}
	}
}

// add makes wait report fd when it can be read.
func (p *poller) add(fd int) error {
	ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}
	if err := unix.EpollCtl(p.epoll, unix.EPOLL_CTL_ADD, fd, &ev); err != nil {
		return fmt.Errorf("add descriptor %d to epoll: %w", fd, err)
	}
	return nil
}

// remove takes fd out; the caller closes it.
func (p *poller) remove(fd int) {
	_ = unix.EpollCtl(p.epoll, unix.EPOLL_CTL_DEL, fd, nil)
}

// kick ends a wait from any goroutine.
func (p *poller) kick() {
	var one [8]byte
	binary.NativeEndian.PutUint64(one[:], 1)
	_, _ = unix.Write(p.kicks, one[:]) // EAGAIN: 2^64-2 kicks are pending, one is enough
}

// wait blocks until deadline (zero: for ever), a kick, or a readable socket, and returns the
// sockets. The slice is valid until the next wait.
func (p *poller) wait(deadline time.Time) ([]int, error) {
	if err := p.arm(deadline); err != nil {
		return nil, err
	}
	n, err := unix.EpollWait(p.epoll, p.events[:], -1)
	if err != nil && !errors.Is(err, unix.EINTR) {
		return nil, os.NewSyscallError("epoll_wait", err)
	}
	p.ready = p.ready[:0]
	for _, ev := range p.events[:max(n, 0)] {
		switch fd := int(ev.Fd); fd {
		case p.timer:
			p.armed = time.Time{} // it fired, so the same deadline must be armed again
			drain8(fd)
		case p.kicks:
			drain8(fd)
		default:
			p.ready = append(p.ready, fd)
		}
	}
	return p.ready, nil
}

// arm sets the timer, unless it is set to that deadline already.
func (p *poller) arm(deadline time.Time) error {
	if deadline.Equal(p.armed) {
		return nil
	}
	var spec unix.ItimerSpec // zero disarms
	if !deadline.IsZero() {
		spec.Value = unix.NsecToTimespec(int64(max(time.Until(deadline), 1)))
	}
	if err := unix.TimerfdSettime(p.timer, 0, &spec, nil); err != nil {
		return os.NewSyscallError("timerfd_settime", err)
	}
	p.armed = deadline
	return nil
}

func drain8(fd int) {
	var b [8]byte
	_, _ = unix.Read(fd, b[:])
}

// inbox carries messages of other goroutines to the loop.
type inbox struct {
	ctx    context.Context
	poll   *poller
	c      chan message
	closed chan struct{} // the loop reads no more
}

// message is something that happened outside of the loop.
type message interface{ handle(l *loop) }

func newInbox(ctx context.Context, poll *poller) *inbox {
	return &inbox{ctx: ctx, poll: poll, c: make(chan message, 256), closed: make(chan struct{})}
}

// post hands m to the loop, and waits while the inbox is full; after the loop's end it
// drops m.
func (b *inbox) post(m message) {
	select {
	case b.c <- m:
		b.poll.kick()
	case <-b.closed:
	case <-b.ctx.Done():
	}
}

// close lets nobody wait for the loop any more, so that it can wait for others.
func (b *inbox) close() { close(b.closed) }
