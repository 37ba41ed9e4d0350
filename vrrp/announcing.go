// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"log/slog"
	"time"

	"vipward/conf"
	"vipward/netif"
	"vipward/vrrp/election"
)

// announcing tells the neighbours where the addresses are. What the machines ask for goes to
// the keeper of the addresses, which sends it once they are there, or waits here for its
// turn where the configuration wants announcements spaced.
type announcing struct {
	l      *loop
	queue  *netif.AnnounceQueue
	alarm  *alarm
	asked  map[string][]netif.Target // what each instance has asked for as a master
	owners map[netif.Target]string   // the instance that asked for a target
	extras map[string]*extra         // by instance
	told   [][]string                // lines of the Announce actions of this pass, in order
	dirty  bool                      // the keeper of the addresses has got something to send
	groups map[string]*conf.GARPGroup
	watch  claimWatch // nil: there is none
}

func newAnnouncing(l *loop) *announcing {
	n := &announcing{l: l, asked: map[string][]netif.Target{}, owners: map[netif.Target]string{}, extras: map[string]*extra{}}
	n.queue = netif.NewAnnounceQueue(n.pace)
	n.alarm = newAlarm(n)
	return n
}

// configure takes over what concerns the interfaces.
func (n *announcing) configure(cfg *conf.Config) {
	n.groups = map[string]*conf.GARPGroup{}
	for _, g := range cfg.GARPGroups {
		for _, dev := range g.Interfaces {
			n.groups[dev] = g
		}
	}
	n.watchClaims(cfg)
}

// add takes an Announce action of an instance.
func (n *announcing) add(vi *instance, targets []netif.Target, a election.Announce) {
	n.forget(vi)
	n.asked[vi.key] = targets
	for _, t := range targets {
		n.owners[t] = vi.key
	}
	n.told = append(n.told, n.send(vi, targets, a.Rounds))
}

// addSource takes an AnnounceSource action: the address that a unicast instance sends from.
func (n *announcing) addSource(vi *instance) {
	var lines []string
	if vi.link.Index != 0 && !vi.link.NoARP {
		lines = n.send(vi, []netif.Target{{Index: vi.link.Index, IP: vi.source}}, 1)
	}
	if len(lines) > 0 {
		lines[0] = sourceLine(vi.cfg.Name, vi.source)
	}
	n.told = append(n.told, lines)
}

// send lets go what may go now, queues the rest and returns the log lines.
func (n *announcing) send(vi *instance, targets []netif.Target, rounds int) []string {
	open, first := n.queue.Add(time.Now(), targets, rounds)
	n.l.due.update(n.alarm)
	if len(open) > 0 {
		n.l.keeper.announce(vi.key, open, rounds)
		n.dirty = true
	}
	n.release(first)
	return n.lines(vi, targets, open, first, rounds)
}

// again announces addresses that are there again, once.
func (n *announcing) again(vi *instance, targets []netif.Target) {
	for _, text := range n.send(vi, targets, 1) {
		n.l.line(text, true)
	}
	if n.flush() {
		n.l.keeper.commit()
	}
}

// release sends targets whose turn has come, once each.
func (n *announcing) release(list []netif.Target) {
	for _, t := range list {
		n.l.keeper.announce(n.owners[t], []netif.Target{t}, 1)
		n.dirty = true
	}
}

// end forgets what an instance asked for: it holds the addresses no more.
func (n *announcing) end(vi *instance) {
	n.queue.Drop(n.asked[vi.key])
	n.l.due.update(n.alarm)
	n.forget(vi)
	n.stopExtra(vi)
}

func (n *announcing) forget(vi *instance) {
	for _, t := range n.asked[vi.key] {
		delete(n.owners, t)
	}
	delete(n.asked, vi.key)
}

// Deadline implements sleeper.
func (n *announcing) Deadline() time.Time { return n.queue.Deadline() }

func (n *announcing) wake(now time.Time) {
	list := n.queue.Wake(now)
	n.release(list)
	if n.detailed() {
		for _, t := range list {
			n.l.line(sendingLine(n.device(t), t.IP), true)
		}
	}
}

// flush says whether something is to be sent since the last call.
func (n *announcing) flush() bool {
	dirty := n.dirty
	n.dirty = false
	return dirty
}

// report logs the oldest Announce action that was not reported yet.
func (n *announcing) report() {
	if len(n.told) == 0 {
		return
	}
	for _, text := range n.told[0] {
		n.l.line(text, true)
	}
	n.told = n.told[1:]
}

// detailed says whether the lines of announcements are wanted: they are the log's most
// expensive part.
func (n *announcing) detailed() bool {
	return n.l.env.Log.Enabled(context.Background(), slog.LevelDebug)
}

// lines lists a set as keepalived does: what it is for and the first frame of each address,
// then the other rounds.
func (n *announcing) lines(vi *instance, targets, open, first []netif.Target, rounds int) []string {
	if !n.detailed() {
		return nil
	}
	now := make(map[netif.Target]bool, len(open)+len(first))
	for _, t := range append(open, first...) {
		now[t] = true
	}
	var lines []string
	for _, t := range targets {
		lines = append(lines, queueingLine(vi.cfg.Name, n.device(t), t.IP))
		if now[t] {
			lines = append(lines, sendingLine(n.device(t), t.IP))
		}
	}
	for range rounds - 1 {
		for _, t := range open {
			lines = append(lines, sendingLine(n.device(t), t.IP))
		}
	}
	return lines
}

func (n *announcing) device(t netif.Target) string {
	link, _ := n.l.picture.ByIndex(t.Index)
	return link.Name
}

// pace is the spacing of a target. As keepalived, a VMAC goes with the interface below it.
func (n *announcing) pace(t netif.Target) netif.Pace {
	link, _ := n.l.picture.ByIndex(t.Index)
	if below, ok := n.l.picture.ByIndex(link.Parent); ok && virtualKind(link.Kind) {
		link = below
	}
	global := &n.l.cfg.Global.VRRP
	p := netif.Pace{Line: link.Name, Every: spacingOf(t, global.GARPSpacing, global.NASpacing)}
	if g := n.groups[link.Name]; g != nil {
		p = netif.Pace{Line: "group of " + g.Interfaces[0], Every: spacingOf(t, g.GARPSpacing, g.NASpacing)}
	}
	return p
}

func spacingOf(t netif.Target, garp, na time.Duration) time.Duration {
	if t.IP.Is6() {
		return na
	}
	return garp
}

// virtualKind says whether links of the kind are made by us on top of others.
func virtualKind(kind string) bool { return kind == netif.KindMACVLAN || kind == netif.KindIPVLAN }

// targets lists what to announce: the addresses on interfaces that resolve addresses at all.
func (l *loop) targets(vi *instance) []netif.Target {
	var out []netif.Target
	for _, a := range vi.virtual() {
		link, ok := l.picture.Link(l.links.deviceOf(vi.cfg, a))
		if ok && !link.NoARP {
			out = append(out, netif.Target{Index: link.Index, IP: a.Prefix.Addr()})
		}
	}
	return out
}
