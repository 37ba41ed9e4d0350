// SPDX-License-Identifier: Apache-2.0

package conf

import "slices"

// syncGroups judges the groups: members must exist, and be in one group only.
func (f *finisher) syncGroups(cfg *Config) {
	taken := map[string]string{}
	for _, g := range f.d.syncGroups {
		if out := f.syncGroup(g, cfg.Instances, taken); out != nil {
			cfg.SyncGroups = append(cfg.SyncGroups, out)
		}
	}
}

func (f *finisher) syncGroup(g *groupSync, all []*Instance, taken map[string]string) *SyncGroup {
	out := g.out
	for _, m := range g.members {
		switch {
		case !slices.ContainsFunc(f.d.instances, func(i *instanceDraft) bool { return i.name == m.Text }):
			f.c.addHint(f.missing(codeUnreachable), m.Pos, didYouMean(m.Text, f.instanceNames()), "vrrp_sync_group %s: there is no vrrp_instance %s; ignored", out.Name, m.Text)
		case taken[m.Text] != "":
			f.c.add(codeDuplicate, m.Pos, "vrrp_sync_group %s: %s is in group %s already; ignored", out.Name, m.Text, taken[m.Text])
		case slices.ContainsFunc(all, func(i *Instance) bool { return i.Name == m.Text }):
			taken[m.Text] = out.Name
			out.Members = append(out.Members, m.Text)
		default:
			// What is wrong with the instance was said there.
		}
	}
	switch len(out.Members) {
	case 0:
		f.c.add(f.missing(codeDropped), out.Pos, "vrrp_sync_group %s has no members; it is ignored", out.Name)
		return nil
	case 1:
		f.c.add(codeConflict, out.Pos, "vrrp_sync_group %s has only one member, %s", out.Name, out.Members[0])
	}
	t := tracker{f: f, who: "vrrp_sync_group " + out.Name}
	out.TrackScripts, out.Tracking = t.all(&g.tracks)
	out.NotifyMaster, out.NotifyBackup, out.NotifyFault = g.notify[0], g.notify[1], g.notify[2]
	out.NotifyStop, out.Notify = g.notify[3], g.notify[4]
	out.NotifyPriorityChanges = g.notifyPrio.or(f.d.global.out.VRRP.NotifyPriorityChanges)
	out.SMTPAlert = g.smtp.or(f.global.SMTPAlertVRRP)
	f.groupConflicts(&out, all)
	return &out
}

// missing gives a code for what is not there. Where an include brought nothing, that
// is what has to be repaired, not the text.
func (f *finisher) missing(k code) code {
	if f.c.partial {
		k.cause = FromEnvironment
	}
	return k
}

func (f *finisher) instanceNames() []string {
	var names []string
	for _, i := range f.d.instances {
		names = append(names, i.name)
	}
	return names
}

// groupConflicts reports what a group tracks and is a member's already.
func (f *finisher) groupConflicts(g *SyncGroup, all []*Instance) {
	for _, vi := range all {
		if !slices.Contains(g.Members, vi.Name) {
			continue
		}
		for _, t := range g.Tracking.Interfaces {
			if t.Interface == vi.Interface {
				f.c.add(codeConflict, t.Pos, "vrrp_sync_group %s: %s tracks its own interface %s already", g.Name, vi.Name, t.Interface)
			}
		}
	}
}

// groupOf gives the sync group that names an instance, or nil.
func (f *finisher) groupOf(name string) *groupSync {
	for _, g := range f.d.syncGroups {
		if slices.ContainsFunc(g.members, func(a Arg) bool { return a.Text == name }) {
			return g
		}
	}
	return nil
}

// garpGroups drops groups without an interval.
func (f *finisher) garpGroups() []*GARPGroup {
	var out []*GARPGroup
	for _, g := range f.d.garpGroups {
		if !g.spaced {
			f.c.add(codeDropped, g.out.Pos, "garp_group has neither garp_interval nor gna_interval; it is ignored")
			continue
		}
		out = append(out, &g.out)
	}
	return out
}
