// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"vipward/checker/probe"
	"vipward/conf"

	"github.com/google/go-cmp/cmp"
)

// life is a roster that reloads come to, and what else they need.
type life struct {
	ro   *roster
	here presence
	said []string
}

// reload goes over to a configuration.
func (l *life) reload(cfg *conf.Config) {
	next, m := follow(l.ro, cfg, saved{})
	l.ro = next
	l.say(m.news)
	l.said = append(l.said, fmt.Sprintf("%d fresh, %d gone", len(m.fresh), len(m.gone)))
	for _, c := range m.gone {
		c.gone = true
	}
}

func (l *life) say(n news) {
	l.said = append(l.said, n.lines...)
	for _, told := range n.notices {
		l.said = append(l.said, told.record())
	}
}

// checks lists the checks of all servers.
func (l *life) checks() []*check { return l.ro.clocked() }

// shape is all that is known, but for what only the place in memory tells.
func (l *life) shape() []string {
	out := append([]string{}, l.said...)
	l.said = nil
	for _, p := range l.ro.pools {
		out = append(out, fmt.Sprint(vsName(p.vs), " ", p.quorum, p.live, p.here, p.heard, p.since))
		for _, gone := range p.leaving {
			out = append(out, fmt.Sprint(" leaving ", *gone))
		}
		for _, s := range p.servers {
			out = append(out, fmt.Sprint(" ", *s.rs.ServerSettings, s.addr(), s.weight(), s.served(), s.failed, s.drained, *s.limit(), s.slowed()))
			for _, o := range []*Order{s.order, s.paused} {
				if o != nil {
					out = append(out, fmt.Sprint("  ", *o))
				}
			}
			for _, c := range s.checks {
				out = append(out, fmt.Sprint("  ", *c.conf.CheckSettings, c.track, c.weight, c.next, c.began, c.rest, c.gone, c.history, c.latency))
			}
		}
	}
	return append(out, l.ro.table().String())
}

// fullConfig makes a configuration with everything that a reload has to keep.
func fullConfig(t *testing.T, r *rand.Rand) *conf.Config {
	t.Helper()
	var b strings.Builder
	for i := range 2 {
		fmt.Fprintf(&b, "vs 10.9.0.%d:80 quorum=%d sorry=127.0.0.99:80 %s\n", i+1, 1+r.IntN(2), []string{"", "weightby=response_time"}[r.IntN(2)])
		for j := range 4 {
			if r.IntN(5) == 0 {
				continue
			}
			fmt.Fprintf(&b, "rs 127.0.0.1%d:80 weight=%d checks=%d drain=%d slow=%d\n", j, 1+r.IntN(2), r.IntN(3), r.IntN(2)*60, r.IntN(2)*20)
		}
	}
	cfg := parseConfig(t, b.String())
	for _, vs := range cfg.VirtualServers {
		vs.HASuspend, vs.Omega = r.IntN(3) == 0, r.IntN(2) == 0
	}
	return cfg
}

// reusing gives the configuration as conf does that knows the one before: real servers that have
// not changed are the same objects.
func reusing(before, cfg *conf.Config) *conf.Config {
	out := *cfg
	out.VirtualServers = each(cfg.VirtualServers, func(vs *conf.VirtualServer) *conf.VirtualServer {
		vs = shallow(vs)
		vs.RealServers = each(vs.RealServers, func(rs *conf.RealServer) *conf.RealServer {
			for _, old := range before.VirtualServers {
				for _, same := range old.RealServers {
					if old.Addr == vs.Addr && reflect.DeepEqual(same, rs) {
						return same
					}
				}
			}
			return rs
		})
		return vs
	})
	return &out
}

