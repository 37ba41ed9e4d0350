// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"vipward/conf"
	"vipward/netif"
)

// links knows which devices instances and their addresses really use, and how those are.
type links struct {
	picture *netif.Picture // as the kernel tells; the loop's
}

func newLinks(p *netif.Picture) *links { return &links{picture: p} }

// device names the link that the instance runs on: the one that its packets come from and
// that its own addresses are put on. Empty: it runs without one.
func (k *links) device(c *conf.Instance) string { return c.Interface }

// deviceOf names the link that carries one address of the instance.
func (k *links) deviceOf(c *conf.Instance, a conf.Address) string {
	if a.Dev != "" {
		return a.Dev
	}
	return k.device(c)
}

// get gives a link as the instances are to see it.
func (k *links) get(name string) (netif.Link, bool) { return k.picture.Link(name) }
