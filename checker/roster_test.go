// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"vipward/ipvs"

	"github.com/google/go-cmp/cmp"

	"vipward/checker/probe"
)

// randomConfig makes few servers with few values, so that two of them have
// much in common.
func randomConfig(r *rand.Rand) string {
	var b strings.Builder
	for i := range 3 {
		if r.IntN(4) == 0 {
			continue
		}
		fmt.Fprintf(&b, "vs 10.9.0.%d:80 quorum=%d hysteresis=%d", i+1, 1+r.IntN(3), r.IntN(2))
		if r.IntN(2) == 0 {
			fmt.Fprintf(&b, " sorry=127.0.0.9%d:80", r.IntN(2))
		}
		b.WriteString("\n")
		for j := range 4 {
			if r.IntN(4) == 0 {
				continue
			}
			fmt.Fprintf(&b, "rs 127.0.0.1%d:80 weight=%d retry=%d checks=%d timeout=%d\n",
				j, r.IntN(3), r.IntN(2), r.IntN(3), 1+r.IntN(2))
		}
	}
	return b.String()
}

// TestRandomLife walks through results, reloads and crashes and looks after
// each step whether all that is counted is right.
func TestRandomLife(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	config := randomConfig(r)
	ro, _ := follow(&roster{}, parseConfig(t, config), saved{})
	for step := range 5000 {
		what := ""
		switch r.IntN(20) {
		case 0:
			config = randomConfig(r)
			what = "reload"
			before := ro.downServers()
			var m moved
			ro, m = follow(ro, parseConfig(t, config), saved{})
			m.wantStillDown(t, before)
		case 1:
			what = "reload of the same"
			table := ro.table().String()
			next, m := follow(ro, parseConfig(t, config), saved{})
			if len(m.lines)+len(m.fresh)+len(m.gone) > 0 || next.table().String() != table {
				t.Errorf("reload of the same: %q, %d new checks, %d gone", m.lines, len(m.fresh), len(m.gone))
			}
			ro = next
		case 2:
			what = "crash"
			ro = restarted(t, ro, config)
		default:
			what = "result"
			if c := ro.anyCheck(r); c != nil {
				c.record(probe.Result{Outcome: []probe.Outcome{probe.Passed, probe.Failed, probe.Untold}[r.IntN(3)]}, start)
			}
		}
		ro.wantSound(t)
		if t.Failed() {
			t.Fatalf("seed %d step %d: %s\n%s", seed, step, what, config)
		}
	}
}

// restarted is the roster of a process that starts from the state of the last.
func restarted(t *testing.T, ro *roster, config string) *roster {
	t.Helper()
	b, err := ro.encode(besides{})
	if err != nil {
		t.Fatal(err)
	}
	known, err := decode(b)
	if err != nil {
		t.Fatal(err)
	}
	next, m := follow(&roster{}, parseConfig(t, config), known)
	if len(m.lines) > 0 {
		t.Errorf("lines after a crash: %q", m.lines)
	}
	if ops := ipvs.Plan(ro.table(), next.table()); len(ops) > 0 {
		t.Errorf("operations after a crash: %v", ops)
	}
	return next
}

func (r *roster) anyCheck(random *rand.Rand) *check {
	var all []*check
	for _, p := range r.pools {
		for _, s := range p.servers {
			all = append(all, s.checks...)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all[random.IntN(len(all))]
}

func (r *roster) downServers() map[string]bool {
	down := map[string]bool{}
	for _, p := range r.pools {
		for _, s := range p.servers {
			if !s.alive() {
				down[rsName(p.vs, s.rs)+vsName(p.vs)] = true
			}
		}
	}
	return down
}

// wantStillDown checks that a failed server which got a new check did not come
// back by that.
func (m moved) wantStillDown(t *testing.T, down map[string]bool) {
	t.Helper()
	for _, c := range m.fresh {
		s := c.server
		if down[rsName(s.pool.vs, s.rs)+vsName(s.pool.vs)] && s.alive() {
			t.Errorf("%s of %s came back by a reload", rsName(s.pool.vs, s.rs), vsName(s.pool.vs))
		}
	}
}

// wantSound counts all again.
func (r *roster) wantSound(t *testing.T) {
	t.Helper()
	for _, p := range r.pools {
		var live int64
		var want []string
		for _, s := range p.servers {
			failed := 0
			for _, c := range s.checks {
				if !c.track.Up {
					failed++
				}
				if c.server != s || s.pool != p || c.gone {
					t.Errorf("%s: a check belongs to another server", vsName(p.vs))
				}
			}
			if failed != int(s.failed) {
				t.Errorf("%s: %d failed checks, counted %d", rsName(p.vs, s.rs), failed, s.failed)
			}
			if failed == 0 {
				live += int64(s.rs.Weight)
				want = append(want, s.addr().String())
			}
		}
		if p.live != live {
			t.Errorf("%s: weight %d is alive, counted %d", vsName(p.vs), live, p.live)
		}
		quorum, band := int64(p.vs.Quorum), int64(p.vs.Hysteresis)
		if p.quorum.Up && (live == 0 || live < quorum-band) || !p.quorum.Up && live > 0 && live >= quorum+band {
			t.Errorf("%s: quorum is %t with %d of %d, band %d", vsName(p.vs), p.quorum.Up, live, quorum, band)
		}
		if p.sorry() {
			want = []string{fmt.Sprintf("%s:%d", p.vs.Sorry.Addr, p.vs.Sorry.Port)}
		}
		var got []string
		for _, d := range p.entry(nil).Dests {
			got = append(got, d.Server().String())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: servers in the table (-want +got):\n%s", vsName(p.vs), diff)
		}
	}
}

func TestRepeatedVirtualServer(t *testing.T) {
	t.Parallel()
	ro, _ := follow(&roster{}, parseConfig(t, "vs 10.9.0.1:80\nrs 127.0.0.11:80\nvs 10.9.0.1:80\nrs 127.0.0.12:80"), saved{})
	want := "-A -t 10.9.0.1:80 -s rr\n-a -t 10.9.0.1:80 -r 127.0.0.11:80 -m -w 1\n"
	if diff := cmp.Diff(want, ro.table().String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}
