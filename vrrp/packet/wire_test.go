// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/json"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// TestNews: each kind once until the state or the master changes (case bad-packets).
func TestNews(t *testing.T) {
	t.Parallel()
	w := NewWire(twoVIPs(2))
	ttl, both := of(DropTTL), of(DropTTL)|of(AcceptCount)
	steps := []struct {
		do   func()
		f    Findings
		want Findings
	}{
		{nil, ttl, ttl},
		{nil, ttl, 0},
		{nil, both, of(AcceptCount)},
		{w.Forget, both, both},
		{func() { w.Follow(lower) }, ttl, ttl},
		{func() { w.Follow(lower) }, ttl, 0},
		{func() { w.Follow(higher) }, ttl, ttl},
		{nil, 0, 0},
	}
	for i, s := range steps {
		if s.do != nil {
			s.do()
		}
		if got := w.News(s.f); got != s.want {
			t.Errorf("step %d: %b, want %b", i, got, s.want)
		}
	}
}

// TestSkipAddrs: case skip-check-adv-addr, where three adverts count once.
func TestSkipAddrs(t *testing.T) {
	t.Parallel()
	c := twoVIPs(2)
	c.SkipAddrs = true
	other := crafted{wire: c, priority: 200, src: lower, dst: group, ttl: 255}
	other.wire.Addrs = addrs("10.0.0.100", "10.0.0.199")
	p := other.packet()
	w := NewWire(c)
	for range 3 {
		_, f := w.Check(p, noon)
		if !f.Accepted() {
			t.Fatal(f.Verdict())
		}
		w.Follow(p.Src)
	}
	if got := w.Counters.Addresses(); got != 1 || w.Counters.Received != 3 {
		t.Errorf("counted %d of %d, want 1 of 3", got, w.Counters.Received)
	}
	w.Forget() // we are master: every advert is looked at
	for range 2 {
		if _, f := w.Check(p, noon); f.Verdict() != AcceptAddrs {
			t.Errorf("as master: %v", f.Verdict())
		}
	}
}

// TestCounters: the sums of case bad-packets, for VI_1 of 2.4.3; except that a packet that is
// too short is counted with those that are too long, as 2.2.7 does.
func TestCounters(t *testing.T) {
	t.Parallel()
	c := twoVIPs(2)
	w := NewWire(c)
	give := func(edit func(c *crafted)) {
		x := crafted{wire: c, priority: 200, src: lower, dst: group, ttl: 255}
		edit(&x)
		w.Check(x.packet(), noon)
	}
	for _, edit := range []func(c *crafted){
		func(*crafted) {},
		func(c *crafted) { c.ttl = 254 },
		func(c *crafted) { c.wire.Version = 3 },
		func(c *crafted) { c.breakSum = true },
		func(c *crafted) { c.wire.AdvertInt = 2 * second },
		func(c *crafted) { c.edit = set(0, 0x22) },
		func(c *crafted) { c.wire.Addrs = addrs("10.0.0.100") },
		func(c *crafted) { c.wire.Addrs = addrs("10.0.0.100", "10.0.0.199") },
		func(c *crafted) { c.wire.Addrs = addrs("10.0.0.101", "10.0.0.100") },
		func(c *crafted) { c.wire.Auth = AuthPass },
		func(c *crafted) { c.edit = set(4, 2) },
		func(c *crafted) { c.edit = set(4, 3) },
		func(c *crafted) { c.dst = ours },
		func(c *crafted) { c.edit = grow(8) },
		func(c *crafted) { c.edit = cut(4) },
		func(c *crafted) { c.priority = 0 },
	} {
		give(edit)
	}
	got := map[string]uint64{
		"received": w.Counters.Received, "length": w.Counters.Length(), "TTL": w.Counters.TTL(),
		"type": w.Counters.Found[DropType], "addresses": w.Counters.Addresses(),
		"invalid type": w.Counters.Found[DropAuthType], "mismatch": w.Counters.Found[DropAuthMismatch],
		"failure": w.Counters.AuthFailed(), "zero": w.Counters.ZeroReceived,
	}
	want := map[string]uint64{
		"received": 5, "length": 2, "TTL": 1, "type": 1, "addresses": 2,
		"invalid type": 1, "mismatch": 2, "failure": 0, "zero": 1,
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("counters (-want +got):\n%s", diff)
	}
}

func TestFindingsVerdict(t *testing.T) {
	t.Parallel()
	for f, want := range map[Findings]Verdict{
		0:                                    Accept,
		of(AcceptCount):                      AcceptCount,
		of(AcceptCount) | of(AcceptInterval): AcceptCount,
		of(AcceptInterval) | of(DropPeer):    DropPeer,
		of(Verdicts - 1):                     DropPeerTTL,
		of(AcceptOldSum) | of(AcceptAddrs):   AcceptAddrs,
		of(DropIPHeader) | of(AcceptNewSum):  DropIPHeader,
		of(AcceptAddrs) | of(DropOwn) | of(Accept): DropOwn,
	} {
		if got := f.Verdict(); got != want || f.Accepted() != want.Accepted() {
			t.Errorf("%b: %v, accepted %v; want %v", f, got, f.Accepted(), want)
		}
	}
}

