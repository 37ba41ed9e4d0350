// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestBrake(t *testing.T) {
	t.Parallel()
	r, _ := follow(&roster{}, manyServers(t, 60, 2), saved{})
	one, two := r.pools[0], r.pools[1]
	second := func(n float64) time.Time { return start.Add(time.Duration(n * float64(time.Second))) }
	var b brake
	steps := []struct {
		name string
		at   float64
		pool *pool
		n    int
		want int
	}{
		{"nothing to say", 0, one, 0, 0},
		{"a few", 0, one, 3, 3},
		{"as many as there may be", 0, one, burstLines - 3, burstLines - 3},
		{"too late to be slow", 10, one, 10 * lineRate, 10 * lineRate},
		{"no more", 10, one, 5, 0},
		{"of another", 10, two, 5, 0},
		{"not beside those left out", 100, two, 5, 0},
	}
	for _, s := range steps {
		if got := b.admit(second(s.at), s.pool, s.n); got != s.want {
			t.Errorf("%s: %d lines, want %d", s.name, got, s.want)
		}
	}
	if got := b.due(); !got.Equal(second(11)) {
		t.Errorf("summary at %s", got)
	}
	fail(two.servers[0])
	want := []string{
		"Many changes at once: 15 lines about 2 virtual servers left out",
		"VS [10.9.0.1]:tcp:80: 2 of 2 real servers alive, quorum up",
		"VS [10.9.1.1]:tcp:80: 1 of 2 real servers alive, quorum up",
	}
	if diff := cmp.Diff(want, b.summary(second(101))); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string(nil), b.summary(second(101))); diff != "" {
		t.Errorf("another summary (-want +got):\n%s", diff)
	}
	if got := b.admit(second(102), one, 5); got != 5 || !b.due().IsZero() {
		t.Errorf("%d lines after the summary, due %s", got, b.due())
	}

	b = brake{spent: burstLines, at: second(200)}
	for _, p := range r.pools {
		b.admit(second(200), p, 1)
	}
	got := b.summary(second(201))
	if len(got) != summaryPools+2 || got[len(got)-1] != "10 virtual servers more: 20 of 20 real servers alive, quorum of 10 up" {
		t.Errorf("%d lines, the last %q", len(got), got[len(got)-1])
	}
}

// TestTenThousandFailAndReturn: the table is right each time, and the log is bounded and
// says in the end how things are.
func TestTenThousandFailAndReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "")
		b.cfg = manyServers(t, 10, 1000)
		set := func(do func(string)) {
			for _, vs := range b.cfg.VirtualServers {
				for _, rs := range vs.RealServers {
					do(rs.Addr.String())
				}
			}
		}
		b.start()
		b.wait(17 * time.Second) // all have run
		b.log.take()
		b.wait(20 * time.Second)
		for _, c := range []struct {
			do   func(string)
			left int
			last string
		}{
			{b.farm.kill, 0, "VS [10.9.9.1]:tcp:80: 0 of 1000 real servers alive, quorum down"},
			{b.farm.revive, 10000, "VS [10.9.9.1]:tcp:80: 1000 of 1000 real servers alive, quorum up"},
		} {
			b.log.take()
			b.told.take()
			set(c.do)
			b.wait(22 * time.Second)
			if n := strings.Count(b.kernel.String(), "-a"); n != c.left {
				t.Errorf("%d servers in the table, want %d", n, c.left)
			}
			lines, last := 0, ""
			for _, l := range b.log.take() {
				if strings.HasPrefix(l, "debug: ") {
					continue
				}
				if lines++; strings.HasPrefix(l, "VS [10.9.9.1]") {
					last = l
				}
			}
			if limit := burstLines + 22*(lineRate+summaryPools+2); lines > limit {
				t.Errorf("%d lines, more than %d", lines, limit)
			}
			if last != c.last {
				t.Errorf("the last that was said is %q, want %q", last, c.last)
			}
			if n := len(b.told.take()); n != 10010 {
				t.Errorf("%d records, want one for each server and virtual server", n)
			}
			b.wait(20 * time.Second)
		}
		b.stop()
	})
}
