// SPDX-License-Identifier: Apache-2.0

package netiffake

import (
	"context"
	"errors"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"vipward/netif"
)

func add(s string) netif.Op {
	return netif.Op{Add: true, Addr: &netif.Addr{Index: 2, Prefix: netip.MustParsePrefix(s)}}
}

func del(s string) netif.Op {
	op := add(s)
	op.Add = false
	return op
}

func TestKernelIsStrict(t *testing.T) {
	t.Parallel()
	var k Kernel
	errs := k.Apply([]netif.Op{add("10.0.0.1/24"), add("10.0.0.1/24"), del("10.0.0.2/24")})
	want := []error{nil, unix.EEXIST, unix.EADDRNOTAVAIL}
	for i := range want {
		if !errors.Is(errs[i], want[i]) {
			t.Errorf("op %d: got %v, want %v", i, errs[i], want[i])
		}
	}
	k.Tolerant = true
	errs = k.Apply([]netif.Op{add("10.0.0.1/24"), del("10.0.0.2/24")})
	if !errors.Is(errs[0], netif.ErrExists) || errs[1] != nil {
		t.Errorf("tolerant: got %v", errs)
	}
	if got, want := k.String(), "10.0.0.1/24 dev if2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestKernelSecondariesGoWithThePrimary(t *testing.T) {
	t.Parallel()
	fill := []netif.Op{add("10.0.0.1/24"), add("10.0.0.2/24"), add("10.0.0.3/32"), add("2001:db8::1/64"), add("2001:db8::2/64")}
	tests := []struct {
		name    string
		promote bool
		del     string
		want    string
	}{
		{"primary", false, "10.0.0.1/24", "10.0.0.3/32 dev if2\n2001:db8::1/64 dev if2 nodad\n2001:db8::2/64 dev if2 nodad"},
		{"primary, promoting", true, "10.0.0.1/24", "10.0.0.2/24 dev if2\n10.0.0.3/32 dev if2\n2001:db8::1/64 dev if2 nodad\n2001:db8::2/64 dev if2 nodad"},
		{"secondary", false, "10.0.0.2/24", "10.0.0.1/24 dev if2\n10.0.0.3/32 dev if2\n2001:db8::1/64 dev if2 nodad\n2001:db8::2/64 dev if2 nodad"},
		{"IPv6", false, "2001:db8::1/64", "10.0.0.1/24 dev if2\n10.0.0.2/24 dev if2\n10.0.0.3/32 dev if2\n2001:db8::2/64 dev if2 nodad"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k := &Kernel{PromoteSecondaries: tt.promote}
			k.Apply(append(fill[:len(fill):len(fill)], del(tt.del)))
			if diff := cmp.Diff(tt.want, k.String()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestKernelSaid(t *testing.T) {
	t.Parallel()
	var k Kernel
	k.Apply([]netif.Op{add("10.0.0.1/24")})
	if err := k.Announce([]netif.Target{{Index: 2, IP: netip.MustParseAddr("10.0.0.1")}}, 2); err != nil {
		t.Fatal(err)
	}
	want := []string{"ip addr add 10.0.0.1/24 dev if2", "arping -U 10.0.0.1 dev if2", "arping -U 10.0.0.1 dev if2"}
	if diff := cmp.Diff(want, k.Said()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if again := k.Said(); again != nil {
		t.Errorf("said twice: %v", again)
	}
}

func TestKernelTellsEvents(t *testing.T) {
	t.Parallel()
	var k Kernel
	ctx, cancel := context.WithCancel(t.Context())
	gotC := make(chan []netif.Event, 1)
	var g errgroup.Group
	g.Go(func() error { return k.Run(ctx, func(evs []netif.Event) { gotC <- evs }) })
	sent := []netif.Event{netif.LinkChange{Link: netif.Link{Name: "a", Index: 2}}}
	if err := k.Send(ctx, sent...); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sent, <-gotC); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	cancel()
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if err := k.Send(ctx, sent...); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}
