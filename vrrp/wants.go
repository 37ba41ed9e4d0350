// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"
	"slices"

	"vipward/conf"
	"vipward/netif"
	"vipward/vrrp/election"
)

// wants is what a master puts into the kernel. Items that cannot be there now, most often
// since there is no such interface, are left out, each with an error.
func (l *loop) wants(vi *instance) (netif.Holdings, []error) {
	var h netif.Holdings
	var errs []error
	for _, a := range vi.virtual() {
		dev := l.links.deviceOf(vi.cfg, a)
		link, ok := l.picture.Link(dev)
		if !ok {
			errs = append(errs, fmt.Errorf("address %s: dev %s: %w", a.Prefix, dev, netif.ErrNoLink))
			continue
		}
		h.Addrs = append(h.Addrs, netif.NewAddr(a, link.Index))
	}
	r := l.static.resolver()
	for _, c := range vi.cfg.Routes {
		route, err := r.Route(c)
		errs = collect(&h.Routes, route, err, errs, "route %s", c.Dst)
	}
	for _, c := range vi.cfg.Rules {
		rule, err := r.Rule(c)
		errs = collect(&h.Rules, rule, err, errs, "rule %d", c.Preference)
	}
	return h, errs
}

// collect keeps an item, or its error with a name.
func collect[T any](list *[]T, v T, err error, errs []error, format string, name any) []error {
	if err != nil {
		return append(errs, fmt.Errorf(format+": %w", name, err))
	}
	*list = append(*list, v)
	return errs
}

// holds is wants without the errors.
func (l *loop) holds(vi *instance) netif.Holdings {
	h, _ := l.wants(vi)
	return h
}

// wish lets the keeper see to what a master wants.
func (l *loop) wish(vi *instance) netif.Holdings {
	h, errs := l.wants(vi)
	for _, err := range errs {
		l.env.Log.Warn(leftOutLine(vi.cfg.Name, err))
	}
	l.keeper.set(vi.key, h)
	return h
}

// linkCame sees to the items of a link that is new, or up again: what needs its index, and
// the IPv4 routes that the kernel has dropped without a word.
func (l *loop) linkCame(link netif.Link, known bool) {
	if !l.started {
		return
	}
	if known {
		l.keeper.missing(netif.LinkChange{Link: link})
		return
	}
	for _, vi := range l.vis {
		if vi.m.State() == election.Master && l.needs(vi, link.Name) {
			l.keeper.set(vi.key, l.holds(vi))
		}
	}
	if l.static.needs(link.Name) {
		l.static.set(l.cfg)
	}
	l.firewall.refresh() // no address without its rule
	l.keeper.commit()
}

// needs says whether an item of the instance is on the link.
func (l *loop) needs(vi *instance, name string) bool {
	return l.links.uses(vi.cfg, name) || slices.ContainsFunc(vi.cfg.Routes, func(r conf.Route) bool { return routeUses(r, name) })
}

// routeUses says whether a route names the link.
func routeUses(r conf.Route, name string) bool {
	return r.Dev == name || r.VRF == name || slices.ContainsFunc(r.NextHops, func(h conf.NextHop) bool { return h.Dev == name })
}

// routed says whether a configuration has routes or rules.
func routed(cfg *conf.Config) bool {
	return len(cfg.StaticRoutes)+len(cfg.StaticRules) > 0 ||
		slices.ContainsFunc(cfg.Instances, func(c *conf.Instance) bool { return len(c.Routes)+len(c.Rules) > 0 })
}

// watch hears of deleted routes and rules only while there are some.
func (k *keeper) watch(cfg *conf.Config) {
	if want := routed(cfg); want != k.watched {
		if err := k.watchRoutes(want); err != nil {
			k.log.Error(err.Error())
		}
		k.watched = want
	}
}
