// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"vipward/internal/lab"
)

// arrivals notes when connections come, and for which address.
type arrivals struct {
	mu  sync.Mutex // guards what follows
	all []arrival
}

// arrival is one connection.
type arrival struct {
	addr uint32
	at   time.Time
}

// waitingRoom is how many connections may wait to be accepted. When there is no room the kernel
// drops new ones, and a check says truly that its server does not answer; that would be the
// farm's doing, on a busy machine, and not the daemon's.
const waitingRoom = 65_535

// listen accepts connections to port 80 of every address of a host, and closes them. It
// asks the kernel for no more than that: thousands come in a second.
func listen(t lab.TB, h *lab.Host) *arrivals {
	t.Helper()
	h.Run("sysctl", "-q", "-w", fmt.Sprint("net.core.somaxconn=", waitingRoom))
	var fd int
	err := h.Do(func() (err error) {
		fd, err = openListener(80)
		return err
	})
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	a := &arrivals{}
	var g errgroup.Group
	g.Go(func() error { return a.accept(fd) })
	t.Cleanup(func() {
		// The shutdown ends accept.
		if err := errors.Join(unix.Shutdown(fd, unix.SHUT_RDWR), g.Wait(), unix.Close(fd)); err != nil {
			t.Errorf("stop listening: %v", err)
		}
	})
	return a
}

func openListener(port int) (int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	err = errors.Join(unix.Bind(fd, &unix.SockaddrInet4{Port: port}), unix.Listen(fd, waitingRoom))
	if err != nil {
		return -1, errors.Join(err, unix.Close(fd))
	}
	return fd, nil
}

// accept goes on until the socket is shut down.
func (a *arrivals) accept(fd int) error {
	begun := time.Now()
	for {
		addr, err := takeConnection(fd)
		switch {
		case errors.Is(err, unix.EINVAL):
			return nil
		case errors.Is(err, unix.EAGAIN):
			if _, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1); err != nil && !errors.Is(err, unix.EINTR) {
				return fmt.Errorf("wait for connections: %w", err)
			}
		case errors.Is(err, unix.ECONNABORTED):
		case err != nil:
			return fmt.Errorf("accept: %w", err)
		default:
			a.add(arrival{addr, begun.Add(time.Since(begun))}) // half as long as time.Now, where that asks the kernel
		}
	}
}

// takeConnection accepts and closes a connection, and says which address it came to. None of its
// system calls waits, so they go past Go's scheduler, which would take as long again to watch them: what
// this takes, the daemons that are measured cannot have.
func takeConnection(fd int) (uint32, error) {
	conn, _, e := unix.RawSyscall6(unix.SYS_ACCEPT4, uintptr(fd), 0, 0, unix.SOCK_CLOEXEC, 0, 0)
	if e != 0 {
		return 0, e
	}
	var local unix.RawSockaddrInet4
	size := uint32(unix.SizeofSockaddrInet4)
	_, _, e = unix.RawSyscall(unix.SYS_GETSOCKNAME, conn, uintptr(unsafe.Pointer(&local)), uintptr(unsafe.Pointer(&size)))
	if _, _, e2 := unix.RawSyscall(unix.SYS_CLOSE, conn, 0, 0); e == 0 {
		e = e2
	}
	if e != 0 {
		return 0, e
	}
	return binary.BigEndian.Uint32(local.Addr[:]), nil
}

func (a *arrivals) add(x arrival) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all = append(a.all, x)
}

// between gives those of a span of time.
func (a *arrivals) between(start, end time.Time) []arrival {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(a.all), func(x arrival) bool { return x.at.Before(start) || x.at.After(end) })
}

// punctuality is how well probes keep their interval.
type punctuality struct {
	perSecond float64
	most      float64 // the latest probe, in percent of the interval
	late      float64 // how many are later than one percent of it, in percent
}

// judge compares the time between two connections to one address with the interval.
func judge(all []arrival, interval time.Duration) punctuality {
	var p punctuality
	if len(all) < 2 {
		return p
	}
	last := map[uint32]time.Time{}
	pairs, late := 0, 0
	for _, x := range all {
		before, ok := last[x.addr]
		last[x.addr] = x.at
		if !ok {
			continue
		}
		pairs++
		percent := 100 * float64(x.at.Sub(before)-interval) / float64(interval)
		if p.most = max(p.most, percent); percent > 1 {
			late++
		}
	}
	p.perSecond = float64(len(all)) / all[len(all)-1].at.Sub(all[0].at).Seconds()
	p.late = 100 * float64(late) / float64(max(pairs, 1))
	return p
}
