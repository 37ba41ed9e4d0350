// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"time"

	"vipward/netif"
	"vipward/vrrp/election"
)

// flush does the actions of a pass: all adverts, then all addresses as one batch, then the
// announcements, then what nobody on the network waits for.
func (l *loop) flush() {
	for _, t := range l.todo {
		if a, ok := t.act.(election.SendAdvert); ok {
			l.sendAdvert(t.vi, a)
		}
	}
	moved := false
	for _, t := range l.todo {
		moved = l.kernelAction(t) || moved
	}
	l.firewall.stale = l.firewall.stale || moved
	guarding := l.firewall.flush()
	if l.announcing.flush() || moved || guarding {
		l.keeper.commit()
	}
	for _, t := range l.todo {
		l.report(t)
	}
	clear(l.todo)
	l.todo = l.todo[:0]
	l.syncd.flush()
	if l.unsaved {
		l.unsaved = false
		l.saveState()
	}
}

func (l *loop) sendAdvert(vi *instance, a election.SendAdvert) {
	err := vi.sendAdvert(a.Priority)
	vi.evidence.advertSent(time.Now(), vi.cfg.AdvertInt)
	if err != nil && vi.sendErr == nil {
		l.env.Log.Warn(sendFailedLine(vi.cfg.Name, err))
	}
	vi.sendErr = err
}

// kernelAction queues what concerns addresses, and says whether the action was one.
func (l *loop) kernelAction(t todo) bool {
	switch a := t.act.(type) {
	case election.AddAddresses:
		l.wish(t.vi)
		l.announcing.begin(t.vi, time.Now())
	case election.RemoveAddresses:
		l.keeper.set(t.vi.key, netif.Holdings{})
		l.announcing.end(t.vi)
	case election.Announce:
		l.announcing.add(t.vi, l.targets(t.vi), a)
	case election.AnnounceSource:
		l.announcing.addSource(t.vi)
	default:
		return false
	}
	return true
}
