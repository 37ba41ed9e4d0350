// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vipward/conf"
	"vipward/internal/lab"
	"vipward/netif"

	"github.com/google/go-cmp/cmp"
)

func change(addr string, index int, added bool) netif.AddrChange {
	return netif.AddrChange{Prefix: netip.MustParsePrefix(addr + "/32"), Index: index, Added: added}
}

func TestPresence(t *testing.T) {
	t.Parallel()
	vs := &conf.VirtualServer{Addr: netip.MustParseAddr("10.9.0.1")}
	group := &conf.VirtualServer{Group: &conf.ServerGroup{Entries: []conf.GroupEntry{
		{FWMark: 5},
		{First: netip.MustParseAddr("10.9.0.2"), Last: netip.MustParseAddr("10.9.0.4")},
	}}}
	steps := []struct {
		name        string
		event       netif.Event
		alone, some bool // the address is here, one of the group's
	}{
		{"another address", netif.Resync{Addrs: []netif.AddrChange{change("10.9.0.9", 1, true)}}, false, false},
		{"the address", change("10.9.0.1", 1, true), true, false},
		{"on a second link", change("10.9.0.1", 2, true), true, false},
		{"said again", change("10.9.0.1", 2, true), true, false},
		{"gone from the first", change("10.9.0.1", 1, false), true, false},
		{"gone from a third", change("10.9.0.1", 3, false), true, false},
		{"gone from the second", change("10.9.0.1", 2, false), false, false},
		{"gone before", change("10.9.0.1", 2, false), false, false},
		{"one of a group", change("10.9.0.3", 1, true), false, true},
		{"a link", netif.LinkChange{}, false, true},
		{"all anew", netif.Resync{Addrs: []netif.AddrChange{change("10.9.0.1", 7, true)}}, true, false},
	}
	var p presence
	if p.known {
		t.Error("known before anything was heard")
	}
	for _, s := range steps {
		p.take([]netif.Event{s.event})
		if diff := cmp.Diff([]bool{s.alone, s.some, true}, []bool{p.has(vs), p.has(group), p.known}); diff != "" {
			t.Errorf("%s: address, group, known (-want +got):\n%s", s.name, diff)
		}
	}
}

const suspended = `vs 10.9.0.1:80
rs 127.0.0.11:80 delay=2
vs 10.9.0.2:80
rs 127.0.0.12:80 delay=2`

func newSuspendedBench(t *testing.T) *bench {
	b := newBench(t, suspended)
	b.cfg.VirtualServers[0].HASuspend = true
	return b
}

// hear tells the child of addresses.
func (b *bench) hear(events ...netif.Event) {
	b.events <- events
	synctest.Wait()
}

// wantSaid compares the lines about the one server whose checks may rest.
func (b *bench) wantSaid(want ...string) {
	b.t.Helper()
	var got []string
	for _, l := range b.log.take() {
		if !strings.HasPrefix(l, "debug: ") && strings.Contains(l, "127.0.0.11") || strings.HasPrefix(l, "Netlink") {
			got = append(got, l)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("log (-want +got):\n%s", diff)
	}
}

func said(what string) string {
	return what + " healthchecker for service [127.0.0.11]:tcp:80 for VS [10.9.0.1]:tcp:80"
}

const (
	ipAdded   = "Netlink reflector reports IP 10.9.0.1 added"
	ipRemoved = "Netlink reflector reports IP 10.9.0.1 removed"
	checkLost = "TCP_CHECK on service [127.0.0.11]:tcp:80 failed."
	serverOut = "Removing service [127.0.0.11]:tcp:80 from VS [10.9.0.1]:tcp:80"
)

// TestSuspend is the recorded life of ha_suspend: the verdict stays as it was while the
// address is elsewhere.
func TestSuspend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newSuspendedBench(t)
		b.start()
		b.wait(10 * time.Second) // the kernel has not told anything yet
		b.wantSaid()
		b.hear(netif.Resync{})
		b.wantSaid(said("Deactivating"))
		b.wait(10 * time.Second)
		if n := b.farm.count("127.0.0.11"); n != 0 {
			t.Errorf("%d probes without the address", n)
		}
		if n := b.farm.count("127.0.0.12"); n == 0 {
			t.Error("no probes of the other virtual server")
		}

		b.hear(change("10.9.0.1", 1, true))
		b.wantSaid(ipAdded, said("Activating"))
		b.wait(2 * time.Second) // delay_loop at most
		b.wantSaid("TCP connection to [127.0.0.11]:tcp:80 success.")

		b.hear(change("10.9.0.1", 1, false))
		b.wantSaid(ipRemoved, said("Suspending"))
		b.farm.kill("127.0.0.11")
		b.farm.count("127.0.0.11")
		b.wait(10 * time.Second)
		b.wantSaid()
		b.hear(change("10.9.0.9", 1, true)) // nobody's

		b.hear(change("10.9.0.1", 2, true))
		b.wait(2 * time.Second)
		b.wantSaid(ipAdded, said("Activating"), checkLost, serverOut)
		b.stop()
	})
}

