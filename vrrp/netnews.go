// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"
	"time"

	"vipward/netif"
	"vipward/vrrp/election"
)

// hear applies one event to the picture and says whether the facts of an instance may have
// changed: a virtual address that comes or goes is no fact.
func (l *loop) hear(ev netif.Event) bool {
	switch ev := l.links.believe(ev).(type) {
	case netif.LinkChange:
		l.linkNews(ev)
		was, known := l.picture.ByIndex(ev.Link.Index)
		l.picture.Apply(ev)
		if !ev.Gone && (!known || was.Name != ev.Link.Name || ev.Link.Up && !was.Up) {
			l.linkCame(ev.Link, known && was.Name == ev.Link.Name)
		}
	case netif.AddrChange:
		l.noteAddress(ev)
		virtual := l.isVirtual(ev.Prefix.Addr())
		if virtual || l.static.has(ev.Prefix.Addr()) {
			l.addressNews(ev)
		}
		if ev.Added && !ev.Own && l.keeper.watched {
			// Routes that went with an address can come back with it.
			l.keeper.missing(netif.LinkChange{Link: netif.Link{Index: ev.Index}})
		}
		return !virtual
	case netif.RouteGone, netif.RuleGone:
		l.keeper.missing(ev)
		return false
	case netif.Resync:
		l.picture.Apply(ev)
		if l.started {
			l.missingLines()
			l.keeper.missing(ev)
		}
	}
	return true
}

// missingLines says which addresses of masters are gone after reports were lost.
func (l *loop) missingLines() {
	for _, vi := range l.vis {
		if vi.m.State() != election.Master {
			continue
		}
		for _, a := range l.holds(vi).Addrs {
			if link, ok := l.picture.ByIndex(a.Index); ok && !l.picture.Has(a) && !a.NoTrack {
				l.line(addressGoneLine(link.Name, a.Prefix))
			}
		}
	}
}

// addressNews lets the keeper look after an address of ours that somebody else has removed, or
// that the kernel does not use since another host has it.
func (l *loop) addressNews(c netif.AddrChange) {
	if c.Own || c.Added && !c.DADFailed {
		return
	}
	l.keeper.missing(c)
	link, _ := l.picture.ByIndex(c.Index)
	switch {
	case c.DADFailed:
		l.line(duplicateLine(link.Name, c.Prefix.Addr()), false)
	case l.isHeld(c):
		l.line(addressGoneLine(link.Name, c.Prefix))
	}
}

// isHeld says whether a master has the address.
func (l *loop) isHeld(c netif.AddrChange) bool {
	for _, vi := range l.vis {
		if vi.m.State() == election.Master && vi.ours(c.Prefix) {
			return true
		}
	}
	return false
}

// kept takes in what the keeper had to put back, and what it could not. Put back addresses are
// announced, since those who looked for them meanwhile may have found somebody else.
func (l *loop) kept(n keeperNews) {
	if n.foreign {
		l.unsaved = true
	}
	found := l.byKey(len(n.restored) + len(n.lost))
	targets := map[*instance][]netif.Target{}
	news := false
	l.restored += uint64(len(n.restored))
	for _, item := range n.restored {
		vi := found[item.holder]
		l.reportRestored(vi, item)
		news = vi == nil && l.static.noteLost(item.op.Key(), false) || news
		if vi != nil && item.op.Addr != nil {
			targets[vi] = append(targets[vi], netif.Target{Index: item.op.Addr.Index, IP: item.op.Addr.Prefix.Addr()})
		}
	}
	for _, vi := range l.vis {
		if list := l.audible(targets[vi]); len(list) > 0 && vi.m.State() == election.Master {
			l.announcing.again(vi, list)
		}
	}
	for _, item := range n.lost {
		if vi := found[item.holder]; vi != nil {
			l.line(notPutBackLine(vi.cfg.Name, l.itemText(item.op)), false)
			l.step(vi, time.Now(), election.Lost{})
		} else {
			news = l.static.noteLost(item.op.Key(), true) || news
		}
	}
	if news {
		l.refresh()
	}
}

// byKey finds instances, if any are asked for.
func (l *loop) byKey(asked int) map[string]*instance {
	found := map[string]*instance{}
	if asked == 0 {
		return found
	}
	for _, vi := range l.vis {
		found[vi.key] = vi
	}
	return found
}

// audible leaves out what is on links without neighbours to tell.
func (l *loop) audible(list []netif.Target) []netif.Target {
	var out []netif.Target
	for _, t := range list {
		if link, ok := l.picture.ByIndex(t.Index); ok && !link.NoARP {
			out = append(out, t)
		}
	}
	return out
}

func (l *loop) reportRestored(vi *instance, item keptItem) {
	switch {
	case vi != nil:
		l.line(putBackLine(vi.cfg.Name, l.itemText(item.op)), false)
	case item.op.Addr != nil:
		link, _ := l.picture.ByIndex(item.op.Addr.Index)
		l.line(restoringAddressLine(*item.op.Addr, link.Name, l.static.addrs[item.op.Addr.Prefix.Addr()].TrackGroup), false)
	default:
		l.line(restoringLine(l.itemText(item.op)), false)
	}
}

// itemText names an item as the operator knows its interface.
func (l *loop) itemText(op netif.Op) string {
	return itemText(op, func(index int) string {
		link, ok := l.picture.ByIndex(index)
		if !ok {
			return fmt.Sprintf("if%d", index) // it is gone
		}
		return link.Name
	})
}
