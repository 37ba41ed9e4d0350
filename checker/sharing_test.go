// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/checker/probe"
	"vipward/conf"
)

// twice is one real server behind several virtual servers.
func twice(t *testing.T, share bool, services int, options string) *conf.Config {
	t.Helper()
	var text strings.Builder
	for i := range services {
		fmt.Fprintf(&text, "vs 10.9.0.%d:80\nrs 127.0.0.11:80 delay=2 %s\n", i+1, options)
	}
	cfg := parseConfig(t, text.String())
	cfg.Global.Checker.SharedProbes = share
	return cfg
}

// TestSharedProbes: with shared_probes equal checks are one run, and its result counts for
// all; without it each runs by itself.
func TestSharedProbes(t *testing.T) {
	for _, tt := range []struct {
		share bool
		want  int // runs in 10 seconds
	}{{false, 15}, {true, 5}} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, "")
			b.cfg = twice(t, tt.share, 3, "")
			b.start()
			b.wait(5 * time.Second) // warmup is up to delay_loop
			b.farm.count("127.0.0.11")
			b.wait(10 * time.Second)
			if n := b.farm.count("127.0.0.11"); n != tt.want {
				t.Errorf("shared %t: %d runs, want %d", tt.share, n, tt.want)
			}
			b.log.take()
			b.farm.kill("127.0.0.11")
			b.wait(5 * time.Second)
			if got := strings.Count(b.kernel.String(), "-a"); got != 0 {
				t.Errorf("shared %t: %d servers are left", tt.share, got)
			}
			var removed []string
			for _, l := range b.log.take() {
				if strings.HasPrefix(l, "Removing") {
					removed = append(removed, l)
				}
			}
			var want []string
			for i := range 3 {
				want = append(want, fmt.Sprintf("Removing service [127.0.0.11]:tcp:80 from VS [10.9.0.%d]:tcp:80", i+1))
			}
			slices.Sort(removed)
			if diff := cmp.Diff(want, removed); diff != "" {
				t.Errorf("shared %t: lines (-want +got):\n%s", tt.share, diff)
			}
			b.farm.revive("127.0.0.11")
			b.wait(5 * time.Second)
			if got := strings.Count(b.kernel.String(), "-a"); got != 3 {
				t.Errorf("shared %t: %d servers are back", tt.share, got)
			}
			b.stop()
		})
	}
}

// TestSharedProbesDiffer: what another target, or another time, makes of a check runs by
// itself.
func TestSharedProbesDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "")
		b.cfg = twice(t, true, 4, "")
		b.cfg.VirtualServers[1].RealServers[0].Checkers[0].ConnectPort = 81
		b.cfg.VirtualServers[2].RealServers[0].Checkers[0].DelayLoop = time.Second
		b.start()
		b.wait(5 * time.Second)
		b.farm.count("127.0.0.11")
		b.wait(10 * time.Second)
		if n := b.farm.count("127.0.0.11"); n != 5+5+10 {
			t.Errorf("%d runs in 10 seconds", n)
		}
		b.stop()
	})
}

// TestSharedProbesReload: whoever ran for the others may go, come, or stop to share; nobody
// is forgotten and nobody runs twice.
func TestSharedProbesReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "")
		b.cfg = twice(t, true, 3, "")
		b.start()
		b.wait(5 * time.Second)
		fewer := twice(t, true, 3, "")
		fewer.VirtualServers = fewer.VirtualServers[1:]
		for _, step := range []struct {
			name string
			cfg  *conf.Config
			want int
		}{
			{"the first is gone", fewer, 5},
			{"another first", twice(t, true, 3, ""), 5},
			{"not shared", twice(t, false, 3, ""), 15},
			{"not shared, again", twice(t, false, 3, ""), 15},
			{"shared", twice(t, true, 3, ""), 5},
		} {
			b.switchTo(step.cfg)
			b.wait(5 * time.Second)
			b.farm.count("127.0.0.11")
			b.wait(10 * time.Second)
			if n := b.farm.count("127.0.0.11"); n != step.want {
				t.Errorf("%s: %d runs in 10 seconds, want %d", step.name, n, step.want)
			}
		}
		b.stop()
	})
}

// TestSharedProbesWhileRunning: a reload finds a run under way.
func TestSharedProbesWhileRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "")
		b.cfg = twice(t, false, 2, "")
		b.farm.set(&b.farm.mute, "127.0.0.11", true) // each run takes its connect_timeout
		b.start()
		b.wait(3500 * time.Millisecond)
		for i := range 6 {
			b.switchTo(twice(t, i%2 == 0, 2, ""))
			b.wait(300 * time.Millisecond)
		}
		b.farm.set(&b.farm.mute, "127.0.0.11", false)
		b.wait(10 * time.Second)
		b.farm.count("127.0.0.11")
		b.wait(10 * time.Second)
		if n := b.farm.count("127.0.0.11"); n != 10 {
			t.Errorf("%d runs in 10 seconds", n)
		}
		if got := strings.Count(b.kernel.String(), "-a"); got != 2 {
			t.Errorf("%d servers are up", got)
		}
		b.stop()
	})
}

// TestSharedPages: checks that share see the same pages in turn, also one that joins later.
func TestSharedPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		load := func(services int) *conf.Config {
			cfg := twice(t, true, services, "")
			for _, vs := range cfg.VirtualServers {
				vs.RealServers[0].Checkers[0].Kind = "HTTP_GET"
				vs.RealServers[0].Checkers[0].HTTP = &conf.HTTPCheck{URLs: make([]conf.URL, 3)}
			}
			return cfg
		}
		b := newBench(t, "")
		b.cfg = load(1)
		b.start()
		b.wait(6 * time.Second)
		b.switchTo(load(2))
		b.wait(20 * time.Second)
		said := strings.Join(b.said(), "\n")
		if n := strings.Count(said, "Remote Web server [127.0.0.11]:tcp:80 succeed on service."); n != 2 {
			t.Errorf("%d checks have passed:\n%s", n, said)
		}
		b.farm.kill("127.0.0.11")
		b.wait(10 * time.Second)
		b.farm.revive("127.0.0.11")
		b.wait(20 * time.Second)
		if got := strings.Count(b.kernel.String(), "-a"); got != 2 {
			t.Errorf("%d servers are up", got)
		}
		b.stop()
	})
}

// TestSharedWeights: each server takes its own weight from the common result.
func TestSharedWeights(t *testing.T) {
	t.Parallel()
	cfg := parseConfig(t, "vs 10.9.0.1:80\nrs 127.0.0.11:80 weight=10\nvs 10.9.0.2:80\nrs 127.0.0.11:80 weight=20")
	r, _ := follow(&roster{}, cfg, saved{})
	c := &child{roster: r}
	c.Config = cfg
	c.Config.Global.Checker.SharedProbes = true
	c.share()
	first, second := r.pools[0].servers[0], r.pools[1].servers[0]
	if second.checks[0].lead != first.checks[0] {
		t.Fatal("they do not share")
	}
	found := probe.Result{Outcome: probe.Passed, Weight: probe.Weight{Value: -3}}
	for _, s := range []*server{first, second} {
		s.checks[0].record(found, start)
	}
	if first.weight() != 7 || second.weight() != 17 {
		t.Errorf("weights %d and %d", first.weight(), second.weight())
	}
}
