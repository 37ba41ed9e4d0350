// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"slices"

	"vipward/conf"
	"vipward/ipvs"
)

// sorryWeight is the weight of every sorry server, as keepalived gives it.
const sorryWeight = 1

// Health is what is known about a virtual server.
type Health struct {
	Quorum bool
	// Of real servers by their index in the configuration.
	Alive  func(i int) bool
	Weight func(i int) int // nil: as configured
	// Room is where the destinations may stand; without enough of it new memory is taken.
	Room []ipvs.Dest
}

// Desired is the table entry that virtual server vs should have: the real
// servers that are alive in file order, or the sorry server alone when there
// is one and the quorum is lost. Who inhibits is there all the time, with
// weight 0 while not in use.
func Desired(vs *conf.VirtualServer, h Health) ipvs.Entry {
	e := ipvs.Entry{Service: service(vs)}
	sorry := vs.Sorry != nil && !h.Quorum
	e.Dests = slices.Grow(h.Room[:0], len(vs.RealServers)+1)
	for i, rs := range vs.RealServers {
		serves := h.Alive(i) && !sorry
		if !serves && !rs.Inhibit {
			continue
		}
		d := destOf(rs)
		if serves {
			d.Weight = h.weight(rs, i)
		}
		e.Dests = append(e.Dests, d)
	}
	if sorry || vs.Sorry != nil && vs.Sorry.Inhibit {
		e.Dests = withSorry(e.Dests, vs.Sorry, sorry)
	}
	return e
}

// destOf is a real server as a destination, but for its weight.
func destOf(rs *conf.RealServer) ipvs.Dest {
	return ipvs.Dest{
		Addr: rs.Addr, Port: rs.Port, Method: methods[rs.Method], Tunnel: tunnelOf(rs.Tunnel),
		Upper: rs.UThreshold, Lower: rs.LThreshold,
	}
}

// withLeaving adds real servers that end their connections, except one that is there
// already.
func withLeaving(e ipvs.Entry, leaving []ipvs.Dest) ipvs.Entry {
	for _, l := range leaving {
		if !slices.ContainsFunc(e.Dests, func(d ipvs.Dest) bool { return d.Server() == l.Server() }) {
			e.Dests = append(e.Dests, l)
		}
	}
	return e
}

func (h Health) weight(rs *conf.RealServer, i int) int {
	if h.Weight == nil {
		return rs.Weight
	}
	return h.Weight(i)
}

// withSorry adds the sorry server. It may be one of the real servers, whose
// place it then takes while it is in use.
func withSorry(dests []ipvs.Dest, s *conf.SorryServer, inUse bool) []ipvs.Dest {
	d := ipvs.Dest{Addr: s.Addr, Port: s.Port, Method: methods[s.Method], Tunnel: tunnelOf(s.Tunnel)}
	if inUse {
		d.Weight = sorryWeight
	}
	i := slices.IndexFunc(dests, func(o ipvs.Dest) bool { return o.Server() == d.Server() })
	switch {
	case i < 0:
		return append(dests, d)
	case inUse:
		dests[i] = d
	}
	return dests
}

var methods = map[conf.Method]ipvs.Method{conf.NAT: ipvs.Masq, conf.DR: ipvs.Route, conf.TUN: ipvs.Tunnel}
