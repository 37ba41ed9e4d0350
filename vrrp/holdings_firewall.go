// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"maps"
	"reflect"
	"slices"

	"vipward/netif/nft"
)

// barrier is the keeper's part of the firewall: rules are there before the addresses that
// they are about, and go after them.
type barrier struct {
	firewall firewall             // nil: there is none
	base     nft.Rules            // what does not depend on who is master
	drops    map[string][]nft.VIP // by holder
	six      bool                 // the part of IPv6 that drops was needed once, and so stays
	four     bool
	last     nft.Rules
	failed   bool // the last change was refused
	said     string
}

// rules joins what is to be.
func (b *barrier) rules(drops map[string][]nft.VIP) nft.Rules {
	r := b.base
	for _, holder := range slices.Sorted(maps.Keys(drops)) {
		r.Drop = append(r.Drop, drops[holder]...)
	}
	for _, v := range r.Drop {
		b.four = b.four || v.Addr.Is4()
		b.six = b.six || v.Addr.Is6()
	}
	r.Filter4, r.Filter6 = b.four, b.six
	return r
}

// both joins two sets of addresses.
func both(a, b map[string][]nft.VIP) map[string][]nft.VIP {
	all := maps.Clone(a)
	for holder, list := range b {
		for _, v := range list {
			if !slices.Contains(all[holder], v) {
				all[holder] = append(slices.Clip(all[holder]), v)
			}
		}
	}
	return all
}

// set brings the tables about, and gives an error that was not said before.
func (b *barrier) set(r nft.Rules) error {
	if b.firewall == nil || !b.failed && reflect.DeepEqual(r, b.last) {
		return nil
	}
	err := b.firewall.Set(r)
	b.last, b.failed = r, err != nil
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text == b.said {
		return nil
	}
	b.said = text
	return err
}

// raise takes over who drops what, and sets the rules that are needed while addresses come
// and go. The rest falls once they are where they should be.
func (k *keeper) raise(keys []string, jobs map[string]*keeperJob, base *nft.Rules) {
	if base != nil {
		k.barrier.base = *base
	}
	before := maps.Clone(k.barrier.drops)
	for _, key := range keys {
		if j := jobs[key]; j.set && len(j.drop) > 0 {
			k.barrier.drops[key] = j.drop
		} else if j.set {
			delete(k.barrier.drops, key)
		}
	}
	k.fence(both(before, k.barrier.drops))
}

// fence sets the rules and says what is wrong.
func (k *keeper) fence(drops map[string][]nft.VIP) {
	if err := k.barrier.set(k.barrier.rules(drops)); err != nil {
		k.log.Error(firewallFailedLine(err))
	}
}
