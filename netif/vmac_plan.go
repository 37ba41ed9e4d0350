// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"errors"
	"iter"
	"net/netip"
	"slices"
)

var (
	errNoName      = errors.New("every name is taken")
	errNotEthernet = errors.New("the interface below it is not Ethernet")
)

// site is what becomes of one wanted link: it is there (link), or it is to be made under
// a name on top of base, or it cannot be (err), or what it stands on is missing (none).
type site struct {
	want *Virtual
	base Link // what the kernel puts it on top of
	link Link
	name string
	err  error
}

// there says whether the link exists.
func (p *site) there() bool { return p.link.Index != 0 }

// assign finds for every wanted link the one that is it, or a free name. owned are the
// links by key as far as we made or took over them before.
func assign(p *Picture, want []Virtual, owned map[string]int) []site {
	places := make([]site, len(want))
	used := map[int]bool{}
	for i := range want {
		places[i] = siteOf(p, &want[i])
		keep(p, &places[i], owned, used)
	}
	for _, index := range owned {
		used[index] = true // not for others, even if it is to go
	}
	links := p.all()
	for i := range places {
		adopt(links, &places[i], used)
	}
	names := map[string]bool{}
	for i := range places {
		nameFor(p, &places[i], names)
	}
	return places
}

// siteOf finds what a wanted link stands on. The kernel puts a macvlan on top of a macvlan
// beside it.
func siteOf(p *Picture, v *Virtual) site {
	out := site{want: v}
	parent, ok := p.Link(v.Parent)
	if !ok {
		return out
	}
	out.base = parent
	if below, ok := p.ByIndex(parent.Parent); ok && parent.Kind == v.Kind {
		out.base = below
	}
	if !parent.Ethernet {
		out.err = errNotEthernet
	}
	return out
}

// keep gives a wanted link the one that is it already.
func keep(p *Picture, at *site, owned map[string]int, used map[int]bool) {
	l, ok := p.ByIndex(owned[at.want.Key])
	if ok && at.base.Index != 0 && at.want.is(l, at.base.Index) && !used[l.Index] {
		at.link = l
		used[l.Index] = true
	}
}

// adopt gives it one that nobody has: an earlier run left it, or the operator made it. The
// parent itself is not on offer. Ipvlans are all alike, so that the name must be right too.
func adopt(links []Link, at *site, used map[int]bool) {
	if at.there() || at.base.Index == 0 || at.err != nil {
		return
	}
	name, _ := first(at.want.names())
	for _, l := range links {
		if !at.want.is(l, at.base.Index) || l.Name == at.want.Parent || used[l.Index] {
			continue
		}
		if l.Kind == KindMACVLAN || l.Name == name {
			at.link = l
			used[l.Index] = true
			return
		}
	}
}

// first is the first value of a sequence.
func first[V any](seq iter.Seq[V]) (v V, ok bool) {
	for v := range seq {
		return v, true
	}
	return v, false
}

// nameFor chooses the name of a link that is to be made.
func nameFor(p *Picture, at *site, names map[string]bool) {
	if at.there() || at.base.Index == 0 || at.err != nil {
		return
	}
	at.name = at.want.freeName(func(name string) bool {
		_, ok := p.Link(name)
		return ok || names[name]
	})
	if at.name == "" {
		at.err = errNoName
	}
	names[at.name] = true
}

// stale lists what we have and nobody wants any more.
func stale(places []site, owned map[string]int) []string {
	used := map[int]bool{}
	for _, at := range places {
		used[at.link.Index] = true
	}
	var keys []string
	for key, index := range owned {
		if !used[index] {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b string) int { return owned[a] - owned[b] })
	return keys
}

// freeGroup is an interface group that no link is in, and that nobody would choose.
func freeGroup(p *Picture) uint32 {
	used := map[uint32]bool{}
	for _, l := range p.links {
		used[l.Group] = true
	}
	group := uint32(0x76697077)
	for used[group] {
		group++
	}
	return group
}

// vrfOf is the index of the VRF that a link is in; 0: none.
func vrfOf(p *Picture, l Link) int {
	if m, ok := p.ByIndex(l.Master); ok && m.Kind == "vrf" {
		return m.Index
	}
	return 0
}

// linkLocalOf is the first link-local address of a link that is its own.
func linkLocalOf(p *Picture, index int, virtual map[netip.Addr]bool) (netip.Prefix, bool) {
	for a := range p.addrs[index].all() {
		ip := a.Prefix.Addr()
		if ip.Is6() && ip.IsLinkLocalUnicast() && !a.Ours && !virtual[ip] {
			return a.Prefix, true
		}
	}
	return netip.Prefix{}, false
}
