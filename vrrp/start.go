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
	l.announcing.configure(l.cfg)
	l.tracking.set(l.cfg, l.saved.Tracking)
	l.static.set(l.cfg)
	keys := instanceKeys(l.cfg)
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
	l.adopt(vi, was.Holds)
	now := time.Now()
	facts := l.facts(vi)
	vi.wire.Restore(was.Wire)
	if was.State == election.Init {
		reasons := facts.Faults
		if text := l.refusal(vi); text != "" {
			l.line(text, false)
			reasons = 0 // it follows from that
		}
		for _, text := range faultLines(c, vi.down, reasons) {
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

// adopt tells the address keeper which addresses of the instance are there already: those
// that an earlier process added, and leftovers of whatever ran before.
func (l *loop) adopt(vi *instance, there []netif.Addr) {
	for _, a := range l.addresses(vi) {
		if l.picture.Has(a) && !contains(there, a) {
			there = append(there, a)
		}
	}
	l.vips.adopt(vi.key, there)
}

// removeOrphans takes away what an earlier process held for instances that the present
// configuration lacks.
func (l *loop) removeOrphans(keys []string) {
	for key, was := range l.saved.Instances {
		if !slices.Contains(keys, key) {
			l.vips.adopt(key, was.Holds)
			l.vips.set(key, nil)
		}
	}
	l.vips.commit()
}

// refresh feeds the current facts to every instance.
func (l *loop) refresh() {
	now := time.Now()
	for _, vi := range l.vis {
		if vi.waiting && l.links.pending(vi.cfg) {
			continue
		}
		if vi.waiting {
			l.begin(vi)
			l.vips.commit()
			continue
		}
		l.attach(vi)
		l.step(vi, now, l.facts(vi))
	}
}
