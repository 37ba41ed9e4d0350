// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"slices"
	"time"

	"vipward/netif"
	"vipward/vrrp/election"
)

// handle goes over to a new configuration. What is the same on the wire (see instanceKey)
// keeps its state, timers and addresses; the rest is stopped or started.
func (m reloadAsked) handle(l *loop) {
	if !l.started { // a successor may be asked before it knows the links
		l.early = append(l.early, m)
		return
	}
	keys := instanceKeys(m.Config, l.running())
	kept := l.removeMissing(keys)
	was := l.cfg.Global.VRRP.StateFile
	l.cfg = m.Config
	l.pruneResting(was)
	l.use(m.lookedUp)
	l.noteVirtual(l.cfg)
	l.assignedLines()
	l.retune()
	l.announcing.configure(l.cfg)
	l.firewall.configure(l.cfg)
	l.syncd.stale = true
	l.tracking.set(l.cfg, savedTracking{})
	l.setStatic(l.cfg)
	l.keeper.watch(l.cfg)
	l.links.set(l.cfg, keys)
	l.vis = nil
	var added []*instance
	before := map[*instance]netif.Holdings{}
	for i, c := range l.cfg.Instances {
		if vi := kept[keys[i]]; vi != nil {
			before[vi] = l.holds(vi)
			vi.configure(c)
			l.vis = append(l.vis, vi)
			l.attach(vi)
		} else {
			added = append(added, l.addInstance(keys[i], c))
		}
	}
	l.unite()
	for _, vi := range l.vis {
		if was, ok := before[vi]; ok {
			l.reconfigure(vi, was)
		}
	}
	l.beginReady(added)
	l.firewall.refresh()
	l.keeper.commit() // once all wishes are known: an address may move between instances
	l.flush()
	if l.cfg.Global.VRRP.StatesOnReload {
		l.hooks.repeat(l.vis, kept, l.groups)
	}
	l.saveState()
	m.Done <- nil
}

// removeMissing stops the instances whose keys are not wanted any more, with the scripts
// that they were configured with, and gives the others by key.
func (l *loop) removeMissing(wanted []string) map[string]*instance {
	kept := map[string]*instance{}
	now := time.Now()
	stays := map[string]bool{}
	for _, key := range wanted {
		stays[key] = true
	}
	var gone []*instance
	for _, vi := range l.vis {
		if stays[vi.key] {
			kept[vi.key] = vi
			continue
		}
		l.step(vi, now, election.Delete{})
		gone = append(gone, vi)
	}
	l.flush() // before their sockets go, and once: each flush may save the state of all
	for _, vi := range gone {
		l.due.remove(vi.alarm)
		l.detach(vi)
	}
	return kept
}

// reconfigure changes a running instance in place, from the addresses before to its new ones.
func (l *loop) reconfigure(vi *instance, before netif.Holdings) {
	c, now := vi.cfg, time.Now()
	l.step(vi, now, election.Reconfigure{Params: params(c)})
	l.step(vi, now, l.facts(vi))
	if vi.m.State() != election.Master {
		return
	}
	want := l.wish(vi)
	for _, a := range missing(before.Addrs, want.Addrs) {
		link, _ := l.picture.ByIndex(a.Index)
		l.line(noLongerLine(c.Name, a, link.Name), false)
	}
	l.announcing.begin(vi, now)
	if len(missing(want.Addrs, before.Addrs)) > 0 {
		a := election.Announce{Rounds: max(c.GARP.MasterRepeat, 1)}
		l.details(settingLines(c))
		l.announcing.add(vi, l.targets(vi), a)
		l.announcing.report()
	}
}

// missing lists the addresses of one list that the other lacks.
func missing(list, other []netif.Addr) []netif.Addr {
	return slices.DeleteFunc(slices.Clone(list), func(a netif.Addr) bool { return slices.Contains(other, a) })
}
