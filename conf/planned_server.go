// SPDX-License-Identifier: Apache-2.0

package conf

import "slices"

// runnableServers gives the virtual servers that can be run: those with an address,
// real servers of their family, and the checks that there are.
func runnableServers(k *collector, c *Config) []*VirtualServer {
	r := serverRunner{c: k, unchecked: map[string]*unchecked{}}
	var out []*VirtualServer
	for _, vs := range c.VirtualServers {
		if vs = r.server(vs); vs != nil {
			out = append(out, vs)
		}
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

// server gives what can be run of a virtual server; it is the same one when that
// is all of it.
func (r *serverRunner) server(vs *VirtualServer) *VirtualServer {
	if vs.Group != nil || vs.FWMark != 0 {
		r.c.add(codeNotSupported, vs.Pos, "virtual_server %s is not supported yet; the block is ignored", vs.Service())
		return nil
	}
	r.tunnel(vs.Tunnel, vs.Pos)
	out := *vs
	out.RealServers = nil
	for _, rs := range vs.RealServers {
		if rs = r.real(vs, rs); rs != nil {
			out.RealServers = append(out.RealServers, rs)
		}
	}
	if len(out.RealServers) == 0 {
		r.c.add(codeNotSupported, vs.Pos, "virtual_server %s has no real server that is supported; the block is ignored", vs.Service())
		return nil
	}
	if s := vs.Sorry; s != nil && familyOf(s.Addr) != vs.Family {
		r.c.add(codeNotSupported, s.Pos, "sorry_server %s of another address family is not supported yet; ignored", s.Addr)
		out.Sorry = nil
	} else if s != nil {
		r.tunnel(s.Tunnel, s.Pos)
	}
	return &out
}

// tunnel says that a tunnel is made in the plain way.
func (r *serverRunner) tunnel(t *Tunnel, pos Pos) {
	if t != nil && (t.Type != "ipip" || t.Checksum != "") && r.c.first("tunnel") {
		r.c.add(codeNotSupported, pos, "options of tunnels are not supported yet: IPIP is used")
	}
}

// real gives what can be run of a real server.
func (r *serverRunner) real(vs *VirtualServer, rs *RealServer) *RealServer {
	if familyOf(rs.Addr) != vs.Family {
		r.c.add(codeNotSupported, rs.Pos, "real_server %s of another address family is not supported yet; ignored", rs.Addr)
		return nil
	}
	r.tunnel(rs.Tunnel, rs.Pos)
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
func isPlanned(c *Checker) bool { return c.Misc != nil || c.File != nil || c.BFD != nil }

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
