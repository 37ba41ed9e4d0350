// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"
	"net/netip"

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
	lost    map[netif.Key]bool // what cannot be put back
}

// set wishes for the items of cfg and gives what cannot be there now; the caller commits.
// Addresses that carry our number are from an earlier run.
func (s *static) set(cfg *conf.Config) []error {
	s.note(cfg)
	h, errs := s.wants(cfg)
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
	r := netif.Resolver{Link: s.picture.Link, Name: conf.System{}.RouteName}
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

// noteLost remembers that an item cannot be put back.
func (s *static) noteLost(item netif.Key) { s.lost[item] = true }
