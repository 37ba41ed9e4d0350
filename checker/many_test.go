// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vipward/checker/probe"
	"vipward/conf"
	"vipward/ipvs"
	"vipward/ipvs/ipvsfake"
	"vipward/notify"

	"golang.org/x/sys/unix"
)

// manyServers is a configuration of services with n real servers each.
func manyServers(t *testing.T, services, n int) *conf.Config {
	t.Helper()
	var b strings.Builder
	for i := range services {
		fmt.Fprintf(&b, "vs 10.9.%d.1:80\n", i)
		for j := range n {
			fmt.Fprintf(&b, "rs 10.%d.%d.%d:80 delay=10 warmup=5\n", i+10, j/250, j%250)
		}
	}
	return parseConfig(t, b.String())
}

// When all of 10,000 servers fail at once the table is changed and the state
// saved a few times, not 10,000 times.
func TestManyFailTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "")
		b.cfg = manyServers(t, 10, 1000)
		for _, vs := range b.cfg.VirtualServers {
			for _, rs := range vs.RealServers {
				b.farm.kill(rs.Addr.String())
			}
		}
		b.start()
		b.log.take()
		b.wait(7 * time.Second)
		if n := strings.Count(b.kernel.String(), "-a"); n != 0 {
			t.Errorf("%d servers are left", n)
		}
		batches := 0
		for _, l := range b.log.take() {
			if strings.HasPrefix(l, "debug: IPVS: ") {
				batches++
			}
		}
		if batches > 1000 {
			t.Errorf("%d batches of operations", batches)
		}
		if b.store.saves > 20 {
			t.Errorf("the state was saved %d times", b.store.saves)
		}
		b.stop()
	})
}

func TestProbeSlots(t *testing.T) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
			t.Error(err)
		}
	})
	if got := probeSlots(0); got != minSlots {
		t.Errorf("%d slots for no check", got)
	}
	if got := probeSlots(100); got != 100 {
		t.Errorf("%d slots for 100 checks", got)
	}
	want := int(limit.Max) + 1000
	if got := probeSlots(want); got > want || got < int(limit.Cur)-otherFiles {
		t.Errorf("%d slots for %d checks, limit %+v", got, want, limit)
	}
}

// TestDescriptors: a script needs more than a socket.
func TestDescriptors(t *testing.T) {
	t.Parallel()
	cfg := parseConfig(t, "vs 10.9.0.1:80\nrs 127.0.0.11:80\nrs 127.0.0.12:80 checks=0\nrs 127.0.0.13:80 checks=2")
	scripted(cfg, conf.MiscCheck{})
	r, _ := follow(&roster{}, cfg, saved{})
	if got := r.descriptors(); got != scriptFiles+2 {
		t.Errorf("%d descriptors", got)
	}
}

// Checks that find no slot wait for one and are not lost.
func TestScarceSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "")
		b.cfg = manyServers(t, 1, 100)
		for _, rs := range b.cfg.VirtualServers[0].RealServers {
			b.farm.set(&b.farm.mute, rs.Addr.String(), true)
		}
		b.slots = 10
		b.start()
		b.wait(6*time.Second + 10*time.Second + time.Millisecond) // each run takes a second, ten at a time
		probes := 0
		for _, rs := range b.cfg.VirtualServers[0].RealServers {
			probes += b.farm.count(rs.Addr.String())
		}
		if probes < 100 || probes > 110 {
			t.Errorf("%d probes in the time for 100", probes)
		}
		b.stop()
	})
}

func BenchmarkStart(b *testing.B) {
	cfg := manyServers(&testing.T{}, 100, 100)
	b.ReportAllocs()
	for b.Loop() {
		newStill(b, cfg)
	}
}

// still is a child that starts no probe and says nothing.
func newStill(tb testing.TB, cfg *conf.Config) *child {
	tb.Helper()
	kernel := ipvsfake.New(nil)
	c := &child{
		Env: Env{
			Config: cfg, Kernel: func() (ipvs.Kernel, error) { return quiet{kernel}, nil }, State: &memory{},
			Log: slog.New(slog.DiscardHandler),
		},
		outside: outside{
			probe: probe.New, random: func(limit time.Duration) time.Duration { return limit }, slots: func(n int) int { return n },
			hooks: func([]notify.MadeFIFO) hooks { return &records{} }, disk: hostDisk,
		},
		roster: &roster{},
	}
	c.start()
	return c
}

// quiet is a kernel that takes everything and remembers nothing, so that its own memory does not count.
type quiet struct{ *ipvsfake.Kernel }

func (quiet) Apply([]ipvs.Op) []error { return nil }

// BenchmarkReload goes over to a configuration of 10,000 real servers of which so many have another
// weight.
func BenchmarkReload(b *testing.B) {
	for _, bm := range []struct {
		name    string
		changed int // of each 100
	}{{"same", 0}, {"1percent", 1}, {"all", 100}} {
		b.Run(bm.name, func(b *testing.B) {
			cfg := manyServers(&testing.T{}, 100, 100)
			c := newStill(b, cfg)
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				cfg = heavier(cfg, bm.changed)
				b.StartTimer()
				c.configure(cfg, saved{})
			}
		})
	}
}

// heavier changes the weights of the first n real servers of each virtual server, and keeps the others.
func heavier(cfg *conf.Config, n int) *conf.Config {
	out := *cfg
	out.VirtualServers = each(cfg.VirtualServers, func(vs *conf.VirtualServer) *conf.VirtualServer {
		vs = shallow(vs)
		vs.RealServers = slices.Clone(vs.RealServers)
		for i, rs := range vs.RealServers[:n] {
			vs.RealServers[i] = shallow(rs)
			vs.RealServers[i].Weight++
		}
		return vs
	})
	return &out
}

func BenchmarkRecord(b *testing.B) {
	r, _ := follow(&roster{}, manyServers(&testing.T{}, 1, 1000), saved{})
	c := r.pools[0].servers[0].checks[0]
	b.ReportAllocs()
	for b.Loop() {
		c.record(probe.Result{Outcome: probe.Passed}, start)
	}
}
