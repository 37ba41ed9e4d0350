// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"time"

	"vipward/conf"
	"vipward/vrrp/election"
)

// group is one vrrp_sync_group at work. Its members' events go through it.
type group struct {
	cfg     *conf.SyncGroup
	g       *election.Group
	members []*instance
}

// unite makes the sync groups of the configuration. Instances that run already keep their
// state, and so do their groups.
func (l *loop) unite() {
	known := map[string]bool{}
	for _, g := range l.groups {
		known[g.cfg.Name] = true
		g.g.Dissolve()
		for _, vi := range g.members {
			vi.group = nil
		}
	}
	byName := map[string]*instance{}
	for _, vi := range l.vis {
		byName[vi.cfg.Name] = vi
	}
	l.groups = nil
	for _, c := range l.cfg.SyncGroups {
		g := newGroup(c, byName)
		l.groups = append(l.groups, g)
		if s := g.g.State(); s == election.Backup && !known[c.Name] {
			l.hooks.groupTransition(c, s) // as keepalived; of a new group of masters it says nothing
		}
	}
}

func newGroup(c *conf.SyncGroup, byName map[string]*instance) *group {
	g := &group{cfg: c}
	var machines []*election.Machine
	for _, name := range c.Members {
		if vi := byName[name]; vi != nil {
			vi.group, vi.place = g, len(g.members)
			g.members = append(g.members, vi)
			machines = append(machines, vi.m)
		}
	}
	g.g = election.NewGroup(c.Name, machines...)
	return g
}

// stepGroup feeds an event to a member of a group.
func (l *loop) stepGroup(vi *instance, now time.Time, ev election.Event) {
	g := vi.group
	for _, a := range g.g.Step(now, vi.place, ev) {
		t := todo{act: a.Action, group: g}
		if a.Member != election.Whole {
			t = todo{act: a.Action, vi: g.members[a.Member]}
		}
		l.todo = append(l.todo, t)
	}
	for _, other := range g.members {
		l.due.update(other.alarm)
	}
}

// reportGroup logs an action of a whole group.
func (l *loop) reportGroup(g *group, act election.Action) {
	switch a := act.(type) {
	case election.GroupLog:
		l.line(a.Line(g.cfg.Name))
	case election.GroupTransition:
		l.hooks.groupTransition(g.cfg, a.To)
		l.tell(News{At: time.Now(), Kind: "group", Name: g.cfg.Name, To: a.To.String()})
		l.unsaved = true
	}
}
