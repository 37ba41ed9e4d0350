// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"maps"
	"net/netip"
	"slices"
)

// Picture is links and addresses as last heard. Its zero value is empty and ready. It is
// owned by one goroutine. Every change costs the same, however many addresses there are.
type Picture struct {
	links map[int]Link
	names map[string]int
	addrs map[int]*addrBook // by link
	local map[netip.Addr]int
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
			p.dropAddr(ev)
		}
	case RouteGone, RuleGone:
		// Of routes and rules nobody needs a picture.
	}
}

// snapshot is the whole picture as one event, links in the order of their indices.
func (p *Picture) snapshot() Resync {
	r := Resync{Links: p.all()}
	for _, l := range r.Links {
		for a := range p.addrs[l.Index].all() {
			r.Addrs = append(r.Addrs, a)
		}
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
	if !gone {
		return
	}
	for a := range p.addrs[index].all() {
		p.forget(a)
	}
	delete(p.addrs, index)
}

func (p *Picture) setAddr(a AddrChange) {
	book := p.addrs[a.Index]
	if book == nil {
		if p.addrs == nil {
			p.addrs, p.local = make(map[int]*addrBook), make(map[netip.Addr]int)
		}
		book = newAddrBook()
		p.addrs[a.Index] = book
	}
	if book.set(a) {
		p.local[a.Prefix.Addr()]++
	}
}

func (p *Picture) dropAddr(a AddrChange) {
	if p.addrs[a.Index].drop(a) {
		p.forget(a)
	}
}

// forget counts one link less that has the address.
func (p *Picture) forget(a AddrChange) {
	ip := a.Prefix.Addr()
	if p.local[ip]--; p.local[ip] == 0 {
		delete(p.local, ip)
	}
}
