// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"vipward/conf"
	"vipward/netif"
)

// The messages of the link keeper.
type (
	// linksMade says which virtual links are there, and which could not be made.
	linksMade struct {
		report netif.LinkReport
		failed map[string]string // why, by key
		memory netif.LinkMemory
	}
	// linksChange asks for memory to be saved before something is changed.
	linksChange struct {
		memory netif.LinkMemory
		done   chan<- struct{}
	}
)

// set goes over to the links of a configuration.
func (k *links) set(cfg *conf.Config, keys []string) {
	before := k.keys
	k.keys = map[*conf.Instance]string{}
	for _, vi := range k.loop.vis { // until they are reconfigured
		k.keys[vi.cfg] = before[vi.cfg]
	}
	for i, c := range cfg.Instances {
		k.keys[c] = keys[i]
	}
	k.wish = linkWish(cfg, keys)
	k.owned, k.parents, k.named = map[string][]string{}, map[string]string{}, map[string]bool{}
	k.based, k.guesses, k.failed = map[string]bool{}, map[string]string{}, nil
	for i, c := range cfg.Instances {
		k.named[c.Interface] = c.Interface != ""
		for _, a := range virtualAddresses(c) {
			k.named[below(c, a)] = below(c, a) != ""
		}
		for _, v := range virtualLinksOf(cfg, c, keys[i]) {
			k.owned[keys[i]] = append(k.owned[keys[i]], v.Key)
			k.parents[v.Key], k.based[v.Parent] = v.Parent, true
			k.guesses[v.Key] = cmp.Or(v.Name, fmt.Sprintf("%s.%d", v.Prefix, v.VRID))
		}
	}
	polled := polledLinks(cfg)
	delays, lines := debounce(cfg)
	for _, text := range lines {
		k.loop.line(text, false)
	}
	k.filter.Configure(delays, polledNames(polled))
	k.beats.set(polled)
	k.keeper.set(k.wish)
}

// stop takes all links and settings away again, after all else.
func (k *links) stop(ctx context.Context) {
	k.keeper.set(netif.LinkWish{})
	k.keeper.drain(ctx)
}

// believe turns an event of the kernel into the one to believe, and sees to it that virtual
// links follow.
func (k *links) believe(ev netif.Event) netif.Event {
	ev, held := k.filter.Event(time.Now(), ev)
	k.heldBack(held)
	if k.concerns(ev) {
		k.keeper.kick()
	}
	return ev
}

func (k *links) heldBack(held []netif.HeldChange) {
	for _, h := range held {
		k.loop.line(heldLine(h))
	}
	k.loop.due.update(k.alarm)
}

// concerns says whether an event may mean that a virtual link, a setting or a copied address
// is not as it should be.
func (k *links) concerns(ev netif.Event) bool {
	switch ev := ev.(type) {
	case netif.LinkChange:
		return k.watches(ev.Link.Index, ev.Link.Name)
	case netif.AddrChange:
		link, _ := k.picture.ByIndex(ev.Index)
		return !k.wish.VIPs[ev.Prefix.Addr()] && k.watches(ev.Index, link.Name)
	}
	return len(k.wish.Links)+len(k.wish.Sysctls) > 0
}

// watches says whether a link is one of ours, or one that something of ours depends on.
func (k *links) watches(index int, name string) bool {
	if _, ours := k.mine[index]; ours || k.based[name] {
		return true
	}
	return slices.ContainsFunc(k.wish.Sysctls, func(s netif.LinkSysctl) bool { return s.Link == name && name != "" })
}

// Deadline implements sleeper: a change of a link was held back until then.
func (k *links) Deadline() time.Time { return k.filter.Deadline() }

func (k *links) wake(now time.Time) {
	for _, ev := range k.filter.Due(now) {
		k.loop.linkNews(ev)
		k.picture.Apply(ev)
	}
	k.loop.refresh()
}

func (m beatHeard) handle(l *loop) {
	ev, held, changed := l.links.filter.Beat(time.Now(), m.name, m.up)
	l.links.heldBack(held)
	if !changed {
		return
	}
	l.linkNews(ev)
	l.picture.Apply(ev)
	l.refresh()
}

func (m linksMade) handle(l *loop) {
	k := l.links
	k.made, k.failed, k.memory = m.report.At, m.failed, m.memory
	k.mine = map[int]string{}
	for key, index := range k.made {
		k.mine[index] = key
	}
	for _, d := range m.report.Done {
		k.fresh[d.Key] = d.Err == nil && (d.Kind == netif.LinkMade || d.Kind == netif.LinkFound)
	}
	l.unsaved = true
	l.refresh()
}

func (m linksChange) handle(l *loop) {
	l.links.memory = m.memory
	l.saveState()
	close(m.done)
}

// linkNews says what became of a link that instances use, before it is known.
func (l *loop) linkNews(c netif.LinkChange) {
	was, known := l.picture.ByIndex(c.Link.Index)
	up := c.Link.Up && !c.Gone
	switch {
	case known && was.Name != c.Link.Name:
		l.renameNews(was, c.Link)
	case known && was.Up == up && !c.Gone, !l.used(c.Link):
		// Nothing that anybody waits for.
	default:
		_, ours := l.links.mine[c.Link.Index]
		if !known && !c.Gone && !ours {
			l.line(linkAddedLine(c.Link.Name), false)
			l.links.stillDown(c.Link)
		}
		if was.Up != up && l.started {
			l.line(l.links.stateLine(c.Link.Name, up))
		}
		if c.Gone {
			l.line(linkDeletedLine(c.Link.Name), false)
		}
	}
}

// renameNews says that a link has another name now, if instances use one of the two.
func (l *loop) renameNews(was, is netif.Link) {
	if !l.used(was) && !l.used(is) {
		return
	}
	if was.Up && l.used(was) {
		l.line(l.links.stateLine(was.Name, false))
	}
	l.line(linkRenamedLine(was.Name, is.Name), false)
	l.line(linkAddedLine(is.Name), false)
	l.links.stillDown(is)
	if is.Up && l.used(is) {
		l.line(l.links.stateLine(is.Name, true))
	}
}

// stillDown says that what VMACs stand on came back, and is down.
func (k *links) stillDown(parent netif.Link) {
	for _, vi := range k.loop.vis {
		if vi.cfg.VMAC != nil && vi.cfg.Interface == parent.Name && !parent.Up {
			k.loop.line(parentDownLine(vi.cfg.Name, parent.Name), false)
		}
	}
}

// stateLine says that a link went up or down, and who says so.
func (k *links) stateLine(name string, up bool) (text string, detail bool) {
	if k.filter.Polled(name) {
		return beatLine(name, up)
	}
	return linkLine(name, up)
}

// used says whether an instance depends on the link. What is made for one that has not begun
// is no news yet.
func (l *loop) used(link netif.Link) bool {
	key, ours := l.links.mine[link.Index]
	if ours {
		return !slices.ContainsFunc(l.vis, func(vi *instance) bool { return vi.waiting && strings.HasPrefix(key, vi.key) })
	}
	return l.links.named[link.Name] || l.tracking.follows(link.Name)
}
