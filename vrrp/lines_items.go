// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"

	"vipward/netif"
)

// restoringAddressLine says that a static address was missing and is there again.
func restoringAddressLine(a netif.Addr, dev, group string) string {
	text := fmt.Sprintf("Restoring deleted static address %s dev %s scope %s", a.Prefix, dev, scopeName(a))
	if group != "" {
		text += " track_group " + group
	}
	return text + " set"
}

// restoringLine is the same for a route or rule.
func restoringLine(op netif.Op) string {
	return fmt.Sprintf("Restoring deleted static %s", itemText(op))
}

// itemText names an item.
func itemText(op netif.Op) string {
	switch {
	case op.Route != nil:
		return "route " + op.Route.String()
	case op.Rule != nil:
		return "rule " + op.Rule.String()
	}
	return "address " + op.Addr.Prefix.String()
}

func scopeName(a netif.Addr) string {
	scope := a.Scope
	if a.Prefix.Addr().IsLinkLocalUnicast() && a.Prefix.Addr().Is6() {
		scope = 253
	}
	if name, ok := map[int]string{0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere"}[scope]; ok {
		return name
	}
	return fmt.Sprint(scope)
}