func TestVerdictString(t *testing.T) {
	t.Parallel()
	seen := map[string]Verdict{}
	for v := range Verdict(Verdicts) {
		name := v.String()
		if other, twice := seen[name]; twice || name == "" {
			t.Errorf("%d and %d are both %q", other, v, name)
		}
		seen[name] = v
	}
	if got := Verdict(Verdicts).String(); got != "unknown verdict" {
		t.Errorf("beyond the last: %q", got)
	}
}

// TestSuccessor: the one that takes over from a killed process is believed by the others, and
// believes nothing old.
func TestSuccessor(t *testing.T) {
	t.Parallel()
	succeed := func(t *testing.T, w *Wire, m Memory) *Wire {
		t.Helper()
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		m = Memory{}
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		next := NewWire(w.config)
		next.Source = w.Source
		next.Restore(m)
		return next
	}
	t.Run("AH", func(t *testing.T) {
		t.Parallel()
		sender, receiver, dst := ahPair(false)
		heard := receiver.Memory()
		said := sender.Memory()
		for i := range memoryGap {
			if sender.Outdated() || receiver.Outdated() {
				t.Fatalf("to be saved again after %d adverts", i)
			}
			sender.Begin(100, noon)
			accepts(t, receiver, sender.To(dst), Accept)
			if i == 0 {
				said, heard = sender.Memory(), receiver.Memory()
			}
		}
		sender.Begin(100, noon)
		accepts(t, receiver, sender.To(dst), Accept)
		if !sender.Outdated() || !receiver.Outdated() {
			t.Errorf("not to be saved again")
		}
		next := succeed(t, sender, said)
		next.Begin(100, noon)
		accepts(t, receiver, next.To(dst), Accept)
		again := succeed(t, receiver, heard)
		accepts(t, again, next.To(dst), Accept)
		accepts(t, again, next.To(dst), DropAHSequence)
	})
	t.Run("signed, clock set back", func(t *testing.T) {
		t.Parallel()
		rules := oneKey(Enforce)
		rules.Monotonic = true
		sender, receiver := signed(rules, rules)
		receive(t, receiver, send(sender, noon.Add(time.Hour)), noon)
		said := sender.Memory()
		for range memoryGap - 1 {
			if receive(t, receiver, send(sender, noon), noon) != Accept || sender.Outdated() {
				t.Fatal("not as expected")
			}
		}
		old := send(sender, noon)
		if receive(t, receiver, old, noon) != Accept || !sender.Outdated() {
			t.Errorf("not to be saved again")
		}
		next := succeed(t, sender, said)
		if v := receive(t, receiver, send(next, noon), noon); v != Accept {
			t.Errorf("from the successor: %v", v)
		}
		again := succeed(t, receiver, receiver.Memory())
		if v := receive(t, again, old, noon); v != DropReplay {
			t.Errorf("replayed to the successor: %v", v)
		}
	})
	t.Run("old checksum", func(t *testing.T) {
		t.Parallel()
		w, old, _ := oldPeer(OldSumAuto)
		w.Check(old, noon)
		if next := succeed(t, w, w.Memory()); !next.usesOldSum(lower) {
			t.Errorf("forgotten")
		}
	})
}

// TestMemoryOfPlainAdverts is empty: there is nothing to save again and again.
func TestMemoryOfPlainAdverts(t *testing.T) {
	t.Parallel()
	w := NewWire(twoVIPs(3))
	w.Source = lower
	for range 2 * memoryGap {
		w.Begin(100, noon)
	}
	if b, err := json.Marshal(w.Memory()); err != nil || string(b) != "{}" || w.Outdated() {
		t.Errorf("memory %s, %v, outdated %v", b, err, w.Outdated())
	}
}

// BenchmarkAdvert is what one advert costs besides its system call.
func BenchmarkAdvert(b *testing.B) {
	signed, ah := twoVIPs(3), twoVIPs(2)
	signed.HMAC = oneKey(Enforce)
	ah.Auth, ah.Password = AuthAH, pass("secret12")
	for name, c := range map[string]Config{"v3": twoVIPs(3), "signed": signed, "AH": ah} {
		b.Run(name+"/send", func(b *testing.B) {
			w := NewWire(c)
			w.Source = lower
			b.ReportAllocs()
			for b.Loop() {
				w.Begin(100, noon)
				w.To(group)
			}
		})
		b.Run(name+"/check", func(b *testing.B) {
			p := parse(b, advert(c, group, 100))
			w := NewWire(c)
			b.ReportAllocs()
			for b.Loop() {
				w.ah.sequence, w.signer.marks.list = 0, w.signer.marks.list[:0]
				if _, f := w.Check(p, time.Time{}); !f.Accepted() {
					b.Fatal(f.Verdict())
				}
			}
		})
	}
}
