// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"slices"
	"time"
)

// Pace says how densely announcements may follow each other.
type Pace struct {
	Line  string        // announcements of one line share the spacing
	Every time.Duration // least time between two of them; 0: any number at once
}

// AnnounceQueue spaces announcements. Like the election's machine it is pure: time is an
// argument, Deadline says when the next Wake is due, and a Wake before it does nothing.
//
// An address waits in its line once, however often it is asked for: a set of announcements
// that comes while an earlier one waits is not added to it, so that a line never grows
// beyond its addresses. First each address is announced once, then the repeats go round, as
// keepalived 2.4 does it.
type AnnounceQueue struct {
	pace  func(Target) Pace
	lines map[lineKey]*announceLine
	order []*announceLine // in the order of their first use
}

// lineKey tells lines apart.
type lineKey struct {
	name string
	ipv6 bool
}

// announceLine is what waits behind one spacing.
type announceLine struct {
	key   lineKey
	every time.Duration
	free  time.Time      // when the next may leave
	left  map[Target]int // how often each is still to be announced
	fresh []Target       // not announced yet since it was asked for
	again []Target       // announced at least once
}

// NewAnnounceQueue makes an empty queue that asks pace for the line of each target. IPv4 and
// IPv6 addresses never share a line.
func NewAnnounceQueue(pace func(Target) Pace) *AnnounceQueue {
	return &AnnounceQueue{pace: pace, lines: map[lineKey]*announceLine{}}
}

// Add asks for rounds rounds (at least one) over targets and returns what may leave at once:
// those without spacing, which are to be sent in all their rounds, and the first of each idle
// line, which is to be sent one time. The rest waits.
func (q *AnnounceQueue) Add(now time.Time, targets []Target, rounds int) (open, first []Target) {
	rounds = max(rounds, 1)
	for _, t := range targets {
		p := q.pace(t)
		if p.Every <= 0 {
			open = append(open, t)
			continue
		}
		l := q.line(t, p)
		l.add(t, rounds)
		if t, ok := l.next(now); ok {
			first = append(first, t)
		}
	}
	return open, first
}

// Wake returns what has come due, to be sent one time each.
func (q *AnnounceQueue) Wake(now time.Time) []Target {
	var list []Target
	for _, l := range q.order {
		if t, ok := l.next(now); ok {
			list = append(list, t)
		}
	}
	q.order = slices.DeleteFunc(q.order, func(l *announceLine) bool {
		idle := len(l.left) == 0 && !now.Before(l.free)
		if idle {
			delete(q.lines, l.key)
		}
		return idle
	})
	return list
}

// Drop forgets what waits for targets: they are held no more.
func (q *AnnounceQueue) Drop(targets []Target) {
	for _, l := range q.order {
		l.drop(targets)
	}
}

// Deadline is when the next Wake is due. Zero means never.
func (q *AnnounceQueue) Deadline() time.Time {
	var first time.Time
	for _, l := range q.order {
		if len(l.left) > 0 && (first.IsZero() || l.free.Before(first)) {
			first = l.free
		}
	}
	return first
}

// line gives the line of a target, with the spacing that it has by now.
func (q *AnnounceQueue) line(t Target, p Pace) *announceLine {
	key := lineKey{p.Line, t.IP.Is6()}
	l := q.lines[key]
	if l == nil {
		l = &announceLine{key: key, left: map[Target]int{}}
		q.lines[key] = l
		q.order = append(q.order, l)
	}
	l.every = p.Every
	return l
}

// add puts a target into the line, if it does not wait there.
func (l *announceLine) add(t Target, rounds int) {
	if l.left[t] == 0 {
		l.fresh = append(l.fresh, t)
	}
	l.left[t] = max(l.left[t], rounds)
}

// next takes what may leave now, if there is something.
func (l *announceLine) next(now time.Time) (t Target, ok bool) {
	switch {
	case now.Before(l.free):
		return t, false
	case len(l.fresh) > 0:
		t, l.fresh = l.fresh[0], l.fresh[1:]
	case len(l.again) > 0:
		t, l.again = l.again[0], l.again[1:]
	default:
		return t, false
	}
	l.free = now.Add(l.every)
	if l.left[t]--; l.left[t] == 0 {
		delete(l.left, t)
	} else {
		l.again = append(l.again, t)
	}
	return t, true
}

func (l *announceLine) drop(targets []Target) {
	some := false
	for _, t := range targets {
		some = some || l.left[t] > 0
		delete(l.left, t)
	}
	if some {
		gone := func(t Target) bool { return l.left[t] == 0 }
		l.fresh, l.again = slices.DeleteFunc(l.fresh, gone), slices.DeleteFunc(l.again, gone)
	}
}
