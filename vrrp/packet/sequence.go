// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"net/netip"
	"slices"
	"time"
)

// sequence orders the signed adverts of a sender: UTC seconds in 32 bits, 1/65536 seconds in
// 16, and a counter in 16.
type sequence uint64

func sequenceAt(t time.Time) sequence {
	return sequence(uint64(uint32(t.Unix()))<<32 | uint64(t.Nanosecond())<<16/uint64(time.Second)<<16)
}

func (s sequence) seconds() uint32 { return uint32(s >> 32) }

// after compares as RFC 1982 says, so that the end of the seconds in 2106 is no end.
func (s sequence) after(o sequence) bool { return int64(s-o) > 0 }

// next is the sequence number of an advert that is sent now, after one with s. A clock that
// was set back is waited for by counting on; but when it was set back by more than the
// others tolerate, they forget what they heard, and we begin anew with the clock.
func (s sequence) next(now time.Time, c *HMAC) sequence {
	clock := sequenceAt(now)
	ahead := int32(s.seconds() - clock.seconds())
	switch {
	case s == 0, clock.after(s):
		return clock
	case !c.Monotonic && time.Duration(ahead)*time.Second > c.Window:
		return clock
	}
	return s + 1
}

// fresh says whether the sequence number is of a time near now.
func (s sequence) fresh(now time.Time, window time.Duration) bool {
	off := int64(int32(uint32(now.Unix()) - s.seconds()))
	return max(off, -off) <= int64(window/time.Second)
}

// multicastMarks is how many senders are remembered besides the configured peers.
const multicastMarks = 4

// marks are the last sequence numbers heard, of the last senders, the latest sender first.
type marks struct {
	limit int
	list  []mark
}

type mark struct {
	from netip.Addr
	last sequence
}

// pass says whether a verified sequence number comes after the last one of its sender, and
// remembers it. A mark that is not valid any more is none.
func (m *marks) pass(from netip.Addr, seq sequence, valid func(sequence) bool) bool {
	i := slices.IndexFunc(m.list, func(k mark) bool { return k.from == from })
	switch {
	case i >= 0 && valid(m.list[i].last) && !seq.after(m.list[i].last):
		return false
	case i >= 0:
	case len(m.list) < m.limit:
		m.list = append(m.list, mark{})
		i = len(m.list) - 1
	default:
		i = len(m.list) - 1
	}
	copy(m.list[1:], m.list[:i])
	m.list[0] = mark{from, seq}
	return true
}
