// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"

	"vipward/conf"
	"vipward/netif"
)

// settingLines go with AddAddresses, removingLines with RemoveAddresses. All are details.
func settingLines(c *conf.Instance) []string {
	var lines []string
	if guarded(c) {
		lines = append(lines, fmt.Sprintf("(%s) setting firewall drop rule", c.Name))
	}
	for _, part := range []struct {
		there bool
		what  string
	}{{len(c.VIPs) > 0, "VIPs."}, {len(c.ExcludedVIPs) > 0, "E-VIPs."}, {len(c.Routes) > 0, "Virtual Routes"}, {len(c.Rules) > 0, "Virtual Rules"}} {
		if part.there {
			lines = append(lines, fmt.Sprintf("(%s) setting %s", c.Name, part.what))
		}
	}
	return lines
}

func removingLines(c *conf.Instance) []string {
	var lines []string
	for _, part := range []struct {
		there bool
		what  string
	}{
		{len(c.Rules) > 0, "Virtual Rules"},
		{len(c.Routes) > 0, "Virtual Routes"},
		{len(c.VIPs) > 0, "VIPs."},
		{len(c.ExcludedVIPs) > 0, "E-VIPs."},
		{guarded(c), "firewall drop rule"},
	} {
		if part.there {
			lines = append(lines, fmt.Sprintf("(%s) removing %s", c.Name, part.what))
		}
	}
	return lines
}

// noLongerLine says that a reload takes an address away.
func noLongerLine(instance string, a netif.Addr, dev string) string {
	return fmt.Sprintf("(%s) ip address %s dev %s, no longer exist", instance, a.Prefix, dev)
}

// restoringAddressLine says that a static address was missing and is there again.
func restoringAddressLine(a netif.Addr, dev, group string) string {
	text := fmt.Sprintf("Restoring deleted static address %s dev %s scope %s", a.Prefix, dev, scopeName(a))
	if group != "" {
		text += " track_group " + group
	}
	return text + " set"
}

// restoringLine is the same for a route or rule.
func restoringLine(item string) string { return "Restoring deleted static " + item }

// itemText names an item. name gives the names of interfaces.
func itemText(op netif.Op, name func(index int) string) string {
	switch {
	case op.Route != nil:
		return "route " + op.Route.Text(name)
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
