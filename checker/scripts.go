// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"context"
	"slices"

	"vipward/checker/probe"
	"vipward/conf"
	"vipward/notify"
)

// scripts are the commands of MISC_CHECK that can be run.
type scripts struct {
	commands map[*conf.Checker]notify.Command
	broken   map[*conf.Checker]error // of checks that stay though their script cannot be run
	lines    []string
	weak     bool // somebody else than root can change one of them
}

// findScripts finds the scripts of a configuration. A check whose script cannot be used is
// left out, as keepalived does: the configuration is given without it. With alpha its
// server never comes up there, so the check stays and fails.
func findScripts(cfg *conf.Config) (*conf.Config, scripts) {
	s := scripts{commands: map[*conf.Checker]notify.Command{}, broken: map[*conf.Checker]error{}}
	if !slices.ContainsFunc(cfg.VirtualServers, runsScripts) {
		return cfg, s
	}
	defaults := notify.DefaultsOf(cfg.Global)
	out := *cfg
	out.VirtualServers = each(cfg.VirtualServers, func(vs *conf.VirtualServer) *conf.VirtualServer {
		servers := each(vs.RealServers, func(rs *conf.RealServer) *conf.RealServer { return s.usable(vs, rs, defaults) })
		if slices.Equal(servers, vs.RealServers) {
			return vs
		}
		vs = shallow(vs)
		vs.RealServers = servers
		return vs
	})
	if len(s.commands) > 0 && !defaults.Secure {
		line := lineInsecure
		if s.weak {
			line += lineWeak
		}
		s.lines = append(s.lines, line)
	}
	return &out, s
}

// runsScripts says whether a virtual server has a check that runs a script.
func runsScripts(vs *conf.VirtualServer) bool {
	return slices.ContainsFunc(vs.RealServers, func(rs *conf.RealServer) bool {
		return slices.ContainsFunc(rs.Checkers, func(c *conf.Checker) bool { return c.Misc != nil })
	})
}

// each changes every element of a list.
func each[T any](list []T, change func(T) T) []T {
	out := make([]T, len(list))
	for i, x := range list {
		out[i] = change(x)
	}
	return out
}

func shallow[T any](x *T) *T {
	c := *x
	return &c
}

// usable gives a real server without the checks that cannot be made; it is the same one
// when all can.
func (s *scripts) usable(vs *conf.VirtualServer, rs *conf.RealServer, d notify.Defaults) *conf.RealServer {
	var out []*conf.Checker
	for _, c := range rs.Checkers {
		if s.find(vs, rs, c, d) {
			out = append(out, c)
		}
	}
	if len(out) == len(rs.Checkers) {
		return rs
	}
	rs = shallow(rs)
	rs.Checkers = out
	return rs
}

// find finds the script of a check and says whether the check stays.
func (s *scripts) find(vs *conf.VirtualServer, rs *conf.RealServer, c *conf.Checker, d notify.Defaults) bool {
	if c.Misc == nil {
		return true
	}
	cmd, err := notify.Resolve(c.Misc.Command, d)
	switch {
	case err == nil:
		s.commands[c] = cmd
		s.weak = s.weak || cmd.Unsafe != ""
	case c.Alpha:
		s.broken[c] = err
	default:
		s.lines = append(s.lines, disabledLines(vs, rs, c, err)...)
	}
	return err == nil || c.Alpha
}

// probeOf gives the probe of a check.
func (c *child) probeOf(cc *conf.Checker) probe.Probe {
	if cmd, ok := c.scripts.commands[cc]; ok {
		return probe.NewMisc(cc, cmd, c.runScript)
	}
	if err := c.scripts.broken[cc]; err != nil {
		return probe.Func(func(context.Context) probe.Result { return probe.Result{Outcome: probe.Failed, Cause: err} })
	}
	return c.probe(cc)
}
