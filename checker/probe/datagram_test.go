// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"vipward/conf"
)

// answerer is a server that answers each datagram with what reply gives for it. It
// returns a check of it, and the datagrams.
func answerer(t *testing.T, reply func(question []byte) [][]byte) (conf.Checker, <-chan []byte) {
	t.Helper()
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	got := make(chan []byte, 10)
	go func() {
		b := make([]byte, 4096)
		for {
			n, from, err := l.ReadFrom(b)
			if err != nil {
				return
			}
			got <- append([]byte(nil), b[:n]...)
			for _, r := range reply(b[:n]) {
				_, _ = l.WriteTo(r, from)
			}
		}
	}()
	at := netip.MustParseAddrPort(l.LocalAddr().String())
	return conf.Checker{ConnectIP: at.Addr(), ConnectPort: at.Port(), CheckSettings: &conf.CheckSettings{ConnectTimeout: 5 * time.Second}}, got
}

// closedPort is a check of a port that nobody listens on.
func closedPort(t *testing.T) conf.Checker {
	t.Helper()
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := netip.MustParseAddrPort(l.LocalAddr().String())
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return conf.Checker{ConnectIP: at.Addr(), ConnectPort: at.Port(), CheckSettings: &conf.CheckSettings{ConnectTimeout: 5 * time.Second}}
}

func silence([]byte) [][]byte { return nil }

// A server that never stops sending what is no answer is not listened to for ever.
func TestAskStrays(t *testing.T) {
	t.Parallel()
	near, far := net.Pipe()
	t.Cleanup(func() { _ = near.Close() })
	var sent atomic.Int32
	go func() {
		defer far.Close()
		_, _ = far.Read(make([]byte, 9))
		for {
			if _, err := far.Write([]byte("noise")); err != nil {
				return
			}
			sent.Add(1)
		}
	}()
	_, err := ask(t.Context(), near, &conf.Checker{CheckSettings: &conf.CheckSettings{ConnectTimeout: time.Minute}}, []byte("?"), make([]byte, 9), func([]byte) bool { return false })
	if err != errStrays { //nolint:errorlint // exactly this one
		t.Errorf("%v", err)
	}
	_ = near.Close()
	if n := sent.Load(); n > strays+1 {
		t.Errorf("%d datagrams were read", n)
	}
}

// Without an answer the wait ends with the context.
func TestAskEndsWithContext(t *testing.T) {
	t.Parallel()
	c, got := answerer(t, silence)
	c.UDP, c.DNS, c.ConnectTimeout = &conf.UDPCheck{MaxLength: 255}, &conf.DNSCheck{Type: "A", Name: "."}, time.Hour
	for name, p := range map[string]Probe{"udp": udp{&c}, "dns": dns{&c}} {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan Result, 1)
		go func() { done <- p.Run(ctx) }()
		<-got
		cancel()
		if r := <-done; r.Outcome != Untold || r.Cause != context.Canceled { //nolint:errorlint // exactly this one
			t.Errorf("%s: %+v", name, r)
		}
	}
}
