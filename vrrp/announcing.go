// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"log/slog"

	"vipward/netif"
	"vipward/vrrp/election"
)

// announcing tells the neighbours where the addresses are: what the machines ask for goes to
// the keeper of the addresses, which sends it once they are there.
type announcing struct{ vips *vips }

// add takes an Announce action of an instance.
func (n *announcing) add(vi *instance, targets []netif.Target, a election.Announce) {
	n.vips.announce(vi.key, targets, a.Rounds)
}

// targets lists what to announce: IPv4 addresses on interfaces that use ARP.
func (l *loop) targets(vi *instance) []netif.Target {
	var out []netif.Target
	for _, a := range vi.virtual() {
		link, ok := l.picture.Link(l.links.deviceOf(vi.cfg, a))
		if ok && !link.NoARP && a.Prefix.Addr().Is4() {
			out = append(out, netif.Target{Index: link.Index, IP: a.Prefix.Addr()})
		}
	}
	return out
}

// sourceTarget is the address that an instance sends from.
func (l *loop) sourceTarget(vi *instance) []netif.Target {
	if vi.link.Index == 0 || vi.link.NoARP {
		return nil
	}
	return []netif.Target{{Index: vi.link.Index, IP: vi.source}}
}

// announcementLines lists each frame, for -D only: it is the log's most expensive part.
func (l *loop) announcementLines(vi *instance, a election.Announce) {
	if !l.env.Log.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	for _, v := range vi.virtual() {
		dev := l.links.deviceOf(vi.cfg, v)
		l.line(queueingGARPLine(vi.cfg.Name, dev, v.Prefix.Addr()), true)
		for range a.Rounds {
			l.line(sendingGARPLine(dev, v.Prefix.Addr()), true)
		}
	}
}
