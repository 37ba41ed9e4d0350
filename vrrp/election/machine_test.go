// SPDX-License-Identifier: Apache-2.0

package election

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"vipward/vrrp/packet"
)

// edge is a way between two states.
type edge struct{ from, to State }

// names sorts edges as "FROM -> TO".
func names(edges map[edge]bool) []string {
	var out []string
	for e := range edges {
		out = append(out, e.from.String()+" -> "+e.to.String())
	}
	slices.Sort(out)
	return out
}

// picture reads the edges out of the package comment.
func picture(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range regexp.MustCompile(`(?m)^//\t([A-Z]+) +-> ([A-Z]+) `).FindAllStringSubmatch(string(b), -1) {
		out = append(out, m[1]+" -> "+m[2])
	}
	slices.Sort(out)
	return out
}

var allStates = []State{Init, Backup, Master, FaultState, Stopped, Deleted}

// TestPicture: the package comment shows exactly the legal ways.
func TestPicture(t *testing.T) {
	t.Parallel()
	edges := map[edge]bool{}
	for _, from := range allStates {
		for _, to := range allStates {
			if legal(from, to) {
				edges[edge{from, to}] = true
			}
		}
	}
	if diff := gocmp.Diff(names(edges), picture(t)); diff != "" {
		t.Errorf("ways between states (-legal +doc.go):\n%s", diff)
	}
}

// TestIllegalEdge panics with instance and both names.
func TestIllegalEdge(t *testing.T) {
	t.Parallel()
	for _, from := range allStates {
		for _, to := range allStates {
			m := NewMachine(defaultParams(2, 100))
			m.state = from
			got := panicOf(func() { m.become(to) })
			want := ""
			if !legal(from, to) {
				want = "vrrp: VI_1: no way from " + from.String() + " to " + to.String()
			}
			if got != want {
				t.Errorf("%v to %v: panic %q, want %q", from, to, got, want)
			}
		}
	}
	if legal(State(99), Backup) {
		t.Error("a way from an unknown state")
	}
}

func panicOf(f func()) (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = r.(string)
		}
	}()
	f()
	return ""
}

// TestSteadyStateAllocates nothing: neither a master's advert nor a backup's receipt.
func TestSteadyStateAllocates(t *testing.T) {
	now := epoch
	m := NewMachine(defaultParams(2, 255))
	m.Step(now, Facts{Source: ours})
	m.Step(now, Start{})
	m.Step(now.Add(time.Minute), Wake{})
	now = now.Add(time.Minute)
	if n := testing.AllocsPerRun(100, func() {
		now = m.Deadline()
		if acts := m.Step(now, Wake{}); len(acts) != 1 {
			t.Fatalf("actions %v", showAll(acts))
		}
	}); n != 0 {
		t.Errorf("%v allocations in an advert", n)
	}

	m = NewMachine(defaultParams(3, 100))
	m.Step(now, Start{})
	ad := Advert{From: lower, Priority: 200, Interval: second}
	m.Step(now, ad)
	if n := testing.AllocsPerRun(100, func() {
		now = now.Add(time.Millisecond)
		if acts := m.Step(now, ad); len(acts) != 0 {
			t.Fatalf("actions %v", showAll(acts))
		}
	}); n != 0 {
		t.Errorf("%v allocations in a receipt", n)
	}
}

// TestAdvertByPointer is the same as by value; a shell saves an allocation by it.
func TestAdvertByPointer(t *testing.T) {
	t.Parallel()
	r := backupRig(t, defaultParams(2, 100)).wait(second)
	r.step(&Advert{From: lower, Priority: 200, Interval: second}).want("master set to 10.0.0.2 -D").wantIn(3*second + skew(100))
	g := startedRig(t, 100, 100).wait(second)
	g.step(1, &Advert{From: lower, Priority: 200, Interval: second}).want("B: master set to 10.0.0.2 -D")
}

