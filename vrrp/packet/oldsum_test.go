// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"net/netip"
	"testing"
)

// oldPeer gives an instance with two peers, and an advert of the first with an old checksum.
func oldPeer(of OldSum) (w *Wire, old, right Packet) {
	c := twoVIPs(3)
	c.Group, c.Peers, c.OldSum = netip.Addr{}, []Peer{{Addr: lower, MaxTTL: 255}, {Addr: higher, MaxTTL: 255}}, of
	w = NewWire(c)
	w.Source = ours
	good := crafted{wire: c, priority: 200, src: lower, dst: ours, ttl: 255}
	right = good.packet()
	old = crafted{wire: c, priority: 200, src: lower, dst: oldGroup, ttl: 255}.packet()
	old.Dst = ours
	return w, old, right
}

// TestOldChecksum: case unicast-v3-old-checksum-peer. Each peer gets what it sends.
func TestOldChecksum(t *testing.T) {
	t.Parallel()
	w, old, right := oldPeer(OldSumAuto)
	steps := []struct {
		p    Packet
		want Verdict
		line string
		sum  netip.Addr // that the peer gets
	}{
		{right, Accept, "", lower},
		{old, AcceptOldSum, "(I) Setting unicast VRRPv3 checksum to old version", oldGroup},
		{old, Accept, "", oldGroup},
		{right, AcceptNewSum, "(I) Setting unicast VRRPv3 checksum to new version, as 10.0.0.2 uses it again", lower},
		{old, AcceptOldSum, "(I) Setting unicast VRRPv3 checksum to old version", oldGroup},
	}
	for i, s := range steps {
		_, f := w.Check(s.p, noon)
		if f.Verdict() != s.want || !f.Accepted() {
			t.Fatalf("step %d: %v, want %v", i, f.Verdict(), s.want)
		}
		if got := w.Line("I", f.Verdict(), s.p); got != s.line {
			t.Errorf("step %d: line %q, want %q", i, got, s.line)
		}
		if got := w.sumDst(lower); got != s.sum {
			t.Errorf("step %d: the peer gets a checksum for %v, want %v", i, got, s.sum)
		}
		if got := w.sumDst(higher); got != higher {
			t.Errorf("step %d: the other peer gets a checksum for %v", i, got)
		}
	}
	next := w.config
	next.Peers = next.Peers[1:]
	w.Configure(next)
	if w.usesOldSum(lower) {
		t.Errorf("a removed peer is remembered")
	}
}

func TestOldChecksumByConfiguration(t *testing.T) {
	t.Parallel()
	w, old, right := oldPeer(OldSumOn)
	for name, p := range map[string]Packet{"old": old, "right": right} {
		if _, f := w.Check(p, noon); f != 0 {
			t.Errorf("old_unicast_checksum, %s: %v", name, f.Verdict())
		}
	}
	w, old, right = oldPeer(OldSumNever)
	if _, f := w.Check(old, noon); f.Verdict() != DropChecksum {
		t.Errorf("never, old: %v", f.Verdict())
	}
	if _, f := w.Check(right, noon); f != 0 {
		t.Errorf("never, right: %v", f.Verdict())
	}
}

// TestOldChecksumOfStranger is accepted, but says nothing about what peers want.
func TestOldChecksumOfStranger(t *testing.T) {
	t.Parallel()
	w, old, _ := oldPeer(OldSumAuto)
	next := w.config
	next.Peers = next.Peers[1:]
	w.Configure(next)
	if _, f := w.Check(old, noon); f != 0 || len(w.oldSum) != 0 {
		t.Errorf("verdict %v, remembered %v", f.Verdict(), w.oldSum)
	}
}

// TestSumAsV2: the option makes every checksum right.
func TestSumAsV2(t *testing.T) {
	t.Parallel()
	c := twoVIPs(3)
	c.SumAsV2 = true
	runChecks(t, []check{
		{"as v2", c, nil, Accept, ""},
		{"as v3", c, func(x *crafted) { x.wire.SumAsV2 = false }, Accept, ""},
		{"wrong", c, func(x *crafted) { x.breakSum = true }, Accept, ""},
	})
	plain := twoVIPs(3)
	w := NewWire(plain)
	if _, f := w.Check(parse(t, advert(c, group, 100)), noon); f.Verdict() != DropChecksum {
		t.Errorf("to an instance without the option: %v", f.Verdict())
	}
}
