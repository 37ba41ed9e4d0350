// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"vipward/netif"
)

// The messages that other goroutines post to the loop.
type (
	linksHeard  struct{ events []netif.Event }
	stopAsked   struct{}
	reloadAsked struct {
		Reload
		lookedUp
	}
)

func (m linksHeard) handle(l *loop) {
	news := false
	for _, ev := range m.events {
		news = l.hear(ev) || news
	}
	switch {
	case !l.started:
		l.start()
		for _, r := range l.early {
			r.handle(l)
		}
		l.early = nil
		if l.stopEarly {
			l.stop()
		}
	case news:
		l.refresh()
	}
}

func (stopAsked) handle(l *loop) {
	if l.started {
		l.stop()
		return
	}
	l.stopEarly = true // leftovers of an earlier process can be removed once links are known
}

func (q Question) handle(l *loop) { q.Reply <- l.view(q.View) }
