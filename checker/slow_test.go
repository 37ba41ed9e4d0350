// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"vipward/checker/probe"
	"vipward/conf"
)

// TestSlowServersDelayNobody: of 10,000 checks nine in ten hang until their time is over,
// and the others run as often as if they were alone.
func TestSlowServersDelayNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const hanging, healthy = 9000, 1000
		var text strings.Builder
		text.WriteString("vs 10.9.0.1:80\n")
		for i := range hanging {
			fmt.Fprintf(&text, "rs 10.1.%d.%d:80 delay=1 retry=0\n", i/250, i%250)
		}
		text.WriteString("vs 10.9.0.2:80\n")
		for i := range healthy {
			fmt.Fprintf(&text, "rs 10.2.%d.%d:80 delay=1\n", i/250, i%250)
		}
		b := newBench(t, text.String())
		var busy, most, runs atomic.Int64
		late := make(map[*conf.Checker]*atomic.Int64) // by check: the number of its runs
		for _, rs := range b.cfg.VirtualServers[1].RealServers {
			late[rs.Checkers[0]] = &atomic.Int64{}
		}
		for _, rs := range b.cfg.VirtualServers[0].RealServers {
			rs.Checkers[0].ConnectTimeout = 30 * time.Second
		}
		b.probeOf = func(c *conf.Checker) probe.Probe {
			return probe.Func(func(ctx context.Context) probe.Result {
				most.Store(max(most.Load(), busy.Add(1)))
				defer busy.Add(-1)
				if n := late[c]; n != nil {
					n.Add(1)
					return probe.Result{Outcome: probe.Passed}
				}
				runs.Add(1)
				select {
				case <-time.After(c.ConnectTimeout):
				case <-ctx.Done():
				}
				return probe.Result{Outcome: probe.Failed, Cause: context.DeadlineExceeded}
			})
		}
		b.start()
		b.wait(3 * time.Second) // all run
		for _, n := range late {
			n.Store(0)
		}
		b.wait(20 * time.Second)
		for c, n := range late {
			if got := n.Load(); got < 19 || got > 20 {
				t.Fatalf("the check of %s ran %d times in 20 s, not 20 times", c.ConnectIP, got)
			}
		}
		if n := most.Load(); n > hanging+healthy {
			t.Errorf("%d runs at once", n)
		}
		if n := runs.Load(); n != hanging {
			t.Errorf("%d runs hang, want %d", n, hanging)
		}
		b.stop()
	})
}

// silent is a server that takes connections and never says a word. It counts those that
// are open at once.
func silent(t *testing.T) (at netip.AddrPort, open *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	open = new(atomic.Int64)
	done := make(chan struct{})
	go func() {
		defer close(done)
		var held []net.Conn
		for {
			conn, err := l.Accept()
			if err != nil {
				break
			}
			open.Add(1)
			held = append(held, conn)
		}
		for _, conn := range held {
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return netip.MustParseAddrPort(l.Addr().String()), open
}

// TestSlowServersOnSockets: while hundreds of real connections wait for a silent server, a
// TCP_CHECK of another one sees it go and come back; no check holds more than one connection.
func TestSlowServersOnSockets(t *testing.T) {
	const hanging = 300
	at, open := silent(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	good := netip.MustParseAddrPort(l.Addr().String())
	var text strings.Builder
	text.WriteString("vs 10.9.0.1:80\n")
	for i := range hanging {
		fmt.Fprintf(&text, "rs 10.1.0.%d:%d delay=1\n", i%250, 80+i/250)
	}
	fmt.Fprintf(&text, "vs 10.9.0.2:80\nrs 10.2.0.1:80 delay=1 retry=0\n")
	b := newBench(t, text.String())
	for _, rs := range b.cfg.VirtualServers[0].RealServers {
		c := rs.Checkers[0]
		c.ConnectIP, c.ConnectPort, c.ConnectTimeout = at.Addr(), at.Port(), 10*time.Minute
		c.Kind, c.HTTP = "HTTP_GET", &conf.HTTPCheck{Protocol: "1.0", URLs: []conf.URL{{Path: "/"}}}
	}
	c := b.cfg.VirtualServers[1].RealServers[0].Checkers[0]
	c.ConnectIP, c.ConnectPort, c.ConnectTimeout, c.DelayLoop = good.Addr(), good.Port(), 10*time.Second, 50*time.Millisecond
	b.probeOf = probe.New
	b.startOutside()
	await := func(what string, is func() bool) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: %d connections\n%s", what, open.Load(), strings.Join(b.said(), "\n"))
			}
		}
	}
	up := func() bool { return strings.Contains(b.kernel.String(), "-r 10.2.0.1:80") }
	await("all hang", func() bool { return open.Load() == hanging })
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	await("the other server is gone", func() bool { return !up() })
	again, err := net.Listen("tcp", good.String())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	await("the other server is back", up)
	if n := open.Load(); n != hanging {
		t.Errorf("%d connections for %d checks", n, hanging)
	}
	b.stop()
}
