// SPDX-License-Identifier: Apache-2.0

package conf

import "slices"

// runnableServers gives the virtual servers with the checks that there are.
func runnableServers(k *collector, c *Config) []*VirtualServer {
	r := serverRunner{c: k, unchecked: map[string]*unchecked{}}
	var out []*VirtualServer
	for _, vs := range c.VirtualServers {
		out = append(out, r.server(vs))
	}
	r.report()
	return out
}

// serverRunner finds what cannot be run.
type serverRunner struct {
	c         *collector
	unchecked map[string]*unchecked // by kind of check
	kinds     []string              // in the order in which they came up
}

// unchecked counts the real servers that lose their only check.
type unchecked struct {
	first Pos
	count int
}

// server gives what can be run of a virtual server.
func (r *serverRunner) server(vs *VirtualServer) *VirtualServer {
	out := *vs
	out.RealServers = make([]*RealServer, len(vs.RealServers))
	for i, rs := range vs.RealServers {
		out.RealServers[i] = r.real(rs)
	}
	return &out
}

// real gives what can be run of a real server; it is the same one when that is
// all of it.
func (r *serverRunner) real(rs *RealServer) *RealServer {
	if !slices.ContainsFunc(rs.Checkers, isPlanned) {
		return rs
	}
	out := *rs
	out.Checkers = slices.DeleteFunc(slices.Clone(rs.Checkers), isPlanned)
	for _, c := range rs.Checkers {
		if isPlanned(c) {
			r.count(c, len(out.Checkers) == 0)
		}
	}
	return &out
}

// isPlanned says whether a check is not built yet.
func isPlanned(c *Checker) bool { return c.BFD != nil }

// count notes a check that is left out; alone means that its server has no other.
func (r *serverRunner) count(c *Checker, alone bool) {
	u := r.unchecked[c.Kind]
	if u == nil {
		u = &unchecked{first: c.Pos}
		r.unchecked[c.Kind] = u
		r.kinds = append(r.kinds, c.Kind)
	}
	if alone {
		u.count++
	}
}

// report says what each kind of check that is left out means, once.
func (r *serverRunner) report() {
	for _, kind := range r.kinds {
		u := r.unchecked[kind]
		if u.count == 0 {
			r.c.add(codeNotSupported, u.first, "%s is not supported yet and ignored; the other checks of its real servers decide", kind)
			continue
		}
		r.c.add(codeNotSupported, u.first, "%s is not supported yet: real servers without another check, %d of them, are not checked and count as up", kind, u.count)
	}
}
