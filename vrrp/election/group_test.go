// SPDX-License-Identifier: Apache-2.0

package election

import (
	"net/netip"
	"testing"
	"time"
)

// TestGroupReconfigured: an equal group made again causes nothing, in any state.
func TestGroupReconfigured(t *testing.T) {
	t.Parallel()
	for _, r := range []*groupRig{startedRig(t, 100, 100), rulingRig(t, 100, 100), startedRig(t, 100, 100).step(0, Facts{Faults: FaultLink})} {
		before := r.g.State()
		facts := []Facts{r.g.members[0].facts, r.g.members[1].facts}
		r.g.Dissolve()
		r.g = NewGroup("G1", r.ms...)
		r.wantState(before)
		for i := range r.ms {
			r.step(i, facts[i]).want()
			r.step(i, Reconfigure{r.ms[i].params}).want()
		}
		r.wantState(before)
	}
}

// TestGroupDissolved: its members go on alone, those that waited as well.
func TestGroupDissolved(t *testing.T) {
	t.Parallel()
	r := startedRig(t, 100, 100).wait(2*second).hear(1, 200).wait(3 * second)
	r.wantStates(Backup, Backup)
	r.g.Dissolve()
	if got := r.g.Step(r.now, 0, Wake{}); got != nil {
		t.Errorf("a dissolved group did %v", got)
	}
	m := r.ms[0]
	m.Step(r.now, Facts{Source: ours})
	if m.Step(m.Deadline(), Wake{}); m.State() != Master {
		t.Errorf("the one that heard nobody is %v", m.State())
	}
}

// TestGroupFreesFault: who was in Fault for another's reason leaves it with the group.
func TestGroupFreesFault(t *testing.T) {
	t.Parallel()
	r := startedRig(t, 100, 100).step(1, Facts{Faults: FaultLink}).wantStates(FaultState, FaultState)
	r.g.Dissolve()
	r.ms[0].Step(r.now, Facts{Source: ours})
	r.ms[1].Step(r.now, Facts{Faults: FaultLink})
	r.wantStates(Backup, FaultState)
}

// TestGroupNewMember joins masters after it heard nobody.
func TestGroupNewMember(t *testing.T) {
	t.Parallel()
	r := rulingRig(t, 100, 100)
	c := defaultParams(2, 100)
	c.Name = "C"
	r.ms = append(r.ms, NewMachine(c))
	r.g.Dissolve()
	r.g = NewGroup("G1", r.ms...)
	r.wantState(Master)
	for i := range r.ms {
		r.step(i, Facts{Source: ours}).want()
	}
	r.step(2, Start{}).want("C: remove addresses", "C: INIT -> BACKUP prio 100 at start").wantState(Master)
	r.wait(3*second+skew(100)).wantStates(Master, Master, Master).wantNot("Syncing").wantNot("group")
}

// TestGroupNewMemberFollows: a new member with a better router takes the others along.
func TestGroupNewMemberFollows(t *testing.T) {
	t.Parallel()
	r := rulingRig(t, 100, 100)
	r.ms[1].becomeBackup(r.now, false) // as if it had joined
	r.hear(1, 50).wantStates(Master, Backup)
	r.hear(1, 200).want(
		"G1: VRRP_Group(G1) Syncing instances to BACKUP state",
		"A: MASTER -> BACKUP prio 100", "A: remove addresses", "G1: group MASTER -> BACKUP",
	)
}

// TestGroupNewMemberFaulty takes the others into Fault.
func TestGroupNewMemberFaulty(t *testing.T) {
	t.Parallel()
	r := rulingRig(t, 100)
	r.ms = append(r.ms, NewMachine(defaultParams(2, 100)))
	r.g = NewGroup("G1", r.ms...)
	r.step(1, Facts{Faults: FaultLink}).step(1, Start{})
	r.wantStates(FaultState, FaultState).wantState(FaultState)
}

// TestGroupResume: after a crash nobody reports anything.
func TestGroupResume(t *testing.T) {
	t.Parallel()
	for _, s := range []State{Master, Backup} {
		r := newGroupRig(t, defaultParams(2, 100), defaultParams(2, 100)).all(Start{Resume: s})
		r.wantNot("->").wantStates(s, s).wantState(s)
	}
	r := newGroupRig(t, defaultParams(2, 100), defaultParams(2, 100)).step(0, Facts{Faults: FaultLink})
	r.all(Start{Resume: FaultState}).wantNot("->").wantStates(FaultState, FaultState).wantState(FaultState)
}

// TestGroupResumeMixed: a master goes on, and a new member joins it.
func TestGroupResumeMixed(t *testing.T) {
	t.Parallel()
	r := newGroupRig(t, defaultParams(2, 100), defaultParams(2, 100)).step(0, Start{Resume: Master}).wantState(Init)
	r.step(1, Start{}).wantStates(Master, Backup).wantState(Master)
	r.wait(4*second).wantStates(Master, Master).wantNot("group")
}

// TestGroupResumeFault: a reason that came meanwhile is everybody's.
func TestGroupResumeFault(t *testing.T) {
	t.Parallel()
	r := newGroupRig(t, defaultParams(2, 100), defaultParams(2, 100)).step(1, Facts{Faults: FaultLink})
	r.all(Start{Resume: Master}).wantStates(FaultState, FaultState).wantState(FaultState)
}

