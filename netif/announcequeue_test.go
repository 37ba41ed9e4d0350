// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// queueRig runs an AnnounceQueue on a clock of its own and writes down what leaves.
type queueRig struct {
	q     *AnnounceQueue
	start time.Time
	now   time.Time
	log   []string
}

// newQueueRig paces interface 1 by 200 ms (NA: 300 ms), interfaces 2 and 3 by 500 ms
// together, and no other.
func newQueueRig() *queueRig {
	start := time.Unix(1000, 0)
	return &queueRig{start: start, now: start, q: NewAnnounceQueue(func(t Target) Pace {
		switch {
		case t.Index == 1 && t.IP.Is6():
			return Pace{"eth0", 300 * time.Millisecond}
		case t.Index == 1:
			return Pace{"eth0", 200 * time.Millisecond}
		case t.Index <= 3:
			return Pace{"group", 500 * time.Millisecond}
		}
		return Pace{}
	})}
}

func (r *queueRig) note(list []Target, rounds int) {
	for _, t := range list {
		line := fmt.Sprintf("%v if%d %s", r.now.Sub(r.start), t.Index, t.IP)
		if rounds > 1 {
			line += fmt.Sprintf(" x%d", rounds)
		}
		r.log = append(r.log, line)
	}
}

// add asks for announcements: "1 10.0.0.1" is interface and address.
func (r *queueRig) add(rounds int, targets ...string) {
	open, first := r.q.Add(r.now, parseTargets(targets), rounds)
	r.note(open, rounds)
	r.note(first, 1)
}

func parseTargets(list []string) []Target {
	var out []Target
	for _, s := range list {
		dev, ip, _ := strings.Cut(s, " ")
		out = append(out, Target{Index: int(dev[0] - '0'), IP: netip.MustParseAddr(ip)})
	}
	return out
}

// pass lets time pass, with a Wake at each deadline.
func (r *queueRig) pass(d time.Duration) {
	until := r.now.Add(d)
	for due := r.q.Deadline(); !due.IsZero() && !due.After(until); due = r.q.Deadline() {
		r.now = due
		r.note(r.q.Wake(r.now), 1)
	}
	r.now = until
}

func (r *queueRig) want(t *testing.T, lines ...string) {
	t.Helper()
	if diff := cmp.Diff(lines, r.log); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	r.log = nil
}

// TestQueueAsRecorded: vrrp_garp_interval 0.2 with three addresses and two rounds, as
// keepalived 2.4.3 sent them (case garp-interval); 2.2.7 leaves some of the second round out.
func TestQueueAsRecorded(t *testing.T) {
	t.Parallel()
	r := newQueueRig()
	vips := []string{"1 10.0.0.100", "1 10.0.0.101", "1 10.0.0.102"}
	r.add(2, vips...)
	r.pass(2 * time.Second)
	r.add(2, vips...)
	r.pass(time.Hour)
	r.want(t,
		"0s if1 10.0.0.100", "200ms if1 10.0.0.101", "400ms if1 10.0.0.102",
		"600ms if1 10.0.0.100", "800ms if1 10.0.0.101", "1s if1 10.0.0.102",
		"2s if1 10.0.0.100", "2.2s if1 10.0.0.101", "2.4s if1 10.0.0.102",
		"2.6s if1 10.0.0.100", "2.8s if1 10.0.0.101", "3s if1 10.0.0.102",
	)
	if d := r.q.Deadline(); !d.IsZero() {
		t.Errorf("an empty queue has the deadline %v", d)
	}
}

func TestQueueWithoutSpacing(t *testing.T) {
	t.Parallel()
	r := newQueueRig()
	r.add(5, "4 10.0.0.100", "4 fe80::5")
	r.add(0, "5 10.0.0.101")
	r.pass(time.Hour)
	r.want(t, "0s if4 10.0.0.100 x5", "0s if4 fe80::5 x5", "0s if5 10.0.0.101")
}

// TestQueueSharedLine: interfaces of one garp_group share the spacing, other lines do not
// wait for them, and neither do the addresses of the other family.
func TestQueueSharedLine(t *testing.T) {
	t.Parallel()
	r := newQueueRig()
	r.add(1, "2 10.0.0.1", "3 10.0.0.2", "1 10.0.0.3", "3 fe80::3", "2 fe80::2", "1 fe80::1", "1 fe80::4")
	r.pass(time.Hour)
	r.want(t, "0s if2 10.0.0.1", "0s if1 10.0.0.3", "0s if3 fe80::3", "0s if1 fe80::1",
		"300ms if1 fe80::4", "500ms if3 10.0.0.2", "500ms if2 fe80::2")
}

