// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/vrrp/election"
	"vipward/vrrp/packet"
)

func TestLateness(t *testing.T) {
	t.Parallel()
	base := time.Unix(1000, 0)
	var x lateness
	for _, by := range []time.Duration{0, time.Millisecond, lateLimit, 3 * lateLimit, 2 * lateLimit} {
		x.note(base, base.Add(by))
	}
	want := lateness{served: 5, late: 2, worst: 3 * lateLimit, when: base.Add(3 * lateLimit)}
	if diff := cmp.Diff(want, x, cmp.AllowUnexported(lateness{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEvidenceOfSilence(t *testing.T) {
	t.Parallel()
	base := time.Unix(1000, 0)
	at := func(d time.Duration) time.Time { return base.Add(d) }
	const second = time.Second
	tests := []struct {
		name    string
		sent    []time.Duration
		now     time.Duration
		silence time.Duration
		late    uint64
	}{
		{name: "never a master", now: 9 * second},
		{name: "in time", sent: []time.Duration{0, second}, now: 3 * second / 2, silence: second},
		{name: "silent until now", sent: []time.Duration{0, second}, now: 5 * second, silence: 4 * second},
		{name: "silent before the last", sent: []time.Duration{0, 4 * second}, now: 4 * second, silence: 4 * second, late: 1},
		{name: "long ago", sent: []time.Duration{0, 4 * second, 5 * second}, now: 5 * second, silence: second, late: 1},
		{name: "just tolerable", sent: []time.Duration{0, 2 * second}, now: 2 * second, silence: 2 * second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var e evidence
			for _, d := range tt.sent {
				e.advertSent(at(d), second)
			}
			if got := e.silence(at(tt.now)); got != tt.silence || e.late != tt.late {
				t.Errorf("silence %v, late %d; want %v, %d", got, e.late, tt.silence, tt.late)
			}
			e.rest()
			if got := e.silence(at(tt.now)); got != 0 {
				t.Errorf("silence %v after the end of the mastership, want 0", got)
			}
		})
	}
}

// TestJitter: the mean follows the deviations, in both directions alike, and nothing else.
func TestJitter(t *testing.T) {
	t.Parallel()
	var e evidence
	now, sign := time.Unix(1000, 0), time.Duration(1)
	for range 200 {
		now = now.Add(time.Second + sign*8*time.Millisecond)
		e.advertSent(now, time.Second)
		sign = -sign
	}
	if e.shake < 7*time.Millisecond || e.shake > 8*time.Millisecond {
		t.Errorf("jitter %v, want nearly 8ms", e.shake)
	}
	e.rest()
	e.advertSent(now.Add(time.Hour), time.Second)
	if e.shake > 8*time.Millisecond {
		t.Errorf("jitter %v: the time as backup counts", e.shake)
	}
}

func TestEvidenceOfDrops(t *testing.T) {
	t.Parallel()
	a, b := netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("10.0.0.3")
	var e evidence
	for _, j := range []struct {
		v    packet.Verdict
		from netip.Addr
	}{{packet.DropTTL, a}, {packet.Accept, a}, {packet.DropChecksum, a}, {packet.DropVersion, b}} {
		e.judged(time.Now(), j.v, j.from)
	}
	if e.drops != 2 || e.why != packet.DropVersion || e.from != b {
		t.Errorf("%d drops, the last %v from %v; want 2, %v, %v", e.drops, e.why, e.from, packet.DropVersion, b)
	}
	e.judged(time.Now(), packet.AcceptCount, a)
	if e.drops != 0 {
		t.Errorf("%d drops after a good advert, want 0", e.drops)
	}
}

func TestChildExplainsTakeOverDespiteAdverts(t *testing.T) {
	t.Parallel()
	bad := peerAdvert(t, 200)
	bad[26] ^= 0xff // the checksum
	c := startChild(t, oneInstance(testInstance(100)), &memStore{})
	c.port.deliver(bad)
	c.eventually("the take-over", c.logged("Entering MASTER STATE"))
	if !c.logged("(VI_1) 1 adverts were dropped since the last good one, the last of them from 10.0.0.2: wrong checksum")() {
		t.Errorf("no explanation:\n%s", c.log)
	}
}

func TestExplainsAnotherMasterByOwnSilence(t *testing.T) {
	t.Parallel()
	const said = "no advert of ours left for 4.000 seconds"
	base := time.Unix(1000, 0)
	log := &logBuffer{}
	l := &loop{env: Env{Log: slog.New(slog.NewTextHandler(log, nil))}}
	c := testInstance(100)
	c.AdvertInt = time.Second
	vi := l.newInstance("key", c)
	vi.evidence.advertSent(base, c.AdvertInt)
	l.explain(vi, election.LogForceElection, base.Add(time.Second))
	if log.String() != "" {
		t.Errorf("adverts in time are explained: %s", log)
	}
	for range 3 { // adverts of the other one keep coming
		l.explain(vi, election.LogYieldHigher, base.Add(4*time.Second))
	}
	if n := strings.Count(log.String(), said); n != 1 {
		t.Errorf("said %d times, want once:\n%s", n, log)
	}
	vi.evidence.advertSent(base.Add(4*time.Second), c.AdvertInt)
	vi.evidence.advertSent(base.Add(8*time.Second), c.AdvertInt)
	l.explain(vi, election.LogForceElection, base.Add(8*time.Second))
	if n := strings.Count(log.String(), said); n != 2 {
		t.Errorf("said %d times, want once for each silence:\n%s", n, log)
	}
}

// TestExplainsAMasterThatIsNotHeard: claims of another host without any advert of it are a sign
// of a firewall, which a unicast socket cannot find by itself.
func TestExplainsAMasterThatIsNotHeard(t *testing.T) {
	t.Parallel()
	const said = "is protocol 112 dropped by a firewall"
	base := time.Unix(1000, 0)
	log := &logBuffer{}
	l := &loop{env: Env{Log: slog.New(slog.NewTextHandler(log, nil))}}
	c := testInstance(100)
	c.Peers = []netip.Addr{netip.MustParseAddr("10.0.0.2")}
	vi := l.newInstance("key", c)
	vi.m.Step(base, election.Start{})
	vi.evidence.judged(base, packet.DropChecksum, c.Peers[0])
	l.explain(vi, election.LogRival, base.Add(unheardAfter*vi.m.Interval()))
	if log.String() != "" {
		t.Errorf("said of a master whose adverts come: %s", log)
	}
	l.explain(vi, election.LogRival, base.Add(unheardAfter*vi.m.Interval()+1))
	if n := strings.Count(log.String(), said); n != 1 {
		t.Errorf("said %d times, want once:\n%s", n, log)
	}
}