// TestGroupUnknownMember does nothing.
func TestGroupUnknownMember(t *testing.T) {
	t.Parallel()
	r := startedRig(t, 100, 100)
	r.step(-1, Stop{}).want().step(2, Stop{}).want().wantStates(Backup, Backup)
}

// TestGroupAllocates nothing in the steady state.
func TestGroupAllocates(t *testing.T) {
	r := startedRig(t, 100, 100).hear(0, 200).hear(1, 200)
	if n := testing.AllocsPerRun(100, func() {
		r.now = r.now.Add(time.Millisecond)
		if acts := r.g.Step(r.now, 1, Advert{From: lower, Priority: 200, Interval: second}); len(acts) > 0 {
			t.Fatalf("actions %v", acts)
		}
	}); n != 0 {
		t.Errorf("%v allocations in a receipt", n)
	}
	r = rulingRig(t, 100, 100).wait(time.Minute)
	if n := testing.AllocsPerRun(100, func() {
		r.g.Step(r.ms[0].Deadline(), 0, Wake{})
		r.g.Step(r.ms[1].Deadline(), 1, Wake{})
	}); n != 0 {
		t.Errorf("%v allocations in two adverts", n)
	}
}

// TestContest: a take-over that ends at once makes the next one hesitate as the address says;
// one that lasted does not.
func TestContest(t *testing.T) {
	t.Parallel()
	m := NewMachine(defaultParams(2, 100))
	m.facts.Source = ours // …5, from the lowest bit on 1, 0, 1, 0
	c, now := &contest{}, epoch
	round := func(lasts time.Duration) time.Duration {
		until := c.hesitate(now, m)
		if again := c.hesitate(now.Add(1), m); !again.Equal(until) {
			t.Errorf("a second look moves the end from %v to %v", until, again)
		}
		wait := max(until.Sub(now), 0)
		now = now.Add(wait)
		c.won(now)
		now = now.Add(lasts)
		c.lost(now, true, second)
		now = now.Add(4 * second)
		c.lost(now, false, second)
		return wait
	}
	for i, tt := range []struct{ lasts, want time.Duration }{
		{time.Millisecond, 0}, {time.Millisecond, second}, {time.Millisecond, 0}, {time.Minute, second}, {time.Millisecond, 0}, {time.Minute, second},
	} {
		if got := round(tt.lasts); got != tt.want {
			t.Errorf("round %d: hesitates %v, want %v", i, got, tt.want)
		}
	}
	c.short, c.until = 1, time.Time{}
	if until := c.hesitate(now.Add(time.Minute), m); !until.IsZero() {
		t.Errorf("still hesitates after a minute, until %v", until)
	}
}

// TestBit: two addresses of a family differ in a bit, whatever they are.
func TestBit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		addr string
		want string // the lowest bits first
	}{
		{"10.0.0.5", "1010000000000000"},
		{"10.0.1.200", "0001001110000000"},
		{"fe80::8001", "1000000000000001"},
	} {
		got := ""
		for n := range 16 {
			got += map[bool]string{true: "1", false: "0"}[bit(netip.MustParseAddr(tt.addr), n)]
		}
		if got != tt.want {
			t.Errorf("%s: bits %s, want %s", tt.addr, got, tt.want)
		}
	}
	if !bit(ours, 32) || !bit(ours, 34) || bit(ours, 33) {
		t.Error("after the last bit comes the first")
	}
	if bit(netip.Addr{}, 0) {
		t.Error("a bit of no address")
	}
}

// TestContestMember: both hosts look at the address on the same link.
func TestContestMember(t *testing.T) {
	t.Parallel()
	a, b := defaultParams(2, 100), defaultParams(2, 100)
	a.VRID, b.VRID = 60, 51
	r := newGroupRig(t, a, b)
	if got := r.g.lowest(); got != r.ms[1] {
		t.Errorf("it is %s", got.params.Name)
	}
}

// TestGroupZone: the zone of a link-local source is no news.
func TestGroupZone(t *testing.T) {
	t.Parallel()
	own := Facts{Source: netip.MustParseAddr("fe80::5%eth0"), Faults: FaultLink}
	r := startedRig(t, 100, 100).step(0, own).wantStates(FaultState, FaultState)
	r.step(1, Facts{Source: own.Source}).want()
	if got := r.ms[0].facts.Source.Zone() + r.ms[1].facts.Source.Zone(); got != "" {
		t.Errorf("zone %q", got)
	}
}

// BenchmarkGroup250 is what 250 members in one group cost: a take-over, and a look at the
// facts of all.
func BenchmarkGroup250(b *testing.B) {
	const n = 250
	var ms []*Machine
	for range n {
		ms = append(ms, NewMachine(defaultParams(2, 100)))
	}
	g := NewGroup("G", ms...)
	for i := range n {
		g.Step(epoch, i, Facts{Source: ours})
	}
	for i := range n {
		g.Step(epoch, i, Start{})
	}
	b.ReportAllocs()
	b.Run("take-over and back", func(b *testing.B) {
		for b.Loop() {
			now := ms[0].Deadline()
			for i := range n {
				g.Step(now, i, Wake{})
			}
			if g.State() != Master {
				b.Fatal(g.State())
			}
			g.Step(now, 0, Advert{From: lower, Priority: 200, Interval: second})
			for i := range n { // the contest is over
				now = later(now, ms[i].Deadline())
			}
			g.contest = contest{}
		}
	})
	b.Run("facts", func(b *testing.B) {
		for b.Loop() {
			for i := range n {
				g.Step(epoch, i, Facts{Source: ours})
			}
		}
	})
}
