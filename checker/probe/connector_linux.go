// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"vipward/conf"
)

// Starter is a Probe that needs no goroutine while it runs.
type Starter interface {
	Probe
	// Start begins a run of who and returns at once; it is now. done is called once, by another
	// goroutine.
	Start(now time.Time, who any, done Done)
}

// Done takes what a run of who found, and when it ended.
type Done func(who any, found Result, end time.Time)

// Connector runs the TCP_CHECKs of many servers by one goroutine and one epoll, so that a
// check costs four system calls and no stack of its own. A connection that was made counts
// however late this process gets to see it: what the kernel has to tell comes before the
// time limits.
//
// The clock is read once for all that is seen together: where that is a system call, as
// under some hypervisors, it costs more than a check.
type Connector struct {
	fd   int      // of the epoll
	file *os.File // the same, in the runtime's poller
	raw  syscall.RawConn
	seen time.Time          // of what was fetched last; Run's, as what follows
	read func(uintptr) bool // fetches, until that fails
	err  error              // why it failed

	mu      sync.Mutex // guards what follows
	waiting map[int32]*connecting
	limits  limits
	alarm   time.Time // when Run wakes without an event; zero: never
	stopped bool
	spare   []*connecting // of runs that have ended, for others
}

// connecting is one run under way.
type connecting struct {
	fd    int
	err   error // found before anything was sent
	limit time.Time
	more  bool // time was given once
	place int  // in limits
	who   any
	done  Done
}

const (
	// eventRoom is how many events are fetched by one system call.
	eventRoom = 256
	// spareRoom is how many runs are kept for others: while all is well no more are under way.
	spareRoom = 256
)

// NewConnector makes a connector. Its checks get their results while Run runs.
func NewConnector() (*Connector, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make epoll: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil { // or the runtime's poller does not take it
		return nil, errors.Join(fmt.Errorf("make epoll: %w", err), unix.Close(fd))
	}
	c := &Connector{fd: fd, file: os.NewFile(uintptr(fd), "epoll"), waiting: map[int32]*connecting{}}
	c.read = func(uintptr) bool {
		c.err = c.fetch()
		return c.err != nil
	}
	c.raw, err = c.file.SyscallConn()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make epoll: %w", err), c.file.Close())
	}
	return c, nil
}

// New gives the probe of a check, which is the connector's if it can be.
func (c *Connector) New(cc *conf.Checker) Probe {
	p := New(cc)
	if t, ok := p.(tcp); ok {
		return joined{t, c}
	}
	return p
}

// joined is a TCP_CHECK of a connector.
type joined struct {
	tcp
	connector *Connector
}

// Start implements Starter.
func (j joined) Start(now time.Time, who any, done Done) {
	j.connector.start(j.Checker, now, who, done)
}

// start begins a connection.
func (c *Connector) start(cc *conf.Checker, now time.Time, who any, done Done) {
	fd, err := beginConnect(cc)
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.room()
	*r = connecting{fd: fd, err: err, limit: now.Add(cc.ConnectTimeout), who: who, done: done}
	if c.stopped {
		r.close()
		return
	}
	if r.err == nil {
		c.waiting[int32(r.fd)] = r
		r.err = rawWatch(c.fd, r.fd)
	}
	if r.err != nil {
		r.limit = now // Run finds it at once
	}
	heap.Push(&c.limits, r)
	c.setAlarm(r.limit)
}

// room gives the place for a run: thousands a second would be much to collect. The caller holds
// the lock.
func (c *Connector) room() *connecting {
	last := len(c.spare) - 1
	if last < 0 {
		return &connecting{}
	}
	r := c.spare[last]
	c.spare = c.spare[:last]
	return r
}

// end closes a run that was forgotten, and tells of it.
func (c *Connector) end(r *connecting, err error, at time.Time) {
	r.close()
	who, done := r.who, r.done
	*r = connecting{}
	c.mu.Lock()
	if len(c.spare) < spareRoom {
		c.spare = append(c.spare, r)
	}
	c.mu.Unlock()
	done(who, verdict(err), at)
}

// setAlarm lets Run look at the time limits then, if it would not do so before. The caller
// holds the lock.
func (c *Connector) setAlarm(at time.Time) {
	if c.alarm.IsZero() || at.Before(c.alarm) {
		c.alarm = at
		c.wake(at)
	}
}

// wake ends Run's wait at a time; zero: never. It fails only when Run has ended.
func (c *Connector) wake(at time.Time) { _ = c.file.SetReadDeadline(at) }

