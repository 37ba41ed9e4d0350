// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"vipward/conf"
	"vipward/netif"
)

// staticKey is the holder of what belongs to no instance.
const staticKey = "static"

// static keeps the addresses of static_ipaddress, from the start to the stop.
type static struct {
	vips    *vips
	picture *netif.Picture
}

// set wishes for the items of cfg; the caller commits.
func (s *static) set(cfg *conf.Config) { s.vips.set(staticKey, s.addresses(cfg)) }

// stop takes all items away; the caller commits.
func (s *static) stop() { s.vips.set(staticKey, nil) }

func (s *static) addresses(cfg *conf.Config) []netif.Addr {
	var out []netif.Addr
	for _, a := range cfg.StaticAddresses {
		if link, ok := s.picture.Link(a.Dev); ok {
			out = append(out, netif.Addr{
				Prefix: a.Prefix, Index: link.Index, Label: a.Label, Scope: a.Scope, Broadcast: a.Broadcast,
			})
		}
	}
	return out
}
