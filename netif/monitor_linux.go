// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"context"
	"errors"
	"fmt"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

const (
	monitorGroups = unix.RTMGRP_LINK | unix.RTMGRP_IPV4_IFADDR | unix.RTMGRP_IPV6_IFADDR
	monitorRcvbuf = 4 << 20

	// batchLimit is how many events are gathered before they are told, so that a storm of
	// changes cannot put the first one off for ever.
	batchLimit = 512

	skipStats = 1 << 3 // RTEXT_FILTER_SKIP_STATS, not in x/sys: no counters in a dump of links
)

// Monitor hears what happens to links and addresses, and to routes and rules of ours when
// asked to, in the kernel's order, since one socket hears all.
type Monitor struct {
	nl  *rtnl
	own uint32 // the port of the Kernel whose doing is our own
}

// OpenMonitor opens the socket; from now on nothing is missed. What own does is marked as
// our own doing, and not told at all of routes and rules; it may be nil.
func OpenMonitor(own *Kernel) (*Monitor, error) {
	s, err := dial(monitorGroups, monitorRcvbuf)
	if err != nil {
		return nil, err
	}
	if err := s.filter(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	m := &Monitor{nl: s}
	if own != nil {
		m.own = own.nl.port
	}
	return m, nil
}

// WatchRoutes starts or ends the reports of deleted routes and rules. The kernel leaves those
// of others out, so that a routing daemon's work costs nothing here.
func (m *Monitor) WatchRoutes(on bool) error { return m.nl.join(on) }

// Close releases the socket of a Monitor that was not run.
func (m *Monitor) Close() error { return m.nl.Close() }

// Run tells the complete picture as one Resync and then what changes, in batches of all
// that was waiting. When the kernel had to drop messages another Resync follows. Run closes
// the Monitor; it returns nil when ctx is done.
func (m *Monitor) Run(ctx context.Context, emit func([]Event)) error {
	defer m.nl.Close()
	stop := context.AfterFunc(ctx, func() { _ = m.nl.interrupt() })
	defer stop()
	err := m.run(ctx, emit)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (m *Monitor) run(ctx context.Context, emit func([]Event)) error {
	lost := true
	for ctx.Err() == nil {
		if lost {
			r, err := m.resync(ctx)
			if err != nil {
				return fmt.Errorf("read links and addresses: %w", err)
			}
			emit([]Event{r})
		}
		batch, err := m.batch()
		if len(batch) > 0 {
			emit(batch)
		}
		lost = errors.Is(err, unix.ENOBUFS)
		if err != nil && !lost {
			return fmt.Errorf("listen to links and addresses: %w", err)
		}
	}
	return nil
}

// batch waits for one datagram and takes the others that are there.
func (m *Monitor) batch() ([]Event, error) {
	b, err := m.nl.wait()
	var batch []Event
	for err == nil {
		for msg := range messages(b) {
			if ev, ok := m.decode(msg); ok {
				batch = append(batch, ev)
			}
		}
		if len(batch) >= batchLimit {
			return batch, nil
		}
		b, err = m.nl.receive()
	}
	if errors.Is(err, unix.EAGAIN) {
		err = nil
	}
	return batch, err
}

// decode turns a message into an event that is worth telling.
func (m *Monitor) decode(msg message) (Event, bool) {
	ev, ok := decode(msg)
	own := m.own != 0 && msg.Port == m.own
	switch ev := ev.(type) {
	case AddrChange:
		ev.Own = own
		return ev, ok
	case RouteGone, RuleGone:
		return ev, ok && !own
	}
	return ev, ok
}

// resync builds the complete picture. Changes that are heard between the pieces of a dump
// are newer than the piece before and older than the piece after them, so that all of it,
// taken in as it comes, gives the truth. What was heard before the dump must be thrown
// away: after a loss it may be half of the truth, and the kernel goes on dropping until
// the queue was empty once.
func (m *Monitor) resync(ctx context.Context) (Resync, error) {
	for {
		if err := m.nl.drain(); err != nil {
			return Resync{}, err
		}
		var p Picture
		err := m.nl.dumpAll(&p)
		if !errors.Is(err, unix.ENOBUFS) && !errors.Is(err, nl.ErrDumpInterrupted) {
			return p.snapshot(), err
		}
		if ctx.Err() != nil {
			return Resync{}, ctx.Err()
		}
	}
}

// drain empties the queue.
func (s *rtnl) drain() error {
	for {
		_, err := s.receive()
		switch {
		case errors.Is(err, unix.EAGAIN):
			return nil
		case err != nil && !errors.Is(err, unix.ENOBUFS):
			return err
		}
	}
}

// dumpAll asks for all links and addresses.
func (s *rtnl) dumpAll(p *Picture) error {
	err := s.dump(p, unix.RTM_GETLINK, nl.NewIfInfomsg(unix.AF_UNSPEC), nl.NewRtAttr(unix.IFLA_EXT_MASK, nl.Uint32Attr(skipStats)))
	if err != nil {
		return err
	}
	return s.dump(p, unix.RTM_GETADDR, nl.NewIfAddrmsg(unix.AF_UNSPEC))
}

// dump asks for all objects of a kind and takes all that comes until the dump is done.
func (s *rtnl) dump(p *Picture, typ uint16, body ...nl.NetlinkRequestData) error {
	seq := s.next(1)
	req := nl.NetlinkRequest{NlMsghdr: unix.NlMsghdr{Type: typ, Flags: unix.NLM_F_REQUEST | unix.NLM_F_DUMP, Seq: seq}}
	req.Data = body
	if err := s.send(req.Serialize()); err != nil {
		return err
	}
	for {
		b, err := s.wait()
		if err != nil {
			return err
		}
		for msg := range messages(b) {
			if done, err := take(p, msg, seq); done || err != nil {
				return err
			}
		}
	}
}

// take puts one message into the picture; done says that it ended the dump seq.
func take(p *Picture, msg message, seq uint32) (done bool, err error) {
	if msg.Seq == seq {
		switch {
		case msg.Flags&unix.NLM_F_DUMP_INTR != 0:
			return true, nl.ErrDumpInterrupted
		case msg.Type == unix.NLMSG_ERROR, msg.Type == unix.NLMSG_DONE && len(msg.Body) >= sizeofErrno:
			return true, ackError(msg)
		case msg.Type == unix.NLMSG_DONE:
			return true, nil
		}
	}
	if ev, ok := decode(msg); ok {
		p.Apply(ev)
	}
	return false, nil
}
