// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"maps"
	"slices"

	"vipward/netif"
)

// keeperNews is what the loop has to know of the keeper's work.
type keeperNews struct {
	restored []keptItem // somebody else had deleted it
	lost     []keptItem // the same, and it cannot be put back
	foreign  bool       // what is foreign has changed
}

// keptItem is an item and one of its holders.
type keptItem struct {
	holder string
	op     netif.Op
}

// news gives the item once for each of its holders.
func (k *keeper) news(op netif.Op) []keptItem {
	var list []keptItem
	for _, holder := range k.ownersOf(op.Key()) {
		list = append(list, keptItem{holder, op})
	}
	return list
}

// ownersOf gives the holders of an item.
func (k *keeper) ownersOf(item netif.Key) []string {
	if k.owners == nil {
		k.owners = make(map[netif.Key][]string, len(k.holders))
		for _, holder := range slices.Sorted(maps.Keys(k.have)) {
			for item := range keysOf(k.have[holder]) {
				k.owners[item] = append(k.owners[item], holder)
			}
		}
	}
	return k.owners[item]
}

// tell leaves what is new for the loop, and wakes it.
func (k *keeper) tell() {
	fresh := k.fresh
	k.fresh = keeperNews{}
	if len(fresh.restored)+len(fresh.lost) == 0 && !fresh.foreign {
		return
	}
	k.mu.Lock()
	k.pending.restored = append(k.pending.restored, fresh.restored...)
	k.pending.lost = append(k.pending.lost, fresh.lost...)
	if fresh.foreign {
		k.alien = maps.Clone(k.foreign)
		k.pending.foreign = true
	}
	k.mu.Unlock()
	k.unheard.Store(true)
	k.wake()
}

// listen gives the news since the last call. It is cheap when there are none.
func (k *keeper) listen() keeperNews {
	if !k.unheard.Swap(false) {
		return keeperNews{}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	n := k.pending
	k.pending = keeperNews{}
	return n
}

// mine leaves out what was there before us: a successor must not take that for ours.
func (k *keeper) mine(h netif.Holdings) netif.Holdings {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.alien) == 0 {
		return h
	}
	return netif.Holdings{Addrs: without(h.Addrs, k.alien), Routes: without(h.Routes, k.alien), Rules: without(h.Rules, k.alien)}
}

// without leaves items out.
func without[T interface{ Key() netif.Key }](list []T, out map[netif.Key]bool) []T {
	return slices.DeleteFunc(slices.Clone(list), func(v T) bool { return out[v.Key()] })
}
