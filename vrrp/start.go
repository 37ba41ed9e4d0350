// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"slices"
	"time"

	"vipward/conf"
	"vipward/netif"
	"vipward/vrrp/election"
)

// start begins the election of every instance. It waits for the first picture of the links.
func (l *loop) start() {
	l.started = true
	l.delayStart(time.Now())
	l.noteVirtual(l.cfg)
	l.assignedLines()
	l.announcing.configure(l.cfg)
	l.firewall.configure(l.cfg)
	l.tracking.set(l.cfg, l.saved.Tracking)
	l.keeper.adopt(staticKey, l.saved.Static)
	l.setStatic(l.cfg)
	l.keeper.watch(l.cfg)
	keys := instanceKeys(l.cfg, l.saved.before())
	l.removeOrphans(keys)
	l.links.set(l.cfg, keys)
	for i, key := range keys {
		l.addInstance(key, l.cfg.Instances[i])
	}
	l.unite()
	l.beginReady(l.vis)
	l.saved = savedState{} // a reload starts its new instances afresh
	l.startup.delay = 0    // and without delay
	l.flush()
	l.keeper.commit() // at once, so that no rule of the firewall is missing for a moment
	l.env.Ready()
}

// addInstance makes one instance. It begins once the sync groups are made, and the links
// that are made for it are there.
func (l *loop) addInstance(key string, c *conf.Instance) *instance {
	vi := l.newInstance(key, c)
	vi.was, vi.delay = l.saved.Instances[key], l.startup.delay
	l.vis = append(l.vis, vi)
	vi.waiting = l.links.pending(c)
	return vi
}

// beginReady begins those of the new instances that need not wait for a link.
func (l *loop) beginReady(added []*instance) {
	for _, vi := range added {
		if !vi.waiting {
			l.begin(vi)
		}
	}
}

// begin starts the election of an instance in the state in which an earlier process left it.
func (l *loop) begin(vi *instance) {
	c, was := vi.cfg, vi.was
	vi.waiting, vi.was = false, savedInstance{}
	l.attach(vi)
	if was.State == election.Master {
		l.keeper.adopt(vi.key, was.Holds)
	} else {
		l.clean(vi)
	}
	now := time.Now()
	facts := l.facts(vi)
	vi.wire.Restore(was.Wire)
	if was.State == election.Init {
		reasons := facts.Faults
		if text := l.refusal(vi); text != "" {
			l.line(text, false)
			reasons = 0 // it follows from that
		}
		if vi.link.NoARP {
			l.line(noARPLine(c.Name))
		}
		for _, text := range faultLines(c, []string{vi.down, l.links.alsoDown(c)}, reasons) {
			l.line(text, false)
		}
		for _, text := range l.tracking.reasons(c) {
			l.line(text, false)
		}
	}
	l.step(vi, now, facts)
	l.step(vi, now, election.Start{Resume: was.State, Interval: was.Interval, Delay: vi.delay})
	if was.State == election.Master && vi.m.State() == election.Master {
		l.line(resumedLine(c.Name))
	}
}

// clean removes what an earlier run, or somebody else, has left of the instance's addresses,
// and those of its routes and rules that carry our number.
func (l *loop) clean(vi *instance) {
	h := l.holds(vi)
	h.Addrs = slices.DeleteFunc(h.Addrs, func(a netif.Addr) bool { return !l.picture.Has(a) })
	h.Routes = slices.DeleteFunc(h.Routes, func(r netif.Route) bool { return r.Protocol != netif.Protocol })
	h.Rules = slices.DeleteFunc(h.Rules, func(r netif.Rule) bool { return r.Protocol != netif.Protocol })
	l.keeper.clean(vi.key, h)
}

// removeOrphans takes away what an earlier process held for instances that the present
// configuration lacks.
func (l *loop) removeOrphans(keys []string) {
	for key, was := range l.saved.Instances {
		if !slices.Contains(keys, key) {
			l.keeper.adopt(key, was.Holds)
			l.keeper.set(key, netif.Holdings{})
		}
	}
}

// refresh feeds the current facts to every instance.
func (l *loop) refresh() {
	now := time.Now()
	l.firewall.stale = true
	for _, vi := range l.vis {
		if vi.waiting && l.links.pending(vi.cfg) {
			continue
		}
		if vi.waiting {
			l.begin(vi)
			l.keeper.commit()
			continue
		}
		l.attach(vi)
		l.step(vi, now, l.facts(vi))
	}
}
