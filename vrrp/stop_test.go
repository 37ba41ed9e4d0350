// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"vipward/conf"
	"vipward/netif"
)

// TestChildKeepsAtStop: with Keep a master says nothing and leaves its addresses, and the
// hooks still hear of the stop.
func TestChildKeepsAtStop(t *testing.T) {
	t.Parallel()
	cmd, lines := recorder(t)
	vi := testInstance(100)
	vi.Notify = cmd
	c := startChild(t, oneInstance(vi), &memStore{}, func(e *Env) { e.Keep = true })
	c.eventually("the VIP", c.holds("10.0.0.100/24"))
	if err := c.finish(); err != nil {
		t.Fatal(err)
	}
	if !c.holds("10.0.0.100/24")() {
		t.Errorf("the VIP was removed:\n%s", c.kernel)
	}
	for _, a := range c.port.adverts() {
		if a.Priority == 0 {
			t.Error("the master said priority 0")
		}
	}
	if got := lines(); len(got) == 0 || got[len(got)-1] != "INSTANCE VI_1 STOP 100" {
		t.Errorf("hook calls %q, want a STOP at the end", got)
	}
	for _, text := range []string{"sent 0 priority", "removing VIPs.\" "} {
		if c.logged(text)() {
			t.Errorf("%q is logged:\n%s", text, c.log)
		}
	}
}

// TestChildReleasesAllAtStop: with ReleaseAll an address that somebody else put on a backup
// goes too.
func TestChildReleasesAllAtStop(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"without": true, "with": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vi := testInstance(100)
			vi.AdvertInt = 40_000_000_000 // it stays a backup
			c := startChild(t, oneInstance(vi), &memStore{}, func(e *Env) { e.ReleaseAll = !want })
			vip := netif.Addr{Prefix: netip.MustParsePrefix("10.0.0.100/24"), Index: 2}
			c.kernel.Apply([]netif.Op{{Add: true, Addr: &vip}})
			c.tell(netif.AddrChange{Index: 2, Prefix: vip.Prefix, Added: true})
			c.eventually("the news of it", func() bool {
				reply := make(chan string, 1)
				c.ask <- Question{Reply: reply}
				return strings.Contains(<-reply, "10.0.0.100/24 dev eth0 scope global set")
			})
			if err := c.finish(); err != nil {
				t.Fatal(err)
			}
			if c.holds("10.0.0.100/24")() != want {
				t.Errorf("after the stop:\n%s\nwant the address there: %v", c.kernel, want)
			}
		})
	}
}

// TestChildStopsSideBySide: the scripts of a stop come to their end while the kernel takes its
// time with the VMACs, and each part of that work is told.
func TestChildStopsSideBySide(t *testing.T) {
	t.Parallel()
	vi := testInstance(100)
	vi.VMAC = &conf.VMAC{}
	vi.NotifyStop = &conf.Command{Args: []string{"/bin/sleep", "60"}, User: "root"}
	hold := make(chan struct{})
	var told atomic.Int32
	c := startChild(t, oneInstance(vi), &memStore{}, ethernet(true),
		func(e *Env) { e.Progress = func() { told.Add(1) } },
		func(f *fakeLinks) { f.hold, f.parts = hold, 3 })
	c.tell(netif.LinkChange{Link: theVMAC(true)})
	c.eventually("the VIP", c.holds("10.0.0.100/24"))
	c.stop()
	c.eventually("the end of the script", c.logged("ended since the daemon stops"))
	close(hold)
	before := told.Load()
	if err := c.finish(); err != nil {
		t.Fatal(err)
	}
	if n := told.Load() - before; n < 3 {
		t.Errorf("told %d times of progress, want at least one for each part", n)
	}
}
