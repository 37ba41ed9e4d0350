// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"

	"vipward/conf"
)

// instanceKey is what identifies an instance over a reload, as keepalived matches them:
// not by name, but by what it is on the wire.
func instanceKey(c *conf.Instance) string {
	mode := c.Multicast.String()
	if c.Unicast() {
		mode = "unicast " + c.Source.String()
		if !c.Source.IsValid() {
			mode = fmt.Sprintf("unicast IPv%d", c.Family)
		}
	}
	return fmt.Sprintf("%s %d %s%s", c.Interface, c.VRID, mode, virtualLinkMark(c))
}

// virtualLinkMark tells instances on links of their own from those on the interface.
func virtualLinkMark(c *conf.Instance) string {
	switch {
	case c.IPVLAN != nil:
		return " ipvlan"
	case c.VMAC != nil && c.VMACXmitBase:
		return " vmac xmit_base"
	case c.VMAC != nil:
		return " vmac"
	}
	return ""
}
