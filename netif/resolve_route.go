// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"vipward/conf"
)

// Route is the route of a configuration. The error is ErrNoLink where an interface is
// missing, which may come.
func (r Resolver) Route(c conf.Route) (Route, error) {
	l := lookup{Resolver: r}
	out := Route{
		Dst: c.Dst.Masked(), From: c.From.Masked(), Src: c.Src, TTLPropagate: c.TTLProp,
		CongCtl: c.CongCtl, CongLock: c.CongLock, NoTrack: c.NoTrack,
		Table: l.table(c), Type: l.routeType(c.Type), Protocol: uint8(l.number("protocol", c.Protocol)),
		Create: creates[c.Create], Metrics: l.metrics(c), Hops: l.hops(c),
	}
	if c.Metric != nil {
		out.Metric = *c.Metric
	}
	if c.Family == conf.IPv6 {
		if c.Expires != nil {
			out.Expires = *c.Expires
		}
		out.Pref = l.pref(c.Pref)
		return out, l.err
	}
	out.TOS = uint8(l.number("dsfield", c.TOS))
	out.Scope = leastScope(out.Type)
	if c.Scope != nil {
		out.Scope = uint8(l.number("scope", *c.Scope))
	}
	return out, l.err
}

var creates = map[string]Create{"append": Append, "add": AddOnly}

// leastScope is the widest scope that the kernel takes for a type of route. keepalived says
// global for all of them, which it refuses for some.
func leastScope(typ uint8) uint8 {
	switch typ {
	case unix.RTN_LOCAL, unix.RTN_NAT:
		return unix.RT_SCOPE_HOST
	case unix.RTN_BROADCAST, unix.RTN_ANYCAST:
		return unix.RT_SCOPE_LINK
	}
	return unix.RT_SCOPE_UNIVERSE
}

func (l *lookup) table(c conf.Route) uint32 {
	if c.VRF != "" {
		link, ok := l.Link(c.VRF)
		if !ok || link.Table == 0 {
			l.fail("vrf %s: %w", c.VRF, ErrNoLink)
		}
		return link.Table
	}
	return cmp.Or(l.number("table", c.Table), unix.RT_TABLE_MAIN)
}

func (l *lookup) routeType(word string) uint8 {
	if word == "" {
		return unix.RTN_UNICAST
	}
	if i := slices.Index(routeTypes[:], word); i >= 0 {
		return uint8(i)
	}
	n, err := strconv.ParseUint(word, 10, 8)
	if err != nil {
		l.fail("type %s: there is no such type of routes", word)
	}
	return uint8(n)
}

// prefs are the words for ICMPV6_ROUTER_PREF numbers.
var prefs = map[string]uint8{"low": 3, "medium": 0, "high": 1}

func (l *lookup) pref(word string) *uint8 {
	if word == "" {
		return nil
	}
	v, ok := prefs[word]
	if !ok {
		n, err := strconv.ParseUint(word, 10, 8)
		if err != nil {
			l.fail("pref %s: there is no such preference", word)
		}
		v = uint8(n)
	}
	return &v
}

func (l *lookup) metrics(c conf.Route) []Metric {
	var list []Metric
	for _, m := range c.Metrics {
		id := slices.Index(metricNames[:], m.Name)
		if id < 0 {
			l.fail("%s: there is no such metric", m.Name)
			continue
		}
		list = append(list, Metric{ID: uint16(id), Value: m.Value, Lock: m.Lock})
	}
	flag := func(id uint16, on *bool) {
		if on == nil {
			return
		}
		m := Metric{ID: id}
		if *on {
			m.Value = 1
		}
		list = append(list, m)
	}
	flag(unix.RTAX_QUICKACK, c.QuickACK)
	flag(unix.RTAX_FASTOPEN_NO_COOKIE, c.FastOpen)
	if c.ECN {
		list = append(list, Metric{ID: unix.RTAX_FEATURES, Value: unix.RTAX_FEATURE_ECN})
	}
	return list
}

// hops are the ways of a route: its own, or those of its nexthop clauses.
func (l *lookup) hops(c conf.Route) []NextHop {
	own := NextHop{Via: c.Via, Index: l.index(c.Dev), OnLink: c.OnLink, Realms: l.realms(c.Realms), Encap: l.encap(c.Encap)}
	if len(c.NextHops) == 0 {
		if own == (NextHop{}) {
			return nil
		}
		return []NextHop{own}
	}
	var list []NextHop
	for _, h := range c.NextHops {
		hop := NextHop{
			Via: h.Via, Index: cmp.Or(l.index(h.Dev), own.Index), OnLink: h.OnLink || c.OnLink,
			Realms: cmp.Or(l.realms(h.Realms), own.Realms), Encap: cmp.Or(l.encap(h.Encap), own.Encap),
		}
		if len(c.NextHops) > 1 {
			hop.Weight = max(h.Weight, 1)
		}
		list = append(list, hop)
	}
	return list
}

var encapTypes = map[string]uint16{
	"ip": unix.LWTUNNEL_ENCAP_IP, "ip6": unix.LWTUNNEL_ENCAP_IP6, "mpls": unix.LWTUNNEL_ENCAP_MPLS, "ila": unix.LWTUNNEL_ENCAP_ILA,
}

func (l *lookup) encap(c *conf.Encap) *Encap {
	if c == nil {
		return nil
	}
	e := &Encap{
		Type: encapTypes[c.Kind], ID: c.ID, Dst: c.Dst, Src: c.Src, TOS: c.TOS, TTL: c.TTL, Flags: c.Flags, Labels: c.Labels,
	}
	if c.Kind == "ila" {
		e.Locator = l.locator(c.Locator)
	}
	return e
}

// locator reads four groups of hexadecimal digits, the front half of an IPv6 address.
func (l *lookup) locator(text string) uint64 {
	const groups = 4
	var v uint64
	n := 0
	for part := range strings.SplitSeq(text, ":") {
		g, err := strconv.ParseUint(part, 16, 16)
		if err != nil {
			n = groups // one too many now
		}
		v, n = v<<16|g, n+1
	}
	if n != groups {
		l.fail("encap ila %s: a locator has four groups of hexadecimal digits", text)
	}
	return v
}
