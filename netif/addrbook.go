// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"container/list"
	"iter"
	"net/netip"
)

// addrBook is the addresses of one link, in the kernel's order as far as anybody asks for it:
// IPv4 primaries, their secondaries, IPv6. A nil one is empty.
type addrBook struct {
	lists [3]*list.List // of AddrChange
	at    map[bookKey]*list.Element
}

// The lists of an addrBook.
const (
	primaries = iota
	secondaries
	sixes
)

// bookKey is what tells the addresses of one link apart.
type bookKey struct {
	prefix netip.Prefix
	peer   netip.Addr
}

func newAddrBook() *addrBook {
	b := &addrBook{at: make(map[bookKey]*list.Element)}
	for i := range b.lists {
		b.lists[i] = list.New()
	}
	return b
}

// listOf is the list that the address belongs to.
func (b *addrBook) listOf(a AddrChange) *list.List {
	switch {
	case a.Prefix.Addr().Is6():
		return b.lists[sixes]
	case a.Secondary:
		return b.lists[secondaries]
	}
	return b.lists[primaries]
}

// set adds or replaces an address, and says whether it is new.
func (b *addrBook) set(a AddrChange) bool {
	key := bookKey{a.Prefix, a.Peer}
	was := b.at[key]
	if was != nil && b.listOf(was.Value.(AddrChange)) == b.listOf(a) {
		was.Value = a
		return false
	}
	if was != nil { // promoted: it goes behind those that were primaries before
		b.listOf(was.Value.(AddrChange)).Remove(was)
	}
	b.at[key] = b.listOf(a).PushBack(a)
	return was == nil
}

// drop removes an address, and says whether it was there.
func (b *addrBook) drop(a AddrChange) bool {
	if b == nil {
		return false
	}
	key := bookKey{a.Prefix, a.Peer}
	was := b.at[key]
	if was == nil {
		return false
	}
	b.listOf(was.Value.(AddrChange)).Remove(was)
	delete(b.at, key)
	return true
}

// all walks through the addresses.
func (b *addrBook) all() iter.Seq[AddrChange] {
	return func(yield func(AddrChange) bool) {
		for _, kind := range []int{primaries, secondaries, sixes} {
			for a := range b.walk(kind) {
				if !yield(a) {
					return
				}
			}
		}
	}
}

// walk goes through one list. The address just given may be dropped meanwhile.
func (b *addrBook) walk(kind int) iter.Seq[AddrChange] {
	return func(yield func(AddrChange) bool) {
		if b == nil {
			return
		}
		for e := b.lists[kind].Front(); e != nil; {
			next := e.Next()
			if !yield(e.Value.(AddrChange)) {
				return
			}
			e = next
		}
	}
}