// Run gives the checks their results until ctx is done. Those that are under way then get
// none.
func (c *Connector) Run(ctx context.Context) error {
	defer context.AfterFunc(ctx, c.stop)()
	for ctx.Err() == nil {
		if err := c.hear(); err != nil {
			return errors.Join(err, c.close())
		}
		c.expire(c.seen)
	}
	return c.close()
}

// stop ends Run's wait for good: nothing that starts from now on sets another time.
func (c *Connector) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
	c.wake(time.Unix(1, 0))
}

// hear takes what the kernel tells until a time limit is reached.
func (c *Connector) hear() error {
	err := c.raw.Read(c.read)
	if c.err != nil {
		return c.err
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("wait for connections: %w", err)
	}
	c.seen = time.Now()
	return c.fetch() // the runtime looks at its clock first
}

// fetch takes all that the kernel has to tell now.
func (c *Connector) fetch() error {
	var events [eventRoom]unix.EpollEvent
	for {
		n, err := rawEvents(c.fd, events[:])
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return fmt.Errorf("wait for connections: %w", err)
		}
		if n > 0 {
			c.seen = time.Now()
		}
		for _, e := range events[:n] {
			c.connected(e)
		}
		if n < len(events) {
			return nil
		}
	}
}

// connected ends the run that an event is about.
func (c *Connector) connected(e unix.EpollEvent) {
	c.mu.Lock()
	r := c.waiting[e.Fd]
	if r == nil {
		c.mu.Unlock()
		return
	}
	c.forget(r)
	c.mu.Unlock()
	var err error
	if e.Events&(unix.EPOLLERR|unix.EPOLLHUP) != 0 {
		err = socketError(r.fd)
	}
	c.end(r, err, c.seen)
}

// expire ends the runs whose time is over. When the alarm has gone off it is set for the next one:
// most runs end long before their limit.
func (c *Connector) expire(now time.Time) {
	c.mu.Lock()
	if late := now.Sub(c.alarm); !c.alarm.IsZero() && late > starved {
		c.forgive(now, late)
	}
	var over []*connecting
	for len(c.limits) > 0 && !c.limits[0].limit.After(now) {
		r := c.limits[0]
		c.forget(r)
		over = append(over, r)
	}
	if !c.alarm.After(now) {
		c.rearm()
	}
	c.mu.Unlock()
	for _, r := range over {
		if r.err == nil {
			r.err = os.ErrDeadlineExceeded
		}
		c.end(r, r.err, now)
	}
}

// This process has had no processor when an alarm goes off later than starved. Connections get
// then at most mostMore to be made.
const (
	starved  = 100 * time.Millisecond
	mostMore = time.Second
)

// forgive gives the runs whose time is over a little more, once: while this process, or all of the
// machine, did not run, an answer could not be heard either. The caller holds the lock.
func (c *Connector) forgive(now time.Time, late time.Duration) {
	for _, r := range c.limits {
		if r.err == nil && !r.more && !r.limit.After(now) {
			r.more, r.limit = true, now.Add(min(late, mostMore))
		}
	}
	heap.Init(&c.limits)
}

// rearm sets the alarm for the first time limit. The caller holds the lock.
func (c *Connector) rearm() {
	c.alarm = time.Time{}
	if len(c.limits) > 0 {
		c.alarm = c.limits[0].limit
	}
	c.wake(c.alarm)
}

// forget takes a run out of the lists. The caller holds the lock.
func (c *Connector) forget(r *connecting) {
	heap.Remove(&c.limits, r.place)
	if c.waiting[int32(r.fd)] == r {
		delete(c.waiting, int32(r.fd))
	}
}

// close ends what is under way.
func (c *Connector) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
	for _, r := range c.limits {
		r.close()
	}
	c.limits, c.waiting, c.spare = nil, nil, nil
	return c.file.Close()
}

func (r *connecting) close() {
	if r.fd >= 0 {
		rawClose(r.fd) // how the other side takes it does not matter
	}
}

// verdict is what the end of a connection attempt says.
func verdict(err error) Result {
	if err != nil {
		return judge(err)
	}
	return Result{Outcome: Passed}
}

// limits is the heap of the runs by their time limits; it implements heap.Interface.
type limits []*connecting

func (l limits) Len() int           { return len(l) }
func (l limits) Less(i, j int) bool { return l[i].limit.Before(l[j].limit) }

func (l limits) Swap(i, j int) {
	l[i], l[j] = l[j], l[i]
	l[i].place, l[j].place = i, j
}

func (l *limits) Push(x any) {
	r := x.(*connecting)
	r.place = len(*l)
	*l = append(*l, r)
}

func (l *limits) Pop() any {
	last := len(*l) - 1
	r := (*l)[last]
	(*l)[last] = nil
	*l = (*l)[:last]
	return r
}
