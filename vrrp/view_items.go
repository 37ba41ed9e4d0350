// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"
	"strings"

	"vipward/conf"
	"vipward/netif"
)

// addressTexts shows addresses as keepalived's data file and JSON do; "set" stands behind
// those that are there.
func (l *loop) addressTexts(vi *instance, list []conf.Address) []string {
	var all []string
	for _, a := range list {
		dev := l.links.deviceOf(vi.cfg, a)
		link, ok := l.picture.Link(dev)
		text := addressText(a, l.onTopOf(link))
		if ok && l.picture.Has(netif.Addr{Index: link.Index, Prefix: a.Prefix, Peer: a.Peer}) {
			text += " set"
		}
		all = append(all, text)
	}
	return all
}

// onTopOf names a link as ip(8) does: NAME@PARENT for one of ours that stands on another.
func (l *loop) onTopOf(link netif.Link) string {
	parent, ok := l.picture.ByIndex(link.Parent)
	if !ok || link.Kind != "macvlan" && link.Kind != "ipvlan" {
		return link.Name
	}
	return link.Name + "@" + parent.Name
}

func addressText(a conf.Address, dev string) string {
	var b strings.Builder
	b.WriteString(bareHost(a))
	put := func(is bool, format string, args ...any) {
		if is {
			fmt.Fprintf(&b, " "+format, args...)
		}
	}
	put(a.Peer.IsValid(), "peer %s", a.Peer)
	put(a.Broadcast.IsValid(), "brd %s", a.Broadcast)
	put(dev != "", "dev %s", dev)
	put(true, "scope %s", rawScope(a.Scope))
	put(a.Label != "", "label %s", a.Label)
	put(a.Prefix.Addr().Is6(), "preferred_lft %s", lifetime(a.PreferredLft))
	return b.String()
}

// bareHost leaves the length of a host's prefix out.
func bareHost(a conf.Address) string {
	if a.Prefix.IsSingleIP() {
		return a.Prefix.Addr().String()
	}
	return a.Prefix.String()
}

// rawScope names the scope that is configured; what the kernel makes of it may differ.
func rawScope(scope int) string {
	return scopeName(netif.Addr{Scope: scope})
}

func lifetime(seconds *uint32) string {
	if seconds == nil || *seconds == conf.Forever {
		return "forever"
	}
	return fmt.Sprint(*seconds)
}

// routeTexts shows routes as keepalived does.
func (l *loop) routeTexts(list []netif.Route) []string {
	var all []string
	for _, r := range list {
		all = append(all, l.routeText(r))
	}
	return all
}

func (l *loop) routeText(r netif.Route) string {
	how := map[netif.Create]string{netif.Prepend: "prepend", netif.Append: "append", netif.AddOnly: "add"}[r.Create]
	text := how + " " + r.Dst.String()
	if len(r.Hops) == 1 {
		text += l.hopText(r.Hops[0])
	}
	text += fmt.Sprintf(" proto %d", r.Protocol)
	if r.Metric != 0 {
		text += fmt.Sprintf(" metric %d", r.Metric)
	}
	if len(r.Hops) > 1 {
		for _, h := range r.Hops {
			text += " nexthop" + l.hopText(h) + fmt.Sprintf(" weight %d", h.Weight)
		}
	}
	return text
}

func (l *loop) hopText(h netif.NextHop) (text string) {
	if h.Via.IsValid() {
		family := "inet"
		if h.Via.Is6() {
			family = "inet6"
		}
		text = " via " + family + " " + h.Via.String()
	}
	if link, ok := l.picture.ByIndex(h.Index); ok && h.Index != 0 {
		text += " dev " + link.Name
	}
	return text
}

// ruleTexts shows rules as keepalived does.
func ruleTexts(list []netif.Rule) []string {
	var all []string
	for _, r := range list {
		all = append(all, ruleText(r))
	}
	return all
}

func ruleText(r netif.Rule) string {
	var words []string
	put := func(is bool, format string, args ...any) {
		if is {
			words = append(words, fmt.Sprintf(format, args...))
		}
	}
	put(r.Not, "not")
	put(r.From.IsValid(), "from %s", r.From)
	put(r.To.IsValid(), "to %s", r.To)
	put(true, "priority %d tos %#x", r.Priority, r.TOS)
	if r.Mark != nil {
		put(true, "fwmark %#x", *r.Mark)
	}
	put(r.IIF != "", "iif %s", r.IIF)
	put(r.OIF != "", "oif %s", r.OIF)
	put(true, "protocol %d %s", r.Protocol, r.Target())
	return strings.Join(words, " ")
}
