// SPDX-License-Identifier: Apache-2.0

// Package netiffake is a kernel for tests of what uses netif: addresses that behave as
// Linux's, announcements that are only written down, and events that the test sends.
package netiffake

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"vipward/netif"
)

// Kernel is the fake. Its zero value has no addresses and is strict: adding an address
// twice is EEXIST and deleting one that is not there EADDRNOTAVAIL, so that a test sees
// needless work. With Tolerant it answers as netif.Addrs does, where both succeed.
//
// As on Linux, an IPv4 address in the subnet of an earlier one is its secondary, and
// without PromoteSecondaries goes with it.
type Kernel struct {
	Tolerant           bool
	PromoteSecondaries bool

	mu     sync.Mutex // guards all below
	addrs  []netif.Addr
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
		if err := k.do(op); err != nil && !k.Tolerant {
			errs[i] = fmt.Errorf("%s: %w", op, err)
		}
	}
	return errs
}

func (k *Kernel) do(op netif.Op) error {
	i := slices.IndexFunc(k.addrs, func(a netif.Addr) bool {
		return a.Index == op.Addr.Index && a.Prefix == op.Addr.Prefix
	})
	switch {
	case op.Add && i >= 0:
		return unix.EEXIST
	case op.Add:
		k.addrs = append(k.addrs, op.Addr)
	case i < 0:
		return unix.EADDRNOTAVAIL
	default:
		k.remove(i)
	}
	return nil
}

// remove takes address i away, and its secondaries when it was a primary.
func (k *Kernel) remove(i int) {
	gone := k.addrs[i]
	primary := !slices.ContainsFunc(k.addrs[:i], func(a netif.Addr) bool { return sameSubnet(a, gone) })
	k.addrs = slices.Delete(k.addrs, i, i+1)
	if primary && !k.PromoteSecondaries {
		k.addrs = slices.DeleteFunc(k.addrs, func(a netif.Addr) bool { return sameSubnet(a, gone) })
	}
}

func sameSubnet(a, b netif.Addr) bool {
	return a.Prefix.Addr().Is4() && a.Index == b.Index && a.Prefix.Masked() == b.Prefix.Masked()
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

// Addrs gives the addresses in the order in which they were added.
func (k *Kernel) Addrs() []netif.Addr {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.addrs)
}

// Said gives all that was done since the last call, as commands of ip(8) and arping(8).
func (k *Kernel) Said() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	said := k.said
	k.said = nil
	return said
}

// String gives the addresses as ip(8) takes them, a line each, sorted.
func (k *Kernel) String() string {
	addrs := k.Addrs()
	lines := make([]string, 0, len(addrs))
	for _, a := range addrs {
		lines = append(lines, a.String())
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
