// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"slices"
	"time"

	"vipward/netif"
)

// extra is garp_extra_if of a master: now and then one announcement on each interface that
// carries addresses but no adverts, so that switches there do not forget the VMAC.
type extra struct {
	n     *announcing
	vi    *instance
	every time.Duration
	next  time.Time
	alarm *alarm
}

// begin starts the extra announcements of a new master, or follows a changed configuration.
func (n *announcing) begin(vi *instance, now time.Time) {
	every := vi.cfg.GARP.Extra
	if x := n.extras[vi.key]; x != nil && x.every == every {
		return
	}
	n.stopExtra(vi)
	if every <= 0 {
		return
	}
	x := &extra{n: n, vi: vi, every: every, next: now.Add(every)}
	x.alarm = newAlarm(x)
	n.extras[vi.key] = x
	n.l.due.update(x.alarm)
}

func (n *announcing) stopExtra(vi *instance) {
	if x := n.extras[vi.key]; x != nil {
		n.l.due.remove(x.alarm)
		delete(n.extras, vi.key)
	}
}

// Deadline implements sleeper.
func (x *extra) Deadline() time.Time { return x.next }

func (x *extra) wake(now time.Time) {
	if x.next = x.next.Add(x.every); !x.next.After(now) {
		x.next = now.Add(x.every)
	}
	for _, text := range x.n.send(x.vi, x.n.l.extraTargets(x.vi), 1) {
		x.n.l.line(text, true)
	}
}

// extraTargets is the first address on each further interface: on VMACs, or with "all" on
// the others, too.
func (l *loop) extraTargets(vi *instance) []netif.Target {
	seen := map[int]bool{vi.link.Index: true}
	return slices.DeleteFunc(l.targets(vi), func(t netif.Target) bool {
		link, _ := l.picture.ByIndex(t.Index)
		wanted := !seen[t.Index] && (vi.cfg.GARP.ExtraAll || virtualKind(link.Kind))
		seen[t.Index] = true
		return !wanted
	})
}
