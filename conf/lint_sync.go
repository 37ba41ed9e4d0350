// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"slices"
	"time"
)

// groups: members that do not agree on the better router wait for one another at every
// election, since a group moves as a whole.
func (l *linter) groups() {
	for _, g := range l.cfg.SyncGroups {
		members := l.members(g)
		for _, vi := range members[min(1, len(members)):] {
			if first := members[0]; vi.Priority != first.Priority {
				l.c.addHint(lintGroupPrio, vi.Pos, "give all members of a group one priority",
					"vrrp_sync_group %s: %s has priority %d and %s has %d: if the other router is better in one and worse in the other, the group is master nowhere or keeps moving",
					g.Name, first.Name, first.Priority, vi.Name, vi.Priority)
				break
			}
		}
	}
}

func (l *linter) members(g *SyncGroup) []*Instance {
	var out []*Instance
	for _, vi := range l.cfg.Instances {
		if slices.Contains(g.Members, vi.Name) {
			out = append(out, vi)
		}
	}
	return out
}

// debounce: a link that is counted as up for longer than the other router waits.
func (l *linter) debounce() {
	for _, d := range l.cfg.LinkDelays {
		for _, vi := range l.cfg.Instances {
			if limit := vi.DebounceLimit(); vi.Interface == d.Interface && d.Down > limit {
				l.c.addHint(lintDebounce, d.Pos, "set the delay well below "+limit.String(),
					"interface_up_down_delays: %s may be down for %s before (%s) takes notice; the other router takes over before that, and both are master",
					d.Interface, d.Down, vi.Name)
				break
			}
		}
	}
}

// DebounceLimit is the longest time for which a change of the link may be held back, as
// keepalived 2.2.7: the other router must not take over in the meantime.
func (i *Instance) DebounceLimit() time.Duration {
	return time.Duration(i.DownTimerAdverts-1)*i.AdvertInt - i.AdvertInt/256
}
