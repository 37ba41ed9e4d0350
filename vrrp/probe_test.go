// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"bytes"
	"errors"
	"log/slog"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"time"

	"vipward/conf"
	"vipward/vrrp/election"
)

// fakeProber keeps the probes.
type fakeProber struct {
	port
	probes []datagram
	err    error
}

func (f *fakeProber) probe(d datagram) error {
	if f.err == nil {
		d.bytes = bytes.Clone(d.bytes)
		f.probes = append(f.probes, d)
	}
	return f.err
}

// probedSocket is a socket of key with one instance, on a loop that is not run.
func probedSocket(key sockKey, io packetIO) (*socket, *logBuffer) {
	log := &logBuffer{}
	l := &loop{env: Env{Log: slog.New(slog.NewTextHandler(log, nil))}}
	s := &socket{packetIO: io, key: key, name: "eth0"}
	vi := l.newInstance("key", testInstance(100))
	vi.sourced, vi.source, vi.link = true, hostAddr.Prefix.Addr(), eth0
	vi.sock = s
	vi.join(s)
	l.probe(s)
	return s, log
}

func TestProbeFindsDeafSocket(t *testing.T) {
	t.Parallel()
	const deaf, hears = "do not reach this process, a test packet was lost", "reach this process again"
	io := &fakeProber{}
	s, log := probedSocket(sockKey{index: 2, addr: netip.MustParseAddr("224.0.0.18")}, io)
	p, now := s.probing, time.Unix(1000, 0)
	next := func() { now = p.Deadline(); p.wake(now) }
	heard := func() { p.take(io.probes[len(io.probes)-1].bytes, 0, now) }

	next()
	heard()
	if got := p.Deadline().Sub(now); got != probeEvery {
		t.Errorf("the next probe is due in %v, want %v", got, probeEvery)
	}
	next()
	if got := p.Deadline().Sub(now); got != probeLimit {
		t.Errorf("an answer is waited for %v, want %v", got, probeLimit)
	}
	next()
	next()
	if n := strings.Count(log.String(), deaf); n != 1 || strings.Contains(log.String(), hears) {
		t.Errorf("%d lines of a deaf socket, want one:\n%s", n, log)
	}
	if !p.take(io.probes[0].bytes, 0, now) || !p.deaf {
		t.Error("an old probe is none, or proved something")
	}
	heard()
	if p.deaf || !strings.Contains(log.String(), hears) {
		t.Errorf("not said that it hears again:\n%s", log)
	}
	if p.sent != 4 || p.heard != 2 {
		t.Errorf("%d sent and %d heard, want 4 and 2", p.sent, p.heard)
	}
}

// TestProbeThatCannotBeSentProvesNothing: a link that is down keeps a probe back, and that
// is no reason to call the socket deaf.
func TestProbeThatCannotBeSentProvesNothing(t *testing.T) {
	t.Parallel()
	s, log := probedSocket(sockKey{index: 2, addr: netip.MustParseAddr("224.0.0.18")}, &fakeProber{err: errors.New("down")})
	p := s.probing
	for range 3 {
		p.wake(p.Deadline())
	}
	s.byVRID[51][0].sourced = false
	p.wake(p.Deadline())
	if p.deaf || p.sent != 0 || log.String() != "" {
		t.Errorf("deaf %v after %d probes:\n%s", p.deaf, p.sent, log)
	}
}

// TestProbeIsNoAdvert: no advert is taken for a probe, and none of unicast is sent.
func TestProbeIsNoAdvert(t *testing.T) {
	t.Parallel()
	s, _ := probedSocket(sockKey{index: 2, addr: netip.MustParseAddr("224.0.0.18")}, &fakeProber{})
	s.probing.wake(s.probing.Deadline())
	for name, b := range map[string][]byte{"advert": peerAdvert(t, 200), "short": {0x45, 0}, "nothing": nil} {
		if s.probing.take(b, 255, time.Now()) || s.probing.take(b, 0, time.Now()) && name != "nothing" {
			t.Errorf("%s was taken for a probe", name)
		}
	}
	unicast, _ := probedSocket(sockKey{index: 2, addr: hostAddr.Prefix.Addr()}, &fakeProber{})
	if unicast.probing != nil {
		t.Error("a unicast socket is probed")
	}
}

