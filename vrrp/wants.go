// SPDX-License-Identifier: Apache-2.0

package vrrp

import "vipward/netif"

// addresses resolves the instance's virtual addresses to interfaces that exist.
func (l *loop) addresses(vi *instance) []netif.Addr {
	var out []netif.Addr
	for _, a := range vi.virtual() {
		dev := l.links.deviceOf(vi.cfg, a)
		link, ok := l.picture.Link(dev)
		if !ok {
			l.env.Log.Warn(noDeviceLine(vi.cfg.Name, a.Prefix, dev))
			continue
		}
		out = append(out, netif.Addr{
			Prefix: a.Prefix, Index: link.Index, Label: a.Label, Scope: a.Scope, Broadcast: a.Broadcast,
		})
	}
	return out
}