// TestSuspendAndReload turns ha_suspend on and off, and crashes meanwhile.
func TestSuspendAndReload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newSuspendedBench(t)
		b.start()
		b.hear(netif.Resync{})
		b.wantSaid(said("Deactivating"))
		b.switchTo(parseConfig(t, suspended))
		b.wantSaid(said("Activating"))
		b.wait(5 * time.Second)
		if n := b.farm.count("127.0.0.11"); n == 0 {
			t.Error("no probes without ha_suspend")
		}
		b.log.take()
		again := newSuspendedBench(t).cfg
		b.switchTo(again)
		b.wantSaid(said("Suspending"))
		b.switchTo(again)
		b.wantSaid()
		b.cfg = again
		b.crash()
		b.start()
		b.hear(netif.Resync{Addrs: []netif.AddrChange{change("10.9.0.1", 1, true)}})
		b.wantSaid(said("Activating"))
		b.stop()
	})
}

// TestSuspendDuringRun takes no notice of what a run finds whose check rests by then.
func TestSuspendDuringRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newSuspendedBench(t)
		b.farm.set(&b.farm.mute, "127.0.0.11", true)
		b.start()
		b.hear(netif.Resync{Addrs: []netif.AddrChange{change("10.9.0.1", 1, true)}})
		b.wait(1500 * time.Millisecond) // a run is under way
		b.log.take()
		b.hear(change("10.9.0.1", 1, false))
		b.wantSaid(ipRemoved, said("Suspending"))
		b.hear(change("10.9.0.1", 1, true)) // the run goes on, and counts again
		b.wantSaid(ipAdded, said("Activating"))
		b.wait(time.Second)
		b.wantSaid(checkLost, serverOut)
		b.wait(1800 * time.Millisecond) // another one is
		b.hear(change("10.9.0.1", 1, false))
		b.log.take()
		b.farm.set(&b.farm.mute, "127.0.0.11", false)
		b.wait(10 * time.Second)
		b.wantSaid()
		b.hear(change("10.9.0.1", 1, true))
		b.wait(2 * time.Second)
		b.wantSaid(ipAdded, said("Activating"), "TCP connection to [127.0.0.11]:tcp:80 success.",
			"Adding service [127.0.0.11]:tcp:80 to VS [10.9.0.1]:tcp:80")
		b.stop()
	})
}

// TestWatchAddressesAgain goes on after errors, and says each once.
func TestWatchAddressesAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		b := newSuspendedBench(t)
		c := &child{eventsC: make(chan []netif.Event)}
		c.Log = b.logger()
		tries := 0
		c.addresses = func(context.Context, func([]netif.Event)) error {
			tries++
			return errors.New("no socket")
		}
		c.roster, _ = follow(&roster{}, b.cfg, saved{})
		c.watchAddresses(ctx)
		c.watchAddresses(ctx) // it is at work
		time.Sleep(3500 * time.Millisecond)
		synctest.Wait()
		cancel()
		if err := c.probes.Wait(); err != nil {
			t.Error(err)
		}
		if tries != 4 {
			t.Errorf("%d tries, want 4", tries)
		}
		b.wantLog("error: ha_suspend does not know where the addresses are: no socket")
	})
}

// TestHostAddresses hears of addresses from the kernel.
func TestHostAddresses(t *testing.T) {
	h := lab.NewNet(t).Host("lb")
	ctx, cancel := context.WithCancel(t.Context())
	events, done := make(chan []netif.Event, 100), make(chan error, 1)
	go func() {
		done <- h.Do(func() error {
			return hostAddresses(ctx, func(batch []netif.Event) { events <- batch })
		})
	}()
	vs := &conf.VirtualServer{Addr: netip.MustParseAddr("10.9.0.1")}
	var p presence
	until := func(here bool) {
		t.Helper()
		for !p.known || p.has(vs) != here {
			select {
			case batch := <-events:
				p.take(batch)
			case <-time.After(20 * time.Second):
				t.Fatalf("the address is here: %t, want %t", p.has(vs), here)
			}
		}
	}
	until(false)
	h.Run("ip", "address", "add", "10.9.0.1/32", "dev", "lo")
	until(true)
	h.Run("ip", "address", "del", "10.9.0.1/32", "dev", "lo")
	until(false)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
