// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"net/netip"

	"vipward/netif"
)

// ownAddress is the address of a link that adverts of a family would come from, if there were
// none that we have added.
func (l *loop) ownAddress(index int, six bool) netip.Addr {
	return l.picture.Source(index, six, func(a netif.AddrChange) bool {
		return a.Ours || l.isVirtual(a.Prefix.Addr())
	})
}

// assignedLines tells at a start and a reload which addresses the interfaces of instances
// have of their own.
func (l *loop) assignedLines() {
	told := map[string]bool{}
	for _, c := range l.cfg.Instances {
		link, ok := l.picture.Link(c.Interface)
		if !ok || told[link.Name] {
			continue
		}
		told[link.Name] = true
		for _, six := range []bool{false, true} {
			if a := l.ownAddress(link.Index, six); a.IsValid() {
				l.line(assignedLine(link.Name, a))
			}
		}
	}
}

// noteAddress takes over a change of an address, and tells when it is the first of its family on
// an interface that somebody uses, or was the last.
func (l *loop) noteAddress(c netif.AddrChange) {
	six := c.Prefix.Addr().Is6()
	was := l.ownAddress(c.Index, six)
	l.picture.Apply(c)
	now := l.ownAddress(c.Index, six)
	link, ok := l.picture.ByIndex(c.Index)
	switch {
	case was.IsValid() == now.IsValid() || !ok || !l.usesLink(link.Name):
	case now.IsValid():
		l.line(assignedLine(link.Name, now))
	default:
		l.line(deassignedLine(link.Name, was))
	}
}

// usesLink says whether an instance runs on a link, or tracks it.
func (l *loop) usesLink(name string) bool {
	for _, vi := range l.vis {
		if vi.link.Name == name || linkDevices(vi.cfg)[name] {
			return true
		}
		for _, d := range devicesOf(l.cfg, vi.cfg, vi.cfg.Tracking.Interfaces) {
			if d.Interface == name {
				return true
			}
		}
	}
	return false
}
