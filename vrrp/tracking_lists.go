// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"slices"

	"vipward/conf"
)

// tracksOf gives what an instance tracks together with what its group (nil: none) tracks
// for all members. What both list counts once, as the group says.
func tracksOf(c *conf.Instance, g *conf.SyncGroup) ([]conf.TrackScript, conf.Tracking) {
	if g == nil {
		return c.TrackScripts, c.Tracking
	}
	return overlay(g.TrackScripts, c.TrackScripts, func(t conf.TrackScript) string { return t.Script.Name }),
		conf.Tracking{
			Interfaces: slices.Concat(g.Tracking.Interfaces, c.Tracking.Interfaces),
			Files:      overlay(g.Tracking.Files, c.Tracking.Files, func(t conf.TrackFile) string { return t.File.Name }),
			Processes: overlay(g.Tracking.Processes, c.Tracking.Processes,
				func(t conf.TrackProcess) string { return t.Process.Name }),
			BFDs: overlay(g.Tracking.BFDs, c.Tracking.BFDs, func(t conf.TrackBFD) string { return t.BFD.Name }),
		}
}

// overlay gives all of first, and of second what first does not have.
func overlay[T any](first, second []T, name func(T) string) []T {
	out := slices.Clone(first)
	for _, s := range second {
		if !slices.ContainsFunc(first, func(f T) bool { return name(f) == name(s) }) {
			out = append(out, s)
		}
	}
	return out
}

// devicesOf lists the interfaces that the instance tracks beside its own and those of its
// addresses: listed ones, those of its routes and rules, and those of static items whose
// track_group it is in. An interface that must be up has no weight any more, whoever else
// lists it; of two weights the first counts.
func devicesOf(cfg *conf.Config, c *conf.Instance, listed []conf.TrackInterface) []conf.TrackInterface {
	var must []string
	for _, r := range c.Routes {
		must = append(must, routeDevices(r)...)
	}
	for _, r := range c.Rules {
		must = append(must, ruleDevices(r)...)
	}
	must = append(must, groupDevices(cfg, c)...)
	for _, t := range listed {
		if t.Weight == 0 && !t.Reverse {
			must = append(must, t.Interface)
		}
	}
	var out []conf.TrackInterface
	seen := linkDevices(c)
	add := func(t conf.TrackInterface) {
		if t.Interface != "" && !seen[t.Interface] {
			seen[t.Interface] = true
			out = append(out, t)
		}
	}
	for _, dev := range must {
		add(conf.TrackInterface{Interface: dev})
	}
	for _, t := range listed {
		add(t)
	}
	return out
}

// linkDevices are the interfaces that count already: the instance's own (or that does not
// count, and cannot be made to), and those of its tracked addresses.
func linkDevices(c *conf.Instance) map[string]bool {
	devs := map[string]bool{c.Interface: true}
	for _, a := range slices.Concat(c.VIPs, c.ExcludedVIPs) {
		if a.Dev != "" && !a.NoTrack {
			devs[a.Dev] = true
		}
	}
	return devs
}

// groupDevices are the interfaces of the static items of the instance's track groups.
func groupDevices(cfg *conf.Config, c *conf.Instance) []string {
	in := map[string]bool{}
	for _, g := range cfg.TrackGroups {
		in[g.Name] = slices.Contains(g.Members, c.Name)
	}
	var devs []string
	for _, a := range cfg.StaticAddresses {
		if in[a.TrackGroup] && !a.NoTrack {
			devs = append(devs, a.Dev)
		}
	}
	for _, r := range cfg.StaticRoutes {
		if in[r.TrackGroup] {
			devs = append(devs, routeDevices(r)...)
		}
	}
	for _, r := range cfg.StaticRules {
		if in[r.TrackGroup] {
			devs = append(devs, ruleDevices(r)...)
		}
	}
	return devs
}

// routeDevices is the interface of a route. Those of several next hops do not count, as with
// keepalived: the others still carry the route.
func routeDevices(r conf.Route) []string {
	if r.NoTrack {
		return nil
	}
	return []string{r.Dev}
}

func ruleDevices(r conf.Rule) []string {
	if r.NoTrack {
		return nil
	}
	return []string{r.IIF, r.OIF}
}

// trackedOnce lists what the entries of one kind lead to, of all instances and groups, each
// once and in the order of the file.
func trackedOnce[E any, T comparable](cfg *conf.Config, entries func(conf.Tracking) []E, target func(E) T) []T {
	var out []T
	seen := map[T]bool{}
	add := func(t conf.Tracking) {
		for _, e := range entries(t) {
			if to := target(e); !seen[to] {
				seen[to] = true
				out = append(out, to)
			}
		}
	}
	for _, c := range cfg.Instances {
		add(c.Tracking)
	}
	for _, g := range cfg.SyncGroups {
		add(g.Tracking)
	}
	return out
}
