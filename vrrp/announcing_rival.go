// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"bytes"
	"context"
	"net/netip"
	"slices"
	"time"

	"vipward/conf"
	"vipward/netif"
	"vipward/vrrp/election"
)

// claimWatch hears other hosts claim addresses; *netif.ARPWatch is the real one.
type claimWatch interface {
	Set(ips []netip.Addr) error
	Run(ctx context.Context, emit func([]netif.Sighting)) error
}

// claimsHeard is a message to the loop: other hosts claimed addresses.
type claimsHeard struct{ list []netif.Sighting }

func (m claimsHeard) handle(l *loop) {
	now := time.Now()
	for _, s := range m.list {
		for _, vi := range l.vis {
			if vi.m.State() == election.Master && l.contests(vi, s) {
				l.step(vi, now, election.Rival{What: claimText(s)})
			}
		}
	}
}

// contests says whether a claim is about an address that the instance holds, on the same
// link. A claim that carries our own hardware address is our own announcement, which
// something reflected; of a VMAC it may be that of another master, but then the adverts of
// the two tell switches more than any announcement could.
func (l *loop) contests(vi *instance, s netif.Sighting) bool {
	for _, a := range vi.virtual() {
		if a.Prefix.Addr() != s.IP {
			continue
		}
		link, ok := l.picture.Link(l.links.deviceOf(vi.cfg, a))
		if !ok {
			continue
		}
		below, _ := l.picture.ByIndex(link.Parent)
		heard, _ := l.picture.ByIndex(s.Index)
		on := s.Index == link.Index || virtualKind(link.Kind) && s.Index == below.Index
		ours := slices.ContainsFunc([]netif.Link{link, below, heard}, func(k netif.Link) bool {
			return len(k.MAC) > 0 && bytes.Equal(k.MAC, s.MAC)
		})
		if on && !ours {
			return true
		}
	}
	return false
}

// watchClaims watches for claims of the virtual addresses of the configuration.
func (n *announcing) watchClaims(cfg *conf.Config) {
	if n.watch == nil {
		return
	}
	var ips []netip.Addr
	for _, c := range cfg.Instances {
		for _, a := range virtualAddresses(c) {
			ips = append(ips, a.Prefix.Addr())
		}
	}
	if err := n.watch.Set(ips); err != nil {
		n.l.env.Log.Warn(watchFailedLine(err))
	}
}