// TestTakeOverOfDeafInstance: who becomes master because it hears nothing says so.
func TestTakeOverOfDeafInstance(t *testing.T) {
	t.Parallel()
	s, log := probedSocket(sockKey{index: 2, addr: netip.MustParseAddr("224.0.0.18")}, &fakeProber{})
	vi := s.byVRID[51][0]
	s.probing.loop.explain(vi, election.LogTimeout, time.Now())
	if log.String() != "" {
		t.Errorf("explained by a socket that hears:\n%s", log)
	}
	s.probing.deaf = true
	s.probing.loop.explain(vi, election.LogTimeout, time.Now())
	if !strings.Contains(log.String(), "is protocol 112 dropped by a firewall rule?") {
		t.Errorf("not explained:\n%s", log)
	}
}

// TestProbesOnTheKernel: in every form the probe comes back to the socket and leaves the
// host not, and a firewall rule that drops adverts keeps it away.
func TestProbesOnTheKernel(t *testing.T) {
	a, b := wires(t)
	group4, group6 := netip.MustParseAddr("224.0.0.18"), netip.MustParseAddr("ff02::12")
	for name, tt := range map[string]struct {
		key    sockKey
		src    netip.Addr
		family conf.Family
	}{
		"IPv4":    {sockKey{false, a, group4}, netip.MustParseAddr("10.0.0.1"), conf.IPv4},
		"IPv4 AH": {sockKey{true, a, group4}, netip.MustParseAddr("10.0.0.1"), conf.IPv4},
		"IPv6":    {sockKey{false, a, group6}, linkLocal(t, "a"), conf.IPv6},
	} {
		io := opened(t, tt.key, "a")
		other := opened(t, sockKey{tt.key.ah, b, tt.key.addr}, "b")
		s, log := probedSocket(tt.key, io)
		vi := s.byVRID[51][0]
		vi.source, vi.cfg.Family = tt.src, tt.family
		vrids := &[256]bool{51: true}
		for _, x := range []*rawSocket{io, other} {
			if err := x.tune(tuning{vrids: vrids, rcvBuf: rcvBuf}); err != nil {
				t.Fatal(err)
			}
		}
		l := s.probing.loop
		s.probing.wake(s.probing.Deadline())
		soon(t, name+" probe comes back", func() bool {
			l.read(s)
			return s.probing.heard == 1
		})
		drop := exec.Command("nft", "-f", "-")
		drop.Stdin = strings.NewReader("table inet fence {\n chain in {\n type filter hook input priority 0;\n meta l4proto { 51, 112 } drop\n }\n}\n")
		if out, err := drop.CombinedOutput(); err != nil {
			t.Fatalf("nft: %v: %s", err, out)
		}
		s.probing.wake(s.probing.Deadline())
		if sent := s.probing.sent; sent != 2 {
			t.Fatalf("%s: %d probes sent, want 2", name, sent)
		}
		l.read(s)
		s.probing.wake(s.probing.Deadline())
		if !s.probing.deaf || !strings.Contains(log.String(), "firewall") {
			t.Errorf("%s: a dropped probe was not missed:\n%s", name, log)
		}
		if out, err := exec.Command("nft", "delete", "table", "inet", "fence").CombinedOutput(); err != nil {
			t.Fatalf("nft: %v: %s", err, out)
		}
		var in batch
		if n := other.receive(&in); n != 0 {
			t.Errorf("%s: %d probes left the host", name, n)
		}
		io.close()
		other.close()
	}
}
