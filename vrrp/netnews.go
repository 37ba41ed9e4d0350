// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"net/netip"

	"vipward/netif"
	"vipward/vrrp/election"
)

// hear applies one event to the picture and says whether the facts of an instance may have
// changed: a virtual address that comes or goes is no fact.
func (l *loop) hear(ev netif.Event) bool {
	switch ev := l.links.believe(ev).(type) {
	case netif.LinkChange:
		l.linkNews(ev)
		l.picture.Apply(ev)
	case netif.AddrChange:
		l.picture.Apply(ev)
		if l.isVirtual(ev.Prefix.Addr()) {
			l.virtualNews(ev)
			return false
		}
	case netif.Resync:
		l.picture.Apply(ev)
		l.restoreMissing()
	}
	return true
}

// virtualNews puts a virtual address of a master back that somebody else removed.
func (l *loop) virtualNews(c netif.AddrChange) {
	if c.Added {
		return
	}
	for _, vi := range l.vis {
		if vi.m.State() == election.Master && vi.ours(c.Prefix) {
			l.restore(vi, c.Index, c.Prefix)
		}
	}
}

// restoreMissing does the same after reports were lost, by looking for what is not there.
func (l *loop) restoreMissing() {
	for _, vi := range l.vis {
		if vi.m.State() != election.Master {
			continue
		}
		for _, a := range l.addresses(vi) {
			if !l.picture.Has(a) {
				l.restore(vi, a.Index, a.Prefix)
			}
		}
	}
}

func (l *loop) restore(vi *instance, index int, gone netip.Prefix) {
	link, _ := l.picture.ByIndex(index)
	l.line(addressGoneLine(link.Name, gone))
	l.vips.repair(vi.key, l.addresses(vi), l.targets(vi))
}
