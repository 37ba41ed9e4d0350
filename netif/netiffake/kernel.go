// SPDX-License-Identifier: Apache-2.0

// Package netiffake is a kernel for tests of what uses netif: addresses, routes and rules that
// behave as Linux's, announcements that are only written down, and events that the test sends.
package netiffake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"vipward/netif"
)

// Kernel is the fake. Its zero value has nothing and is strict: adding what is there is
// EEXIST and deleting what is not EADDRNOTAVAIL, ESRCH or ENOENT, so that a test sees
// needless work. With Tolerant it answers as netif.Kernel does, where deletions succeed and
// additions give netif.ErrExists.
//
// As on Linux, an IPv4 address in the subnet of an earlier one is its secondary, and
// without PromoteSecondaries goes with it; an IPv4 route goes with its source address, and
// cannot come without it.
type Kernel struct {
	Tolerant           bool
	PromoteSecondaries bool

	mu     sync.Mutex // guards all below
	has    netif.Holdings
	said   []string
	eventC chan []netif.Event
}

// Apply does the operations in order and gives one error (or nil) for each.
func (k *Kernel) Apply(ops []netif.Op) []error {
	k.mu.Lock()
	defer k.mu.Unlock()
	errs := make([]error, len(ops))
	for i, op := range ops {
		k.said = append(k.said, op.String())
		if err := k.do(op); err != nil {
			errs[i] = k.tell(op, err)
		}
	}
	return errs
}

// tell is the error as the caller gets it.
func (k *Kernel) tell(op netif.Op, err error) error {
	switch {
	case k.Tolerant && !op.Add:
		return nil
	case k.Tolerant && errors.Is(err, unix.EEXIST):
		err = netif.ErrExists
	}
	return fmt.Errorf("%s: %w", op, err)
}

func (k *Kernel) do(op netif.Op) error {
	switch {
	case op.Route != nil:
		return k.route(op)
	case op.Rule != nil:
		return change(&k.has.Rules, *op.Rule, op.Add, unix.ENOENT)
	case op.Add:
		return change(&k.has.Addrs, *op.Addr, true, nil)
	}
	return k.dropAddr(*op.Addr)
}

func (k *Kernel) route(op netif.Op) error {
	src := op.Route.Src
	here := slices.ContainsFunc(k.has.Addrs, func(a netif.Addr) bool { return a.Prefix.Addr() == src })
	if op.Add && src.IsValid() && !here {
		return unix.EINVAL
	}
	return change(&k.has.Routes, *op.Route, op.Add, unix.ESRCH)
}

// item is an address, route or rule.
type item interface{ Key() netif.Key }

// change adds an item to the list, or deletes it.
func change[T item](list *[]T, v T, add bool, missing error) error {
	i := find(*list, v)
	switch {
	case add && i >= 0:
		return unix.EEXIST
	case add:
		*list = append(*list, v)
	case i < 0:
		return missing
	default:
		*list = slices.Delete(*list, i, i+1)
	}
	return nil
}

func find[T item](list []T, v T) int {
	key := v.Key()
	return slices.IndexFunc(list, func(w T) bool { return w.Key() == key })
}

// dropAddr takes an address away: its secondaries go with it when it was a primary, and the
// routes that came from any of them.
func (k *Kernel) dropAddr(a netif.Addr) error {
	i := find(k.has.Addrs, a)
	if i < 0 || k.has.Addrs[i].Prefix != a.Prefix {
		return unix.EADDRNOTAVAIL
	}
	primary := !slices.ContainsFunc(k.has.Addrs[:i], func(b netif.Addr) bool { return sameSubnet(a, b) })
	k.has.Addrs = slices.Delete(k.has.Addrs, i, i+1)
	if primary && !k.PromoteSecondaries {
		k.has.Addrs = slices.DeleteFunc(k.has.Addrs, func(b netif.Addr) bool { return sameSubnet(a, b) })
	}
	k.has.Routes = slices.DeleteFunc(k.has.Routes, func(r netif.Route) bool {
		left := slices.ContainsFunc(k.has.Addrs, func(b netif.Addr) bool { return b.Prefix.Addr() == r.Src })
		return r.Src.Is4() && !left
	})
	return nil
}

func sameSubnet(a, b netif.Addr) bool {
	return a.Prefix.Addr().Is4() && a.Index == b.Index && !a.Peer.IsValid() && !b.Peer.IsValid() &&
		a.Prefix.Masked() == b.Prefix.Masked()
}

// Announce writes down one line for each announcement.
func (k *Kernel) Announce(targets []netif.Target, rounds int) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for range max(rounds, 1) {
		for _, t := range targets {
			k.said = append(k.said, fmt.Sprintf("arping -U %s dev if%d", t.IP, t.Index))
		}
	}
	return nil
}

// Close does nothing.
func (k *Kernel) Close() error { return nil }

// Has gives all that is there, in the order in which it was added.
func (k *Kernel) Has() netif.Holdings {
	k.mu.Lock()
	defer k.mu.Unlock()
	return netif.Holdings{Addrs: slices.Clone(k.has.Addrs), Routes: slices.Clone(k.has.Routes), Rules: slices.Clone(k.has.Rules)}
}

// Addrs gives the addresses in the order in which they were added.
func (k *Kernel) Addrs() []netif.Addr { return k.Has().Addrs }

// Said gives all that was done since the last call, as commands of ip(8) and arping(8).
func (k *Kernel) Said() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	said := k.said
	k.said = nil
	return said
}

// String gives the addresses as ip(8) takes them, then routes and rules, a line each,
// sorted.
func (k *Kernel) String() string {
	has := k.Has()
	var lines []string
	for _, a := range has.Addrs {
		lines = append(lines, a.String())
	}
	for _, r := range has.Routes {
		lines = append(lines, "route "+r.String())
	}
	for _, r := range has.Rules {
		lines = append(lines, "rule "+r.String())
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// Send lets Run tell events. It waits until they are told.
func (k *Kernel) Send(ctx context.Context, events ...netif.Event) error {
	select {
	case k.events() <- events:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// WatchRoutes does nothing: the test sends what it likes.
func (k *Kernel) WatchRoutes(bool) error { return nil }

// Run tells what Send gives, in place of netif.Monitor, until ctx is done.
func (k *Kernel) Run(ctx context.Context, emit func([]netif.Event)) error {
	for {
		select {
		case events := <-k.events():
			emit(events)
		case <-ctx.Done():
			return nil
		}
	}
}

func (k *Kernel) events() chan []netif.Event {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.eventC == nil {
		k.eventC = make(chan []netif.Event)
	}
	return k.eventC
}
