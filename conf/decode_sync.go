// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"slices"
	"time"
)

func enterSyncGroup(d *decoder, _ any, n *Node) any {
	name, ok := d.onlyName(n)
	if !ok {
		return nil
	}
	if k := slices.IndexFunc(d.draft.syncGroups, func(g *groupSync) bool { return g.out.Name == name }); k >= 0 {
		d.c.add(codeDuplicate, n.Pos, "vrrp_sync_group %s is already defined on line %d; this block is ignored", name, d.draft.syncGroups[k].out.Pos.Line)
		return nil
	}
	g := &groupSync{out: SyncGroup{Name: name, Pos: n.Pos}}
	d.draft.syncGroups = append(d.draft.syncGroups, g)
	return g
}

// onlyName gives the name of a block that may have no more words than that.
func (d *decoder) onlyName(n *Node) (string, bool) {
	if len(n.Args) > 1 {
		d.c.add(codeExtraArg, n.Args[1].Pos, "%s has one name; the block is ignored", n.Key)
		return "", false
	}
	return d.name(n)
}

// trackMembers takes the names of the instances of a group.
func trackMembers(d *decoder, g *TrackGroup, list []*Node, n *Node) {
	if len(g.Members) > 0 {
		d.c.add(codeDuplicate, n.Pos, "track_group %s has a list of members already; this one is ignored", g.Name)
		return
	}
	if len(list) == 0 {
		d.c.add(codeDefault, n.Pos, "track_group %s: the list of members is empty", g.Name)
	}
	for _, l := range list {
		for _, w := range l.words() {
			g.Members = append(g.Members, w.Text)
		}
	}
}

// syncMembers takes the names of a group; a second list is an error.
func syncMembers(d *decoder, g *groupSync, list []*Node, n *Node) {
	if g.grouped {
		d.c.add(codeDuplicate, n.Pos, "vrrp_sync_group %s has a list of members already; this one is ignored", g.out.Name)
		return
	}
	for _, l := range list {
		g.members = append(g.members, l.words()...)
	}
	g.grouped = len(g.members) > 0
}

func enterTrackGroup(d *decoder, _ any, n *Node) any {
	name, ok := d.onlyName(n)
	if !ok {
		return nil
	}
	if k := slices.IndexFunc(d.draft.trackGroups, func(g *TrackGroup) bool { return g.Name == name }); k >= 0 {
		d.c.add(codeDuplicate, n.Pos, "track_group %s is already defined on line %d; this block is ignored", name, d.draft.trackGroups[k].Pos.Line)
		return nil
	}
	g := &TrackGroup{Name: name, Pos: n.Pos}
	d.draft.trackGroups = append(d.draft.trackGroups, g)
	return g
}

// trackGroup takes the name of a group that stands before it.
func (d *decoder) trackGroup(a Arg) (string, bool) {
	var names []string
	for _, g := range d.draft.trackGroups {
		names = append(names, g.Name)
	}
	if !slices.Contains(names, a.Text) {
		d.c.addHint(codeUnreachable, a.Pos, didYouMean(a.Text, names), "track_group %s is not defined before this line; ignored", a.Text)
		return "", false
	}
	return a.Text, true
}

// garpInterface adds an interface, which can be in one group only.
func (d *decoder) garpInterface(g *garpGroupDraft, a Arg) {
	for _, other := range d.draft.garpGroups {
		if slices.Contains(other.out.Interfaces, a.Text) {
			d.c.add(codeDuplicate, a.Pos, "garp_group: %s is in the group on line %d already; ignored", a.Text, other.out.Pos.Line)
			return
		}
	}
	g.out.Interfaces = append(g.out.Interfaces, a.Text)
}

// linkbeats takes lines IF [METHOD].
func (d *decoder) linkbeats(list []*Node) []Linkbeat {
	var out []Linkbeat
	for _, l := range list {
		b := Linkbeat{Interface: l.Key, Pos: l.Pos}
		if a, ok := l.arg(0); ok {
			if _, ok := d.word(a, "linkbeat_interfaces", []string{"MII", "ETHTOOL", "IOCTL"}); ok {
				b.Method = a.Text
			}
		}
		if a, more := l.arg(1); more {
			d.c.add(codeExtraArg, a.Pos, "linkbeat_interfaces %s: %q is not expected; ignored", l.Key, a.Text)
		}
		out = append(out, b)
	}
	return out
}

// maxLinkDelay is the longest delay of a change of a link, in seconds.
const maxLinkDelay = 255

// linkDelays takes lines IF DOWN [UP].
func (d *decoder) linkDelays(list []*Node) []LinkDelay {
	limits := value{lo: 0, hi: maxLinkDelay}
	var out []LinkDelay
	for _, l := range list {
		e := LinkDelay{Interface: l.Key, Pos: l.Pos}
		for i, at := range []*time.Duration{&e.Down, &e.Up} {
			if a, ok := l.arg(i); ok {
				if v, ok := d.duration(a, "interface_up_down_delays "+l.Key, &limits, 6); ok {
					*at = v.(time.Duration)
				}
			}
		}
		out = append(out, e)
	}
	return out
}

// neighbor takes the address of the other end; it decides the family.
func neighbor(b *bfdDraft, a netip.Addr) { b.out.Neighbor = a }