// TestQueueWithoutDuplicates: what is asked for again while it waits is not added to it.
func TestQueueWithoutDuplicates(t *testing.T) {
	t.Parallel()
	r := newQueueRig()
	r.add(1, "1 10.0.0.1", "1 10.0.0.2", "1 10.0.0.3")
	r.add(1, "1 10.0.0.3", "1 10.0.0.2")
	r.add(2, "1 10.0.0.3")
	r.pass(time.Hour)
	r.want(t, "0s if1 10.0.0.1", "200ms if1 10.0.0.2", "400ms if1 10.0.0.3", "600ms if1 10.0.0.3")
}

// TestQueueNewAddressFirst: repeats of others do not delay the first announcement of an
// address that was just taken over.
func TestQueueNewAddressFirst(t *testing.T) {
	t.Parallel()
	r := newQueueRig()
	r.add(3, "1 10.0.0.1")
	r.pass(300 * time.Millisecond)
	r.add(2, "1 10.0.0.2")
	r.pass(time.Hour)
	r.want(t, "0s if1 10.0.0.1", "200ms if1 10.0.0.1", "400ms if1 10.0.0.2", "600ms if1 10.0.0.1", "800ms if1 10.0.0.2")
}

func TestQueueDrop(t *testing.T) {
	t.Parallel()
	r := newQueueRig()
	r.add(2, "1 10.0.0.1", "1 10.0.0.2", "1 10.0.0.3")
	r.q.Drop(parseTargets([]string{"1 10.0.0.1", "1 10.0.0.2", "2 10.0.0.3"}))
	r.pass(300 * time.Millisecond)
	r.add(1, "1 10.0.0.2") // taken over again
	r.pass(time.Hour)
	r.want(t, "0s if1 10.0.0.1", "200ms if1 10.0.0.3", "400ms if1 10.0.0.2", "600ms if1 10.0.0.3")
}

// TestQueueSpacingOutlastsAnEmptyQueue: the spacing holds for what comes next, too, even if
// a Wake came in between.
func TestQueueSpacingOutlastsAnEmptyQueue(t *testing.T) {
	t.Parallel()
	r := newQueueRig()
	r.add(1, "1 10.0.0.1")
	r.pass(100 * time.Millisecond)
	r.note(r.q.Wake(r.now), 1)
	r.add(1, "1 10.0.0.2")
	r.pass(time.Hour)
	r.want(t, "0s if1 10.0.0.1", "200ms if1 10.0.0.2")
	if r.q.Wake(r.now); len(r.q.lines)+len(r.q.order) > 0 {
		t.Errorf("%d lines are kept for nothing", len(r.q.lines))
	}
}

func TestQueueLateWake(t *testing.T) {
	t.Parallel()
	r := newQueueRig()
	r.add(1, "1 10.0.0.1", "1 10.0.0.2", "1 10.0.0.3")
	r.now = r.now.Add(10 * time.Second)
	r.note(r.q.Wake(r.now), 1)
	r.pass(time.Hour)
	r.want(t, "0s if1 10.0.0.1", "10s if1 10.0.0.2", "10.2s if1 10.0.0.3")
}

// TestQueueProperties: at random, no two announcements of a line are closer than its
// spacing, what is asked for leaves, and the queue never holds more than its addresses.
func TestQueueProperties(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		now := time.Unix(0, 0)
		last := map[string]time.Time{}
		asked := map[Target]bool{}
		const every = 100 * time.Millisecond
		line := func(t Target) Pace { return Pace{itoa(t.Index % 2), every} }
		q := NewAnnounceQueue(line)
		sent := func(list []Target) {
			for _, x := range list {
				name := line(x).Line
				if was, ok := last[name]; ok && now.Sub(was) < every {
					t.Fatalf("seed %d: %v after %v", seed, x, now.Sub(was))
				}
				last[name] = now
				delete(asked, x)
			}
		}
		for range 100 {
			now = now.Add(time.Duration(rnd.IntN(150)) * time.Millisecond)
			sent(q.Wake(now))
			list := targets(rnd.IntN(4), rnd.IntN(5))
			for _, x := range list {
				asked[x] = true
			}
			_, first := q.Add(now, list, rnd.IntN(3))
			sent(first)
		}
		for due := q.Deadline(); !due.IsZero(); due = q.Deadline() {
			if !due.After(now) {
				due = now
			}
			now = due
			sent(q.Wake(now))
			if next := q.Deadline(); !next.IsZero() && !next.After(now) {
				t.Fatalf("seed %d: after a Wake at %v the deadline is %v", seed, now, next)
			}
		}
		if len(asked) > 0 {
			t.Fatalf("seed %d: never announced: %v", seed, asked)
		}
		for _, l := range q.order {
			if len(l.left)+len(l.fresh)+len(l.again) > 0 {
				t.Fatalf("seed %d: something is left: %+v", seed, l)
			}
		}
	}
}
