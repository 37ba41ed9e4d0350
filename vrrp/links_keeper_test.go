// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"vipward/netif"
)

// countingLinks counts the looks at sysctls.
type countingLinks struct {
	fakeLinks
	checks atomic.Int32
	blind  bool
}

func (c *countingLinks) Set(w netif.LinkWish) netif.LinkReport {
	r := c.fakeLinks.Set(w)
	r.Blind = c.blind
	return r
}

func (c *countingLinks) Check() []netif.SysctlChange {
	c.checks.Add(1)
	return nil
}

// TestLinkKeeperLooks: sysctls are looked at as often as needed.
func TestLinkKeeperLooks(t *testing.T) {
	t.Parallel()
	wish := netif.LinkWish{Sysctls: []netif.LinkSysctl{netif.NoLocalIGMP()}}
	for name, tt := range map[string]struct {
		wish  netif.LinkWish
		blind bool
		every time.Duration // between two writes by others; 0: there are none
		want  int32         // in 10 seconds
	}{
		"nothing wished for":            {want: 0},
		"nothing wished for, but told":  {every: time.Second, want: 9},
		"quiet":                         {wish: wish, want: 20},
		"nothing tells":                 {wish: wish, blind: true, want: 100},
		"one write a second":            {wish: wish, every: 1001 * time.Millisecond, want: 20},
		"somebody writes all the time":  {wish: wish, every: 50 * time.Microsecond, want: 990},
		"somebody writes and we do too": {wish: wish, blind: true, every: 3 * time.Second, want: 3 + 97},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				links := &countingLinks{blind: tt.blind}
				k := newLinkKeeper(links, slog.New(slog.DiscardHandler), func(m message) {
					if ask, ok := m.(linksChange); ok {
						close(ask.done)
					}
				})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				go func() { _ = k.run(ctx, netif.LinkMemory{}) }()
				k.set(tt.wish)
				synctest.Wait()
				end := time.Now().Add(10*time.Second + time.Millisecond)
				for tt.every > 0 && time.Now().Add(tt.every).Before(end) {
					time.Sleep(tt.every)
					k.look()
				}
				time.Sleep(time.Until(end))
				synctest.Wait()
				got := links.checks.Load()
				if low, high := tt.want-tt.want/20, tt.want+tt.want/20; got < low || got > high {
					t.Errorf("%d looks in 10 s, want about %d", got, tt.want)
				}
			})
		})
	}
}

// TestSysctlIsPutBackWhenWritten: the news of a write is enough, and the log says what was put
// back.
func TestSysctlIsPutBackWhenWritten(t *testing.T) {
	t.Parallel()
	writes := make(chan struct{})
	c := vmacChild(t, nil, ethernet(true), func(f *fakeLinks) { f.writes = writes })
	c.tell(netif.LinkChange{Link: theVMAC(true)})
	c.eventually("the VIP", c.holds("10.0.0.100/24"))
	c.links.change(netif.SysctlChange{Name: "net.ipv4.conf.vrrp/51.arp_ignore", Value: 1})
	writes <- struct{}{}
	c.eventually("the line", c.logged("net.ipv4.conf.vrrp/51.arp_ignore"))
}