// TestMove lives the same life twice: with servers that are the same objects to conf after a reload,
// and with others that are equal. It must make no difference.
func TestMove(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	cfg := fullConfig(t, r)
	moved, made := &life{ro: &roster{}}, &life{ro: &roster{}}
	both := func(f func(*life)) { f(moved); f(made) }
	both(func(l *life) { l.reload(cfg) })
	now, stayed := start, 0
	for step := range 3000 {
		now = now.Add(time.Second)
		what := "reload"
		switch n := r.IntN(20); n {
		case 0, 1:
			next := cfg
			if n == 0 {
				next = fullConfig(t, r)
			}
			before := moved.ro.pools
			cfg = reusing(cfg, next)
			moved.reload(cfg)
			stayed += staying(before, moved.ro.pools)
			made.reload(reusing(&conf.Config{}, copied(next)))
		case 2, 3:
			what = "order"
			o := Order{Server: at(r), Hold: []Hold{HoldNone, HoldDrain, HoldMaintenance, HoldWeight}[r.IntN(4)], Weight: r.IntN(3)}
			both(func(l *life) {
				for _, s := range l.ro.meant(&o) {
					n, _ := l.ro.hold(s, o, now)
					l.say(n)
				}
			})
		case 4:
			what = "pause"
			o := Order{Server: []netip.AddrPort{at(r), {}}[r.IntN(2)], Hold: []Hold{HoldPause, HoldResume}[r.IntN(2)]}
			both(func(l *life) { l.pause(o) })
		case 5:
			what = "addresses"
			have := presence{known: true, links: map[netip.Addr]map[int]bool{netip.MustParseAddr(fmt.Sprintf("10.9.0.%d", 1+r.IntN(2))): {1: true}}}
			both(func(l *life) { l.here = have })
		case 6, 7:
			what = "weights"
			open := uint32(r.IntN(2))
			both(func(l *life) {
				for _, p := range l.ro.pools {
					p.adjust(now)
					lines, _ := p.drain(now, func(netip.AddrPort) (uint32, bool) { return open, true })
					l.say(news{lines: lines})
				}
			})
		default:
			what = "result"
			checks := len(moved.checks())
			if checks == 0 {
				continue
			}
			i, took := r.IntN(checks), time.Duration(r.IntN(300))*time.Millisecond
			res := probe.Result{Outcome: []probe.Outcome{probe.Passed, probe.Passed, probe.Failed}[r.IntN(3)]}
			both(func(l *life) {
				c := l.checks()[i]
				c.began = now.Add(-took)
				n, _ := c.record(res, now)
				l.say(n)
			})
		}
		both(func(l *life) { l.said = append(l.said, l.ro.attend(&l.here).lines...) })
		if diff := cmp.Diff(made.shape(), moved.shape()); diff != "" {
			t.Fatalf("seed %d step %d: %s (-made again +moved):\n%s", seed, step, what, diff)
		}
		moved.wantWhole(t)
	}
	if stayed == 0 {
		t.Error("no server was taken over")
	}
}

func at(r *rand.Rand) netip.AddrPort {
	return netip.MustParseAddrPort(fmt.Sprintf("127.0.0.1%d:80", r.IntN(4)))
}

// pause carries an order out for all that it is about.
func (l *life) pause(o Order) {
	for _, p := range l.ro.paused(&o) {
		line, err := l.ro.pause(p, o)
		l.said = append(l.said, line, fmt.Sprint(err))
	}
}

// copied gives an equal configuration that has no real server in common with another.
func copied(cfg *conf.Config) *conf.Config {
	out := *cfg
	out.VirtualServers = each(cfg.VirtualServers, func(vs *conf.VirtualServer) *conf.VirtualServer {
		vs = shallow(vs)
		vs.RealServers = each(vs.RealServers, func(rs *conf.RealServer) *conf.RealServer {
			rs = shallow(rs)
			rs.Checkers = each(rs.Checkers, shallow)
			return rs
		})
		return vs
	})
	return &out
}

// staying counts the servers that are the same objects as before.
func staying(before, after []*pool) int {
	n := 0
	had := map[*server]bool{}
	for _, p := range before {
		for _, s := range p.servers {
			had[s] = true
		}
	}
	for _, p := range after {
		for _, s := range p.servers {
			if had[s] {
				n++
			}
		}
	}
	return n
}

// wantWhole checks that all belongs to whom it should.
func (l *life) wantWhole(t *testing.T) {
	t.Helper()
	for _, p := range l.ro.pools {
		for _, s := range p.servers {
			for i, c := range s.checks {
				if s.pool != p || c.server != s || c.conf != s.rs.Checkers[i] || c.gone {
					t.Fatalf("%s: check %d belongs to another", s.addr(), i)
				}
			}
		}
	}
}
