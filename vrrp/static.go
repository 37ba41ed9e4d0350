// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"
	"net/netip"
	"slices"

	"vipward/conf"
	"vipward/netif"
)

// staticKey is the holder of what belongs to no instance.
const staticKey = "static"

// static keeps the items of static_ipaddress, static_routes and static_rules, from the start
// to the stop.
type static struct {
	keeper  *keeper
	picture *netif.Picture
	addrs   map[netip.Addr]conf.Address
	devices map[string]bool
	groups  map[netif.Key]string // the track_group of an item
	members map[string][]string  // the instances of a track_group
	lost    map[netif.Key]bool   // what cannot be put back
	lookUp  func(kind, name string) (int64, bool)
	names   map[[2]string]named // looked up for this configuration: no disk in the loop
}

// named is what iproute2's tables say of a name.
type named struct {
	id    int64
	known bool
}

// set wishes for the items of cfg and gives what cannot be there now; the caller commits.
// Addresses that carry our number are from an earlier run.
func (s *static) set(cfg *conf.Config) []error {
	s.note(cfg)
	h, errs := s.wants(cfg)
	s.noteGroups(cfg, h)
	var left netif.Holdings
	for _, a := range h.Addrs {
		if s.picture.Marked(a) {
			left.Addrs = append(left.Addrs, a)
		}
	}
	s.keeper.adopt(staticKey, left)
	s.keeper.set(staticKey, h)
	return errs
}

// note remembers which addresses and links the items need.
func (s *static) note(cfg *conf.Config) {
	s.addrs, s.devices, s.lost = map[netip.Addr]conf.Address{}, map[string]bool{}, map[netif.Key]bool{}
	s.names = map[[2]string]named{}
	for _, a := range cfg.StaticAddresses {
		s.addrs[a.Prefix.Addr()] = a
		s.devices[staticDevice(cfg, a)] = true
	}
	for _, r := range cfg.StaticRoutes {
		s.devices[r.Dev], s.devices[r.VRF] = true, true
		for _, h := range r.NextHops {
			s.devices[h.Dev] = true
		}
	}
}

// stop takes all items away; the caller commits.
func (s *static) stop() { s.keeper.set(staticKey, netif.Holdings{}) }

// has says whether it is a static address.
func (s *static) has(ip netip.Addr) bool {
	_, ok := s.addrs[ip]
	return ok
}

// needs says whether an item is on the link.
func (s *static) needs(name string) bool { return s.devices[name] }

// staticDevice names the link of a static address.
func staticDevice(cfg *conf.Config, a conf.Address) string {
	if a.Dev != "" {
		return a.Dev
	}
	return cfg.Global.Daemon.DefaultInterface
}

// wants resolves the items. Those that cannot be there now are left out with an error each.
func (s *static) wants(cfg *conf.Config) (netif.Holdings, []error) {
	var h netif.Holdings
	var errs []error
	for _, a := range cfg.StaticAddresses {
		dev := staticDevice(cfg, a)
		link, ok := s.picture.Link(dev)
		if !ok {
			errs = append(errs, fmt.Errorf("address %s: dev %s: %w", a.Prefix, dev, netif.ErrNoLink))
			continue
		}
		h.Addrs = append(h.Addrs, netif.NewAddr(a, link.Index))
	}
	r := s.resolver()
	for _, c := range cfg.StaticRoutes {
		route, err := r.Route(c)
		errs = collect(&h.Routes, route, err, errs, "route %s", c.Dst)
	}
	for _, c := range cfg.StaticRules {
		rule, err := r.Rule(c)
		errs = collect(&h.Rules, rule, err, errs, "rule %d", c.Preference)
	}
	return h, errs
}

// setStatic wishes for the static items of the configuration and says what is left out.
func (l *loop) setStatic(cfg *conf.Config) {
	for _, err := range l.static.set(cfg) {
		l.env.Log.Warn(staticLeftOutLine(err))
	}
}

// noteGroups remembers whose concern the items are.
func (s *static) noteGroups(cfg *conf.Config, h netif.Holdings) {
	s.groups, s.members = map[netif.Key]string{}, map[string][]string{}
	for _, g := range cfg.TrackGroups {
		s.members[g.Name] = g.Members
	}
	r := s.resolver()
	for _, a := range h.Addrs {
		s.groups[a.Key()] = s.addrs[a.Prefix.Addr()].TrackGroup
	}
	for _, c := range cfg.StaticRoutes {
		if route, err := r.Route(c); err == nil {
			s.groups[route.Key()] = c.TrackGroup
		}
	}
	for _, c := range cfg.StaticRules {
		if rule, err := r.Rule(c); err == nil {
			s.groups[rule.Key()] = c.TrackGroup
		}
	}
}

func (s *static) resolver() netif.Resolver {
	return netif.Resolver{Link: s.picture.Link, Name: s.number}
}

// number looks a name up in iproute2's tables, once for each configuration: items are resolved
// whenever the state is saved, and the adverts must not wait for a disk.
func (s *static) number(kind, name string) (int64, bool) {
	key := [2]string{kind, name}
	n, ok := s.names[key]
	if !ok {
		n.id, n.known = s.lookUp(kind, name)
		if s.names != nil {
			s.names[key] = n
		}
	}
	return n.id, n.known
}

// noteLost remembers whether an item cannot be put back, and says whether that is news.
func (s *static) noteLost(item netif.Key, lost bool) bool {
	news := s.lost[item] != lost
	if s.lost[item] = lost; !lost {
		delete(s.lost, item)
	}
	return news
}

// fails says whether an item is missing that the instance of that name depends on.
func (s *static) fails(instance string) bool {
	for item := range s.lost {
		if slices.Contains(s.members[s.groups[item]], instance) {
			return true
		}
	}
	return false
}
