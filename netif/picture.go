// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"maps"
	"net/netip"
	"slices"
)

// Picture is links and addresses as last heard. Its zero value is empty and ready. It is
// owned by one goroutine.
type Picture struct {
	links map[int]Link
	names map[string]int
	addrs map[int][]AddrChange // by link, primaries before secondaries as in the kernel
}

// Apply takes an event in.
func (p *Picture) Apply(ev Event) {
	switch ev := ev.(type) {
	case Resync:
		*p = Picture{}
		for _, l := range ev.Links {
			p.setLink(l)
		}
		for _, a := range ev.Addrs {
			p.setAddr(a)
		}
	case LinkChange:
		p.dropLink(ev.Link.Index, ev.Gone)
		if !ev.Gone {
			p.setLink(ev.Link)
		}
	case AddrChange:
		if ev.Added {
			p.setAddr(ev)
		} else {
			p.dropAddr(ev.Index, ev.Prefix)
		}
	}
}

// snapshot is the whole picture as one event, links in the order of their indices.
func (p *Picture) snapshot() Resync {
	r := Resync{Links: p.all()}
	for _, l := range r.Links {
		r.Addrs = append(r.Addrs, p.addrs[l.Index]...)
	}
	return r
}

// all lists the links in the order of their indices.
func (p *Picture) all() []Link {
	return slices.SortedFunc(maps.Values(p.links), func(a, b Link) int { return a.Index - b.Index })
}

func (p *Picture) setLink(l Link) {
	if p.links == nil {
		p.links, p.names = make(map[int]Link), make(map[string]int)
	}
	p.links[l.Index] = l
	p.names[l.Name] = l.Index
}

// dropLink forgets a link; its addresses only when it is gone, not when it is renamed.
func (p *Picture) dropLink(index int, gone bool) {
	if l, ok := p.links[index]; ok && p.names[l.Name] == index {
		delete(p.names, l.Name)
	}
	delete(p.links, index)
	if gone {
		delete(p.addrs, index)
	}
}

// setAddr puts the address where the kernel has it: a primary before the secondaries.
func (p *Picture) setAddr(a AddrChange) {
	list := p.addrs[a.Index]
	if i := p.find(a.Index, a.Prefix); i >= 0 {
		if list[i].Secondary == a.Secondary {
			list[i] = a
			return
		}
		list = slices.Delete(list, i, i+1)
	}
	at := len(list)
	if !a.Secondary {
		if i := slices.IndexFunc(list, func(b AddrChange) bool { return b.Secondary }); i >= 0 {
			at = i
		}
	}
	if p.addrs == nil {
		p.addrs = make(map[int][]AddrChange)
	}
	p.addrs[a.Index] = slices.Insert(list, at, a)
}

func (p *Picture) dropAddr(index int, prefix netip.Prefix) {
	if i := p.find(index, prefix); i >= 0 {
		p.addrs[index] = slices.Delete(p.addrs[index], i, i+1)
	}
}