// TestBeforeStart: facts are noted, and nothing else has an effect.
func TestBeforeStart(t *testing.T) {
	t.Parallel()
	r := newRig(t, defaultParams(2, 255)).step(Wake{}).want().hear(lower, 1).want()
	r.step(Facts{Faults: FaultLink}).want().wantState(Init)
	if !r.m.Deadline().IsZero() {
		t.Error("a deadline before the start")
	}
}

// TestDeadlineIsEarliest of all timers that run.
func TestDeadlineIsEarliest(t *testing.T) {
	t.Parallel()
	at := func(n int) time.Time { return epoch.Add(time.Duration(n) * second) }
	tests := []struct {
		name string
		t    timers
		want time.Time
	}{
		{"none", timers{}, time.Time{}},
		{"one", timers{refresh: at(3)}, at(3)},
		{"first of several", timers{advert: at(2), second: at(5), lower: at(1), refresh: at(4), rogue: at(6)}, at(1)},
		{"down", timers{down: at(7)}, at(7)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.t.earliest(); !got.Equal(tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestFollowing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		late time.Duration
		want time.Duration // from the deadline
	}{
		{"on time", 0, second},
		{"late", 900 * time.Millisecond, second},
		{"a whole period late", second, 2 * second},
		{"very late", 7*second + 1, 8*second + 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := following(epoch, epoch.Add(tt.late), second).Sub(epoch); got != tt.want {
				t.Errorf("next after %v, want %v", got, tt.want)
			}
		})
	}
}

func TestStateString(t *testing.T) {
	t.Parallel()
	var got []string
	for _, s := range append(slices.Clone(allStates), State(99)) {
		got = append(got, s.String())
	}
	if want := "INIT BACKUP MASTER FAULT STOP DELETED UNKNOWN"; strings.Join(got, " ") != want {
		t.Errorf("states %v, want %s", got, want)
	}
}

// BenchmarkMasterAdvert is the work of one advert of a master, without the socket.
func BenchmarkMasterAdvert(b *testing.B) {
	p := defaultParams(3, 255)
	w := wireOf(p, ours)
	m := NewMachine(p)
	m.Step(epoch, Start{})
	b.ReportAllocs()
	for b.Loop() {
		m.Step(m.Deadline(), Wake{})
		w.Begin(m.Priority(), epoch)
		w.To(group)
	}
}

// BenchmarkBackupAdvert is the work of one advert that a backup receives.
func BenchmarkBackupAdvert(b *testing.B) {
	p := defaultParams(3, 100)
	w, other := wireOf(p, ours), wireOf(p, lower)
	m := NewMachine(p)
	m.Step(epoch, Start{})
	other.Begin(200, epoch)
	pkt, _ := packet.ParseIPv4(other.To(group))
	b.ReportAllocs()
	for b.Loop() {
		ad, found := w.Check(pkt, epoch)
		if found != 0 {
			b.Fatal(found.Verdict())
		}
		m.Step(epoch, Advert(ad))
	}
}

// BenchmarkStepGroup is what a group adds to an advert that its member receives as backup.
func BenchmarkStepGroup(b *testing.B) {
	one, two := NewMachine(defaultParams(3, 100)), NewMachine(defaultParams(3, 100))
	g := NewGroup("G", one, two)
	for i := range 2 {
		g.Step(epoch, i, Start{})
	}
	b.ReportAllocs()
	for b.Loop() {
		g.Step(epoch, 0, Advert{From: lower, Priority: 200, Interval: second})
	}
}

// BenchmarkTakeOver is a whole take-over of one machine, and back.
func BenchmarkTakeOver(b *testing.B) {
	m := NewMachine(defaultParams(3, 100))
	m.Step(epoch, Start{})
	b.ReportAllocs()
	for b.Loop() {
		now := m.Deadline()
		m.Step(now, Wake{})
		m.Step(now, Advert{From: lower, Priority: 200, Interval: second})
	}
}
