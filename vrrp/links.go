// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"
	"net/netip"

	"vipward/conf"
	"vipward/netif"
)

// links knows which devices instances and their addresses really use, and how those are:
// VMACs and ipvlans that are made for them, and states that are polled or held back.
type links struct {
	loop    *loop
	picture *netif.Picture // as it is believed; the loop's
	keeper  *linkKeeper
	beats   *beats
	filter  netif.LinkFilter
	alarm   *alarm

	wish    netif.LinkWish
	keys    map[*conf.Instance]string // of this configuration and the one before it
	named   map[string]bool           // links that the configuration gives for instances and addresses
	made    map[string]int            // index of each virtual link that is there, by key
	mine    map[int]string            // the reverse
	owned   map[string][]string       // the keys of the virtual links of each instance
	failed  map[string]string         // why one is not there, by key
	fresh   map[string]bool           // those that were just made and not yet seen up
	parents map[string]string         // what each is to be on, by key
	based   map[string]bool           // those
	guesses map[string]string         // what each will most likely be called
	memory  netif.LinkMemory          // what a successor needs
}

func newLinks(l *loop) *links {
	k := &links{loop: l, picture: &l.picture, memory: l.saved.Links, fresh: map[string]bool{}}
	k.alarm = newAlarm(k)
	return k
}

// device names the link that the instance's packets leave by. It is empty when the instance
// has none, or one that is not there.
func (k *links) device(c *conf.Instance) string {
	switch {
	case c.VMAC != nil && !c.VMACXmitBase, c.IPVLAN != nil:
		return k.virtual(k.keys[c])
	}
	return c.Interface
}

// deviceOf names the link that carries one address of the instance. It is empty when that
// is one of ours that is not there.
func (k *links) deviceOf(c *conf.Instance, a conf.Address) string {
	if key, ok := addressLink(c, k.keys[c], a); ok {
		return k.virtual(key)
	}
	return below(c, a)
}

// addressLink gives the key of the VMAC that carries an address; ok is false when none does.
// An address of the other family is never on that of the instance, as with keepalived, but may
// have one of its own family.
func addressLink(c *conf.Instance, key string, a conf.Address) (string, bool) {
	dev, six := below(c, a), a.Prefix.Addr().Is6()
	switch {
	case six != (c.Family == conf.IPv6) && (a.UseVMAC || c.UseVMACAddr):
		return fmt.Sprintf("%s on %s IPv%d", key, dev, familyNumber(six)), true
	case six != (c.Family == conf.IPv6):
		return "", false
	case c.VMAC != nil && dev == c.Interface:
		return key, true
	case a.UseVMAC, c.UseVMACAddr && dev != c.Interface:
		return key + " on " + dev, true
	}
	return "", false
}

func familyNumber(six bool) int {
	if six {
		return 6
	}
	return 4
}

// below names the link that the configuration gives for an address.
func below(c *conf.Instance, a conf.Address) string {
	if a.Dev != "" {
		return a.Dev
	}
	return c.Interface
}

// sources gives the index of the link whose address the adverts of the instance come from.
func (k *links) sources(c *conf.Instance) int {
	name := c.Interface
	if c.IPVLAN != nil {
		name = k.device(c)
	}
	link, _ := k.get(name)
	return link.Index
}

// source is the address that the configuration of the link gives for adverts, if it does.
func (k *links) source(c *conf.Instance) netip.Addr {
	if c.IPVLAN != nil && c.Family != conf.IPv6 {
		return c.IPVLAN.Addr.Addr()
	}
	return netip.Addr{}
}

// virtual names a link of ours; empty: it is not there.
func (k *links) virtual(key string) string {
	link, _ := k.picture.ByIndex(k.made[key])
	return link.Name
}

// get gives a link as the instances are to see it.
func (k *links) get(name string) (netif.Link, bool) { return k.picture.Link(name) }

// pending says whether a link that the instance needs is being made, so that its start has
// to wait. A link that was just made is heard of twice, and is down the first time.
func (k *links) pending(c *conf.Instance) bool {
	for _, key := range k.owned[k.keys[c]] {
		parent, ok := k.picture.Link(k.parents[key])
		if !ok || k.failed[key] != "" {
			continue
		}
		link, there := k.picture.ByIndex(k.made[key])
		if !there || k.fresh[key] && parent.Up && !link.Up {
			return true
		}
		delete(k.fresh, key)
	}
	return false
}

// down names the first link of the instance that is down or not there: its interface, what
// was made on top of it, or one that carries an address. ok: all are up.
func (k *links) down(c *conf.Instance) (name string, ok bool) {
	if c.Interface != "" && !c.DontTrackPrimary {
		if !k.up(c.Interface) {
			return c.Interface, false
		}
		if own := k.device(c); !k.up(own) {
			return k.called(k.keys[c], own), false
		}
	}
	for _, a := range virtualAddresses(c) {
		dev := k.deviceOf(c, a)
		if a.NoTrack || c.DontTrackPrimary && below(c, a) == c.Interface {
			continue
		}
		if !k.up(dev) && (dev != "" || c.Interface != "") {
			key, _ := addressLink(c, k.keys[c], a)
			return k.called(key, dev), false
		}
	}
	return "", true
}

// alsoDown names the virtual link of an instance that is down because its interface is;
// empty: none.
func (k *links) alsoDown(c *conf.Instance) string {
	own := k.virtual(k.keys[c])
	if c.VMAC == nil && c.IPVLAN == nil || k.up(c.Interface) || k.up(own) {
		return ""
	}
	return k.called(k.keys[c], own)
}

// called is how the log calls a link of ours that may have no name now.
func (k *links) called(key, name string) string {
	if name != "" {
		return name
	}
	return k.guesses[key]
}

// refusal says why the instance can never work as configured; empty: it can.
func (k *links) refusal(c *conf.Instance) string {
	parent, ok := k.get(c.Interface)
	switch {
	case c.IPVLAN != nil && c.Family != conf.IPv6 && !c.IPVLAN.Addr.IsValid():
		return noIPVLANSourceLine(c.Name)
	case c.VMAC != nil && ok && !parent.Ethernet:
		return noEthernetLine(c.Name, c.Interface)
	}
	return ""
}

func (k *links) up(name string) bool {
	link, ok := k.get(name)
	return ok && link.Up
}

// uses says whether the instance depends on a link of that name.
func (k *links) uses(c *conf.Instance, name string) bool {
	if name == "" {
		return false
	}
	if c.Interface == name || k.device(c) == name {
		return true
	}
	for _, a := range virtualAddresses(c) {
		if k.deviceOf(c, a) == name {
			return true
		}
	}
	return false
}
