// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"net/netip"
	"testing"
	"time"
)

func TestSequenceAt(t *testing.T) {
	t.Parallel()
	for at, want := range map[time.Time]sequence{
		time.Unix(0, 0):                  0,
		time.Unix(1, 500_000_000):        1<<32 | 0x8000<<16,
		time.Unix(2, 999_999_999):        2<<32 | 0xffff<<16,
		time.Unix(1<<32+5, 15_258_790/2): 5<<32 | 0x01f4<<16,
	} {
		if got := sequenceAt(at); got != want {
			t.Errorf("%v: %#x, want %#x", at, uint64(got), uint64(want))
		}
	}
}

func TestSequenceNext(t *testing.T) {
	t.Parallel()
	timed := &HMAC{Window: 5 * time.Second}
	monotonic := &HMAC{Window: 5 * time.Second, Monotonic: true}
	now := sequenceAt(noon)
	const s = sequence(1) << 32
	tests := []struct {
		name string
		last sequence
		by   *HMAC
		want sequence
	}{
		{"the first", 0, timed, now},
		{"a second later", now - s, timed, now},
		{"in the same instant", now, timed, now + 1},
		{"the counter is carried upward", now | 0xffff, timed, (now | 0xffff) + 1},
		{"clock set back within the window", now + 5*s, timed, now + 5*s + 1},
		{"clock set back by more", now + 6*s, timed, now},
		{"monotonic, clock set back", now + 3600*s, monotonic, now + 3600*s + 1},
	}
	for _, tt := range tests {
		if got := tt.last.next(noon, tt.by); got != tt.want {
			t.Errorf("%s: %#x, want %#x", tt.name, uint64(got), uint64(tt.want))
		}
	}
}

// TestSequenceWraps: in 2106 the seconds begin anew.
func TestSequenceWraps(t *testing.T) {
	t.Parallel()
	end := time.Unix(1<<32-1, 0)
	last, next := sequenceAt(end), sequenceAt(end.Add(2*time.Second))
	if !next.after(last) || last.after(next) || last.after(last) {
		t.Errorf("%#x is not after %#x", uint64(next), uint64(last))
	}
	if !last.fresh(end.Add(2*time.Second), 5*time.Second) || last.fresh(end.Add(time.Minute), 5*time.Second) {
		t.Errorf("freshness across the end of the seconds")
	}
	if got := last.next(end.Add(2*time.Second), &HMAC{Window: 5 * time.Second}); got != next {
		t.Errorf("next %#x, want %#x", uint64(got), uint64(next))
	}
}

// TestMarks: each sender has its own, and the one that was silent longest is forgotten.
func TestMarks(t *testing.T) {
	t.Parallel()
	m := marks{limit: multicastMarks}
	valid := true
	pass := func(host byte, seq sequence) bool {
		return m.pass(netip.AddrFrom4([4]byte{10, 0, 0, host}), seq, func(sequence) bool { return valid })
	}
	for host := range byte(multicastMarks) {
		if !pass(host, 10) {
			t.Fatalf("first of %d refused", host)
		}
	}
	steps := []struct {
		host byte
		seq  sequence
		want bool
	}{
		{0, 10, false}, {0, 9, false}, {0, 11, true}, // 0 is the latest now, 1 the oldest
		{7, 5, true}, {7, 5, false}, // takes the place of 1
		{1, 10, true},  // forgotten; takes the place of 2
		{0, 11, false}, // but 0 is not
		{3, 10, false},
	}
	for i, s := range steps {
		if got := pass(s.host, s.seq); got != s.want {
			t.Errorf("step %d, sender %d with %d: %v", i, s.host, s.seq, got)
		}
	}
	valid = false
	if !pass(0, 3) {
		t.Errorf("a mark that is not valid any more held a packet up")
	}
}
